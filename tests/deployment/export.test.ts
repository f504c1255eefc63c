/** An export: what other programs read says what the run says. Python's part is skipped where Python or its libraries are missing (`PYTHON` names one). */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fromBinary } from '@bufbuild/protobuf';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { classifierInput } from '../../src/classification/classifier-input.ts';
import { readPreparedCorpus } from '../../src/dare/prepared-corpus.ts';
import { writeEnsembleOnnx } from '../../src/deployment/ensemble-onnx.ts';
import { EnsemblePredictor } from '../../src/deployment/ensemble-predictor.ts';
import type { Prediction } from '../../src/deployment/ensemble-predictor.ts';
import { exportRun } from '../../src/deployment/export.ts';
import { membersOf, openRun } from '../../src/deployment/finished-run.ts';
import type { TrainedMember } from '../../src/deployment/finished-run.ts';
import { asRead } from '../../src/corpus/placeholders.ts';
import { runScoresSchema } from '../../src/dare/run-scores.ts';
import { ModelProtoSchema } from '../../src/graph/onnx/generated/onnx_pb.ts';
import { Monitor } from '../../src/foundation/progress.ts';
import { openBert } from '../../src/nn/model.ts';
import { CpuDevice } from '../../src/runtime/cpu/cpu-device.ts';
import { runDare } from '../../src/tasks/run.ts';
import { tinyConfiguration, writeTinyCorpus } from '../support/tiny-corpus.ts';

const CLASSES = ['CID', 'null'];
const readsAs = { head: '$ENTITYA$', tail: '$ENTITYB$' };

const python = process.env['PYTHON'] ?? 'python3';
const hasPython = spawnSync(python, ['-c', 'import onnx, onnxruntime, torch, transformers']).status === 0;

/** As a classifier with the head reads a sentence: the first of each placeholder has the markers. */
const markersFor = (written: typeof readsAs) => (text: string) =>
  text.replace(readsAs.head, () => written.head).replace(readsAs.tail, () => written.tail);

describe.each([
  { head: 'cls' as const, written: readsAs },
  { head: 'entity-markers' as const, written: { head: '[E1]$ENTITYA$[/E1]', tail: '[E2]$ENTITYB$[/E2]' } },
])('with the head $head', ({ head: classifierHead, written }) => {
  const withMarkers = markersFor(written);
  let device: CpuDevice;
  let root: string;
  let run: string;
  let exported: string;
  let sentences: string[];
  let members: TrainedMember[];
  let expected: Prediction[];

  const options = () => ({ device, monitor: new Monitor() });

  beforeAll(async () => {
    device = new CpuDevice({ threads: 2 });
    root = await mkdtemp(join(tmpdir(), 'dare-export-'));
    run = join(root, 'run');
    const configuration = tinyConfiguration(writeTinyCorpus(join(root, 'corpus')));
    await runDare(
      {
        ...configuration,
        classifier: { ...configuration.classifier, head: classifierHead },
        ensemble: { ...configuration.ensemble, size: 2, arms: ['gold'] },
      },
      { folder: run, ...options(), offline: true },
    );
    exported = join(root, 'exported');
    await exportRun(run, exported, options());
    const finished = await openRun(run);
    const corpus = await readPreparedCorpus(finished.index.corpus);
    sentences = corpus.test.slice(0, 40).map(({ text }) => asRead(text, corpus.placeholders, finished.placeholders));
    members = await membersOf(finished, 'gold');
    expected = await predictedBy(members);
  }, 120_000);
  afterAll(async () => {
    await device.close();
    await rm(root, { recursive: true });
  });

  async function predictedBy(ensemble: readonly TrainedMember[], texts = sentences): Promise<Prediction[]> {
    const predictor = await EnsemblePredictor.open(device, ensemble, {
      ...{ relations: ['CID'], placeholders: [readsAs], maxLength: 48, batchSize: 8, monitor: new Monitor() },
    });
    try {
      return await predictor.predict(texts);
    } finally {
      await predictor.dispose();
    }
  }

  const fittedTemperature = async (): Promise<number> => {
    const scores = runScoresSchema.parse(JSON.parse(await readFile(join(run, 'scores.json'), 'utf8')));
    return scores.arms.gold!.calibration.temperature;
  };

  /** What a program can ask an ONNX model about. */
  async function metadataOf(path: string): Promise<Record<string, string>> {
    const { metadataProps } = fromBinary(ModelProtoSchema, await readFile(path));
    return Object.fromEntries(metadataProps.map(({ key, value }) => [key, value]));
  }

  /** What the ONNX model says of the sentences, all in one batch. */
  async function ask(path: string): Promise<{ label: string; votes: number[]; probabilities: number[] }[]> {
    const session = await InferenceSession.create(path);
    const model = await openBert(members[0]!.folder);
    const inputs = sentences.map((text) => classifierInput(model, text, [readsAs], 48));
    const width = Math.max(...inputs.map((ids) => ids.length));
    const tensor = (valueAt: (ids: readonly number[], position: number) => number) =>
      new Tensor(
        'int64',
        BigInt64Array.from(inputs.flatMap((ids) => Array.from({ length: width }, (_, at) => BigInt(valueAt(ids, at))))),
        [inputs.length, width],
      );
    const { label, votes, probabilities } = await session.run({
      input_ids: tensor((ids, at) => ids[at] ?? 0),
      attention_mask: tensor((ids, at) => (at < ids.length ? 1 : 0)),
      token_type_ids: tensor(() => 0),
    });
    await session.release();
    const rows = (data: ArrayLike<number | bigint>, index: number) =>
      CLASSES.map((_, place) => Number(data[index * CLASSES.length + place]));
    return sentences.map((_, index) => ({
      label: CLASSES[Number((label!.data as BigInt64Array)[index])]!,
      votes: rows(votes!.data as BigInt64Array, index),
      probabilities: rows(probabilities!.data as Float32Array, index),
    }));
  }

  function expectSame(asked: Awaited<ReturnType<typeof ask>>, predictions: readonly Prediction[], size: number): void {
    asked.forEach(({ label, votes, probabilities }, index) => {
      const prediction = predictions[index]!;
      expect(label).toBe(prediction.relation ?? 'null');
      expect(votes.reduce((sum, count) => sum + count)).toBe(size);
      expect(votes[CLASSES.indexOf(label)]! / size).toBe(prediction.share);
      probabilities.forEach((probability, place) =>
        expect(probability).toBeCloseTo(prediction.probabilities[place]!, 5),
      );
    });
  }

  test('the ONNX model of the ensemble says what predict says', async () => {
    expectSame(await ask(join(exported, 'ensemble.onnx')), expected, 2);
  });

  test('the ONNX model has thresholds, majority and ties as predict has them', async () => {
    // Between the two probabilities of a sentence, so that members disagree; and thresholds that are themselves probabilities.
    const middle = expected[0]!.probabilities[0]!;
    for (const thresholds of [
      [0, 1],
      [middle, 1],
      [1, middle, middle],
      [0, 0, 1, 1],
    ]) {
      const changed = thresholds.map((threshold, index) => ({ ...members[index % 2]!, threshold }));
      const path = join(root, 'changed.onnx');
      await writeEnsembleOnnx(path, device, changed, { classes: CLASSES, metadata: {} });
      expectSame(await ask(path), await predictedBy(changed), changed.length);
    }
  });

  test('large weights lie in a file beside the model', async () => {
    await mkdir(join(root, 'apart'));
    const path = join(root, 'apart', 'ensemble.onnx');
    const files = await writeEnsembleOnnx(path, device, members, { classes: CLASSES, metadata: {}, inside: 0 });
    expect(files).toEqual(['ensemble.onnx', 'ensemble.onnx.data']);
    expectSame(await ask(path), expected, 2);
  });

  test('the folder says what it is, is replaced by a later export, and nothing else is', async () => {
    const description = JSON.parse(await readFile(join(exported, 'ensemble.json'), 'utf8')) as unknown;
    expect(description).toMatchObject({
      ...{ arm: 'gold', classes: CLASSES, head: classifierHead, placeholders: [written], maxLength: 48 },
      ...{ members: ['members/1', 'members/2'], onnx: ['ensemble.onnx'] },
      thresholds: members.map(({ threshold }) => threshold),
      temperature: await fittedTemperature(),
    });
    expect(await metadataOf(join(exported, 'ensemble.onnx'))).toMatchObject({
      arm: 'gold',
      temperature: String(await fittedTemperature()),
    });
    await writeFile(join(exported, 'old'), '');
    await exportRun(run, exported, options());
    expect((await readdir(exported)).sort()).toEqual(['README.md', 'ensemble.json', 'ensemble.onnx', 'members']);
    await expect(exportRun(run, root, options())).rejects.toThrow('the folder holds other files than an export');
  });

  test('one classifier in place of the ensemble learns its probabilities, and what it loses is measured', async () => {
    const folder = join(root, 'distilled');
    const { distilled } = await exportRun(run, folder, { ...options(), distil: true });
    const { threshold, f1, ensembleF1, loss, lossInterval, temperature } = distilled!;
    expect(loss).toBeCloseTo(ensembleF1 - f1, 10);
    expect(lossInterval[0]).toBeLessThanOrEqual(loss);
    expect(lossInterval[1]).toBeGreaterThanOrEqual(loss);
    expect(await metadataOf(join(folder, distilled!.onnx[0]!))).toMatchObject({ temperature: String(temperature) });
    const scores = JSON.parse(await readFile(join(run, 'scores.json'), 'utf8')) as { arms: { gold: { f1: number } } };
    expect(ensembleF1).toBe(scores.arms.gold.f1);
    const student = { folder: join(folder, distilled!.folder), threshold };
    const predictions = await predictedBy([student]);
    expectSame(await ask(join(folder, distilled!.onnx[0]!)), predictions, 1);
    const distances = predictions.map(({ probabilities }, at) =>
      Math.abs(probabilities[0]! - expected[at]!.probabilities[0]!),
    );
    expect(distances.reduce((sum, distance) => sum + distance) / distances.length).toBeLessThan(0.02);
    expect(await readFile(join(folder, 'README.md'), 'utf8')).toContain(`F1 ${f1.toFixed(3)}`);
  });

  test.skipIf(!hasPython)('transformers and onnxruntime in Python say the same', { timeout: 240_000 }, async () => {
    // Python's tokenizer cuts long sentences elsewhere: these are short.
    const short = [
      'the effect of $ENTITYA$ on $ENTITYB$ was not studied in this trial .',
      '$ENTITYB$ developed during treatment with $ENTITYA$ and resolved when it was stopped .',
      '$ENTITYA$-induced $ENTITYB$ ($ENTITYA$ was given for a week)',
    ];
    const predictions = await predictedBy(members, short);
    const path = join(root, 'sentences.json');
    await writeFile(path, JSON.stringify(short.map(withMarkers)));
    const script = fileURLToPath(new URL('./read_export.py', import.meta.url));
    const answer = JSON.parse(execFileSync(python, [script, exported, path], { encoding: 'utf8' })) as {
      label: string[];
      onnx: number[][];
      members: number[][];
    };
    predictions.forEach(({ relation, probabilities }, index) => {
      expect(answer.label[index]).toBe(relation ?? 'null');
      for (const rows of [answer.onnx, answer.members]) {
        rows[index]!.forEach((probability, at) =>
          expect(Math.abs(probability - probabilities[at]!)).toBeLessThan(1e-4),
        );
      }
    });
  });
});
