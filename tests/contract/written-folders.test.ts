/**
 * Model folders across libraries: `transformers` (for an adapter `peft`) reads what dare writes (the same bytes as those it was shown, see
 * tests/fixtures/make/written_folders.ts), and dare reads what `transformers` writes (tests/fixtures/reference/variants), with equal logits.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { classifyTexts } from '../../src/classification/classify-texts.ts';
import { readModelConfig } from '../../src/checkpoint/model-folder.ts';
import { sha256OfFile } from '../../src/foundation/hash.ts';
import { Monitor } from '../../src/foundation/progress.ts';
import { decoderFeeds } from '../../src/nn/batch.ts';
import { bertClassifierScoring } from '../../src/nn/bert.ts';
import { gpt2Scoring } from '../../src/nn/gpt2.ts';
import { classCount, loadWeights, openBert, openGpt2 } from '../../src/nn/model.ts';
import type { Device } from '../../src/runtime/device.ts';
import { devices } from '../support/devices.ts';
import { LABELS, TEXTS, writeFolders } from '../support/written-folders.ts';
import {
  decoderReferenceFeeds,
  encoderReferenceFeeds,
  largestDifference,
  readReference,
  referenceFolder,
} from '../support/reference.ts';

interface Said {
  files: Record<string, string>;
  labels: string[] | null;
  results: { inputIds: number[]; logits: number[] | number[][] }[];
}

const said = async (kind: string): Promise<Said> =>
  JSON.parse(await readFile(new URL(`../fixtures/written/${kind}.json`, import.meta.url), 'utf8')) as Said;

describe.each(devices)('$name', ({ open }) => {
  let device: Device;
  let folder: string;
  beforeAll(async () => {
    device = await open();
    folder = await mkdtemp(join(tmpdir(), 'dare-written-'));
    await writeFolders(device, folder);
  });
  afterAll(async () => {
    await device.close();
    await rm(folder, { recursive: true });
  });

  test.each(['gpt2', 'bert', 'lora'])(
    '%s: the folder is, byte for byte, the one that transformers or peft read',
    async (kind) => {
      const { files } = await said(kind);
      for (const [name, hash] of Object.entries(files)) {
        expect([name, await sha256OfFile(join(folder, kind, name))]).toEqual([name, hash]);
      }
    },
  );

  test.each([
    ['gpt2', 'transformers'],
    ['lora', 'peft'],
  ])('%s: tokens and logits are those of %s', async (kind) => {
    const { results } = await said(kind);
    const model = await openGpt2(join(folder, kind));
    const sequences = TEXTS.map((text) => model.tokenizer.encode(text));
    expect(sequences).toEqual(results.map(({ inputIds }) => inputIds));
    const graph = gpt2Scoring(model.config, { withLogits: true });
    const { parameters } = await loadWeights(device, model, graph, { trainable: false });
    const program = await device.createProgram(graph, parameters);
    for (const [index, ids] of sequences.entries()) {
      const { logits } = await program.run(decoderFeeds([ids], 1));
      expect(largestDifference(logits!.data, results[index]!.logits.flat())).toBeLessThan(1e-4);
    }
    await program.dispose();
    await parameters.dispose();
  });

  test('bert: labels, tokens and logits are those of transformers', async () => {
    const { results, labels } = await said('bert');
    expect(labels).toEqual(LABELS);
    const { tokenizer } = await openBert(join(folder, 'bert'));
    expect(TEXTS.map((text) => tokenizer.encode(text, { addSpecialTokens: true }))).toEqual(
      results.map(({ inputIds }) => inputIds),
    );
    const classified = classifyTexts(device, join(folder, 'bert'), TEXTS, { batchSize: 8, monitor: new Monitor() });
    let index = 0;
    for await (const { logits } of classified) {
      expect(largestDifference(logits, results[index++]!.logits.flat())).toBeLessThan(1e-4);
    }
  });

  test.each(['gpt2-gelu', 'gpt2-gelu-new', 'bert-gelu', 'bert-relu', 'bert-gelu-new'])(
    '%s: a folder that transformers wrote has its logits here',
    async (name) => {
      const reference = await readReference(`variants/${name}`);
      const { rawConfig, config } = await readModelConfig(referenceFolder(`variants/${name}`));
      const source = { folder: reference.folder, rawConfig, config, added: [], adapters: [] };
      const isGpt2 = config.model_type === 'gpt2';
      const graph = isGpt2
        ? gpt2Scoring(config, { withLogits: true })
        : bertClassifierScoring(config, classCount(config));
      const { parameters, superfluous } = await loadWeights(device, source, graph, { trainable: false });
      expect(superfluous).toEqual([]);
      const program = await device.createProgram(graph, parameters);
      const ids = reference.tensor('batch.input_ids');
      const labels = { shape: ids.shape, data: ids.data.map(() => -100) };
      const withLabels = {
        ...reference,
        tensor: (key: string) => (key === 'batch.labels' ? labels : reference.tensor(key)),
      };
      const feeds = isGpt2 ? decoderReferenceFeeds(withLabels, 'batch') : encoderReferenceFeeds(reference, 'batch');
      const { logits } = await program.run(feeds);
      await program.dispose();
      await parameters.dispose();

      const expected = reference.tensor('logits');
      const mask = reference.tensor('batch.attention_mask').data;
      const [batch, sequence] = ids.shape as [number, number];
      const width = expected.shape.at(-1)!;
      for (let b = 0; b < batch; b++) {
        for (let t = 0; t < (isGpt2 ? sequence : 1); t++) {
          if (!mask[b * sequence + t]) continue;
          const ours = (isGpt2 ? t * batch + b : b) * width;
          const theirs = (isGpt2 ? b * sequence + t : b) * width;
          const row = logits!.data.subarray(ours, ours + width);
          expect(largestDifference(row, expected.data.subarray(theirs, theirs + width))).toBeLessThan(1e-4);
        }
      }
    },
  );
});
