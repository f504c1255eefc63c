/** A finished run put to use: its predictions on text in all the ways in which mentions can be marked. */
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { calibrationOf } from '../../src/evaluation/calibration.ts';
import { runScoresSchema } from '../../src/dare/run-scores.ts';
import { runReportText } from '../../src/report/write-report.ts';
import { statusOf } from '../../src/tasks/status.ts';
import { readPreparedCorpus } from '../../src/dare/prepared-corpus.ts';
import type { RunConfiguration } from '../../src/dare/configuration.ts';
import { EnsemblePredictor } from '../../src/deployment/ensemble-predictor.ts';
import { exportRun } from '../../src/deployment/export.ts';
import { membersOf, openRun } from '../../src/deployment/finished-run.ts';
import { predict, predictPieces } from '../../src/deployment/predict.ts';
import type { PredictOptions, PredictedSentence } from '../../src/deployment/predict.ts';
import { writtenPredictions } from '../../src/deployment/write-predictions.ts';
import { Monitor } from '../../src/foundation/progress.ts';
import { CpuDevice } from '../../src/runtime/cpu/cpu-device.ts';
import { runDare } from '../../src/tasks/run.ts';
import { readRunIndex } from '../../src/tasks/run-index.ts';
import { readFiles } from '../support/corpus-files.ts';
import { dare } from '../cli/support.ts';
import { tinyConfiguration, writeTinyCorpus } from '../support/tiny-corpus.ts';

let device: CpuDevice;
let root: string;
let run: string;
let configuration: RunConfiguration;

beforeAll(async () => {
  device = new CpuDevice({ threads: 2 });
  root = await mkdtemp(join(tmpdir(), 'dare-predict-'));
  configuration = tinyConfiguration(writeTinyCorpus(join(root, 'corpus')));
  const trained = join(root, 'trained');
  await runDare(configuration, { folder: trained, device, monitor: new Monitor(), offline: true });
  // A run is used elsewhere than where it was made, and without its corpus.
  run = join(root, 'elsewhere', 'run');
  await mkdir(join(root, 'elsewhere'));
  await rename(trained, run);
}, 120_000);
afterAll(async () => {
  await device.close();
  await rm(root, { recursive: true });
});

function predictions(input: string, options: Partial<PredictOptions> = {}): Promise<PredictedSentence[]> {
  return collected(predict(run, input, { device, monitor: new Monitor(), ...options }));
}

async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function written(name: string, content: string): Promise<string> {
  const path = join(root, name);
  await writeFile(path, content);
  return path;
}

/** The development data, which the run was tested on. */
const tested = () => join(root, 'corpus', 'CDR_DevelopmentSet.PubTator.txt');

const withoutRelations = (text: string): string =>
  text
    .split('\n')
    .filter((line) => !line.includes('\tCID\t'))
    .join('\n');

describe('predictions', () => {
  test.each(['dare', 'gold'])('are those of the run, for the same sentences (%s)', async (arm) => {
    const lines = (await readFile(join(run, 'predictions.jsonl'), 'utf8')).trim().split('\n');
    const known = lines.map((line) => JSON.parse(line) as { document: string; predicted: Record<string, unknown> });
    const found = await predictions(tested(), { arm });
    expect(found.map(({ document, relation }) => ({ document, relation }))).toEqual(
      known.map(({ document, predicted }) => ({ document, relation: predicted[arm] })),
    );
    for (const { relation, share, probabilities, text, head } of found) {
      expect(Object.keys(probabilities)).toEqual(['CID', 'null']);
      expect(probabilities['CID']! + probabilities['null']!).toBeCloseTo(1, 5);
      expect([0.5, 1]).toContain(share);
      expect(relation === null || relation === 'CID').toBe(true);
      expect(text.slice(head.start, head.end)).toBe(head.text);
    }
  });

  test('have calibrated probabilities where that is asked for: those that the run’s scores speak of, and the same labels', async () => {
    const plain = await predictions(tested());
    const calibrated = await predictions(tested(), { calibrated: true });
    const labels = (of: PredictedSentence[]) => of.map(({ relation, share }) => ({ relation, share }));
    expect(labels(calibrated)).toEqual(labels(plain));
    const scores = runScoresSchema.parse(JSON.parse(await readFile(join(run, 'scores.json'), 'utf8')));
    const { temperature, before, after } = scores.arms.dare!.calibration;
    expect(temperature).not.toBeCloseTo(1, 2);
    const { test: known } = await readPreparedCorpus((await readRunIndex(run)).corpus);
    const lossOf = (of: PredictedSentence[]) =>
      calibrationOf(
        of.map(({ probabilities }) => [probabilities['CID']!, probabilities['null']!]),
        known.map(({ relation }) => relation),
        ['CID'],
      ).negativeLogLikelihood;
    expect(lossOf(plain)).toBeCloseTo(before.negativeLogLikelihood, 4);
    expect(lossOf(calibrated)).toBeCloseTo(after.negativeLogLikelihood, 4);
    expect(after.negativeLogLikelihood).not.toBeCloseTo(before.negativeLogLikelihood, 4);
  });

  test('do not depend on what the text says of relations', async () => {
    const labelled = await predictions(tested());
    const bare = await written('bare.txt', withoutRelations(await readFile(tested(), 'utf8')));
    expect(await predictions(bare)).toEqual(labelled);
  });

  test('are the same for masked lines, in the placeholders of either kind', async () => {
    const corpus = await readPreparedCorpus((await readRunIndex(run)).corpus);
    const whole = await predictions(tested());
    const typed = await written('typed.txt', corpus.test.map(({ text }) => text).join('\n'));
    const entity = corpus.test.map(({ text }) => text.replace('DRUG', '$ENTITYA$').replace('DISEASE', '$ENTITYB$'));
    const neutral = await written('entity.txt', `\n${entity.join('\n')}\n`);
    for (const path of [typed, neutral]) {
      const found = await predictions(path);
      expect(found.map(({ relation }) => relation)).toEqual(whole.map(({ relation }) => relation));
      found.forEach(({ probabilities }, index) =>
        expect(probabilities['CID']).toBeCloseTo(whole[index]!.probabilities['CID']!, 5),
      );
      expect(found[0]!.text.slice(found[0]!.head.start, found[0]!.head.end)).toBe(found[0]!.head.text);
    }
    expect((await predictions(neutral))[0]!.id).toBe('entity:2');
  });

  test('are the same for plain text, when a dictionary marks the same mentions', async () => {
    const content = await readFile(tested(), 'utf8');
    const rows = content.split('\n').map((line) => line.split('\t'));
    const terms = rows.flatMap(([, , , term, type, id]) => (id ? [`${term!.toUpperCase()}\t${type!}\t${id}`] : []));
    const dictionary = await written('terms.tsv', [...new Set(terms)].join('\n'));
    const abstracts = [...content.matchAll(/\|a\|(.*)/g)].map(([, text]) => text);
    const whole = await predictions(tested());
    const found = await predictions(await written('abstracts.txt', abstracts.join('\n')), { dictionary });
    expect(found.map(({ head, tail, relation }) => [head.text, tail.text, relation])).toEqual(
      whole.map(({ head, tail, relation }) => [head.text, tail.text, relation]),
    );
  });

  test('are made of examples without relations, in JSON Lines and CSV', async () => {
    const example = {
      ...{ id: 'a', text: 'Lithium induced tremor in two patients .' },
      head: { start: 0, end: 7, type: 'Chemical', text: 'Lithium' },
      tail: { start: 16, end: 22, type: 'Disease', text: 'tremor' },
    };
    const [one] = await predictions(await written('new.jsonl', JSON.stringify(example)));
    expect(one).toMatchObject({ ...example, document: 'a' });
    const types = (head: string, tail: string) => ({ types: [{ head, tail }] });
    const path = join(root, 'new.jsonl');
    expect(await predictions(path, types('Chemical', 'Disease'))).toEqual([one]);
    expect(await predictions(path, types('Chemical', 'Chemical'))).toEqual([]);
    const masked = await written('lines.txt', '$ENTITYA$ induced $ENTITYB$');
    await expect(predictions(masked, types('Chemical', 'Disease'))).rejects.toThrow('do not tell of entity types');
    const table = `id,text,head,tail,head_type,tail_type\nb,${example.text},Lithium,tremor,Chemical,Disease\n`;
    const [other] = await predictions(await written('new.csv', table));
    expect(other!.probabilities).toEqual(one!.probabilities);
  });

  test('go back to the documents as PubTator, and are read from there', async () => {
    let text = '';
    for await (const piece of predictPieces(run, tested(), { device, monitor: new Monitor() })) {
      text += writtenPredictions(piece, 'pubtator');
    }
    const whole = await predictions(tested());
    const facts = whole.flatMap(({ relation, document, head, tail }) =>
      relation === null ? [] : `${document} ${head.concepts!.join()} ${tail.concepts!.join()}`,
    );
    const { documents } = await readFiles({ 'back.txt': text });
    const found = documents.flatMap(({ id, relations }) => relations.map(({ head, tail }) => `${id} ${head} ${tail}`));
    expect(found).toEqual([...new Set(facts)]);
    // All but the relations is as it was: the same is predicted again.
    expect(await predictions(await written('back.txt', text))).toEqual(whole);
  });

  test('name a mention by its words in PubTator where it has no concept', async () => {
    const dictionary = await written('words.tsv', 'lithium\tChemical\nrenal failure\tDisease\ntremor\tDisease\n');
    const plain = await written('words.txt', '𝛼: renal  Failure induced by lithium . Tremor was absent .\n');
    const options = { device, monitor: new Monitor(), dictionary };
    const [piece] = await collected(predictPieces(run, plain, options));
    const related = { ...piece!, sentences: piece!.sentences.map((each) => ({ ...each, relation: 'CID' })) };
    expect(writtenPredictions(related, 'pubtator')).toMatchInlineSnapshot(`
      "words:1|t|𝛼: renal  Failure induced by lithium . Tremor was absent .
      words:1|a|
      words:1	3	17	renal  Failure	Disease	renal failure
      words:1	29	36	lithium	Chemical	lithium
      words:1	39	45	Tremor	Disease	-1
      words:1	CID	lithium	renal failure

      "
    `);
    const masked = await written('masked.txt', '$ENTITYA$ induced $ENTITYB$');
    const [line] = await collected(predictPieces(run, masked, options));
    expect(() => writtenPredictions(line!, 'pubtator')).toThrow('the input has sentences, not documents');
  });

  test('need the memory of one member where all do not fit, and are the same then', async () => {
    const finished = await openRun(run);
    const sentences = ['$ENTITYA$ induced $ENTITYB$ .', '$ENTITYA$ was given to patients with $ENTITYB$ .'];
    const ask = async (memory: number) => {
      const ensemble = await EnsemblePredictor.open(device, await membersOf(finished, 'dare'), {
        ...{ relations: finished.traits.relations, placeholders: finished.placeholders, maxLength: 48, batchSize: 2 },
        ...{ monitor: new Monitor(), memory },
      });
      try {
        return [await ensemble.predict(sentences), await ensemble.predict(sentences.slice(1))];
      } finally {
        await ensemble.dispose();
      }
    };
    expect(await ask(0)).toEqual(await ask(Infinity));
  });
});

describe('the command', () => {
  const sentence = 'Severe $ENTITYB$ was induced by $ENTITYA$ .';

  test('reads standard input and prints JSON Lines', async () => {
    const { code, stdout } = await dare(['predict', run, '-', '--quiet'], { input: `${sentence}\n` });
    expect(code).toBe(0);
    const [expected] = await predictions(await written('one.txt', sentence));
    expect(JSON.parse(stdout)).toEqual({ ...expected, id: 'standard input:1', document: 'standard input:1' });
  });

  test('writes a file, and says what stands in the way', async () => {
    const out = join(root, 'out.jsonl');
    const written = await dare(['predict', run, tested(), '--types', 'Chemical:Disease', '-o', out, '--json']);
    const expected = await predictions(tested());
    expect(JSON.parse(written.stdout)).toEqual({ predictions: expected.length, out });
    const lines = (await readFile(out, 'utf8')).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(expected);
    const failed = await dare(['predict', run, '-', '--quiet'], { input: 'no mentions' });
    expect(failed.code).toBe(2);
    expect(failed.stderr).toMatch(/^dare: .*no mentions are marked here.*--dictionary.*\n$/);
  });
});

describe('what cannot be predicted is said in one line', () => {
  test('text without mentions', async () => {
    const path = await written('plain.txt', 'Lithium induced tremor .\n');
    await expect(predictions(path)).rejects.toThrow(
      /no mentions are marked here \(mark the two mentions of each sentence/,
    );
    await expect(predictions(path, { format: 'masked' })).rejects.toThrow('plain.txt:1: the line does not hold both');
    const dictionary = await written('genes.tsv', 'BRCA1\tGene\n');
    await expect(predictions(path, { dictionary })).rejects.toThrow(
      /no term of a type that is paired: Chemical, Disease/,
    );
  });

  test('a folder without a run, an arm that was not trained', async () => {
    const options = { device, monitor: new Monitor() };
    await expect(predict(root, 'x', options).next()).rejects.toThrow('no finished run is here');
    await expect(predictions(tested(), { arm: 'other' })).rejects.toThrow(
      /the run has no ensemble "other" \(choose one of dare, gold with --arm\)/,
    );
  });

  test('a run of another version of dare', async () => {
    const other = join(root, 'other version');
    await mkdir(other);
    const { format, ...index } = JSON.parse(await readFile(join(run, 'run.json'), 'utf8')) as { format: number };
    const plan = JSON.parse(await readFile(join(run, 'plan.json'), 'utf8')) as object;
    const options = { device, monitor: new Monitor() };
    const commands = [
      () => predict(other, tested(), options).next(),
      () => exportRun(other, join(root, 'not written'), options),
      () => runReportText(other, 'md'),
      () => statusOf(other),
    ];
    // The first format had no number, and other files behind it.
    for (const [own, message] of [
      [undefined, `${other}: this run was made by an earlier version of dare (give its dare run command again`],
      [format + 1, `${other}: this run was made by a later version of dare (update dare`],
    ] as const) {
      await writeFile(join(other, 'run.json'), JSON.stringify({ format: own, ...index, corpus: { of: 'the past' } }));
      await writeFile(join(other, 'plan.json'), JSON.stringify({ ...plan, format: own }));
      for (const command of commands) await expect(command()).rejects.toThrow(message);
    }
  });

  test('a run that kept no weights', async () => {
    const folder = join(root, 'light');
    const light = {
      ...configuration,
      classifier: { ...configuration.classifier, keepWeights: false },
      ensemble: { ...configuration.ensemble, size: 1, arms: ['gold' as const] },
    };
    await runDare(light, { folder, device, monitor: new Monitor(), offline: true });
    await expect(predict(folder, tested(), { device, monitor: new Monitor() }).next()).rejects.toThrow(
      'the weights of the gold classifiers were not kept (run it again with --classifier-keep-weights',
    );
  });
});
