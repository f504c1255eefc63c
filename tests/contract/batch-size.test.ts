/**
 * Sentence i is the same whatever the number of sentences written at once: on models wide enough for a library to divide their products otherwise when there are
 * more rows. Width 32, which the other contract tests have, shows none of that (docs/decisions/worker-processes.md); at width 768 a product with weights that
 * are not packed rounds a single row otherwise than several.
 *
 * Compared are batches of one number of threads: with another number results may differ, so that it is part of a task.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeRandomModel } from '../../src/dare/random-model.ts';
import { Monitor } from '../../src/foundation/progress.ts';
import { sampleTexts } from '../../src/generation/sample.ts';
import type { SampledSentence } from '../../src/generation/sentence-sampler.ts';
import { gpt2Decoding } from '../../src/nn/gpt2.ts';
import { loadWeights, openGpt2 } from '../../src/nn/model.ts';
import { CpuDevice } from '../../src/runtime/cpu/cpu-device.ts';
import type { Device, Program } from '../../src/runtime/device.ts';

const SHIPPED = fileURLToPath(new URL('../../models/gpt2-small-pubmed', import.meta.url));
/** Of GPT-2 and of GPT-2-large. */
const WIDTHS = [768, 1280];
const BATCHES = [2, 3, 4, 8, 16, 32, 64];

let folder: string;
const wide = (width: number): string => join(folder, `wide-${width}`);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dare-batch-size-'));
  const size = { layers: 1, vocabulary: 330, maxLength: 32 };
  for (const hiddenSize of WIDTHS) {
    const shape = { ...size, hiddenSize, heads: hiddenSize / 64, texts: ['severe DISEASE was seen after DRUG .'] };
    await writeRandomModel(wide(hiddenSize), { kind: 'gpt2', ...shape, seed: 3 });
  }
});
afterAll(() => rm(folder, { recursive: true }));

const MODELS = [
  { model: 'the GPT-2 that ships', path: () => SHIPPED },
  ...WIDTHS.map((width) => ({ model: `a GPT-2 of width ${width}`, path: () => wide(width) })),
];

/** Each of some rows' logits after its tokens, as bytes, for every place in a batch that the row has had. */
async function logitsOf(program: Program, vocabulary: number, batch: number): Promise<string[][]> {
  const [ROWS, TOKENS] = [13, 3];
  const tokenOf = (row: number, place: number) => (row * 7919 + place * 104_729) % vocabulary;
  const found: string[][] = Array.from({ length: ROWS }, () => []);
  for (let first = 0; first < ROWS; first += batch) {
    // A large batch holds the rows several times over.
    const rows = Array.from({ length: batch }, (_, slot) => (first + slot) % ROWS);
    const state = await program.createState({ batch, capacity: TOKENS });
    const bytes = rows.map(() => '');
    // As sentences do that take the slot of one that has ended: the slots begin at different steps, after tokens of something else.
    for (let step = 0; step < 2 * TOKENS - 1; step++) {
      const begun = rows.map((_, slot) => step - (slot % TOKENS));
      const places = begun.map((place) => (place + TOKENS) % TOKENS);
      const column = (data: Int32Array) => ({ shape: [batch, 1], data });
      const { logits } = await program.run(
        {
          inputIds: column(
            Int32Array.from(rows, (row, slot) => tokenOf(begun[slot]! < 0 ? row + 1 : row, places[slot]!)),
          ),
          positionIds: column(Int32Array.from(places)),
          lastPosition: { shape: [batch], data: Int32Array.from(places) },
          lastIndex: { shape: [batch], data: new Int32Array(batch) },
          totalLength: { shape: [], data: Int32Array.of(Math.max(...places) + 1) },
        },
        state,
      );
      begun.forEach((place, slot) => {
        if (place < 0 || place >= TOKENS) return;
        const own = logits!.data.slice(slot * vocabulary, (slot + 1) * vocabulary);
        bytes[slot] = `${bytes[slot]!}${Buffer.from(own.buffer).toString('base64')}`;
      });
    }
    await state.dispose();
    rows.forEach((row, slot) => found[row]!.push(bytes[slot]!));
  }
  return found;
}

describe.each([1, 2])('on the processor with %i threads', (threads) => {
  let device: Device;
  beforeAll(() => {
    device = new CpuDevice({ threads });
  });
  afterAll(() => device.close());

  test.each(MODELS)('logits of $model have the same bytes in any batch', async ({ path }) => {
    const model = await openGpt2(path());
    const graph = gpt2Decoding(model.config, 0);
    const { parameters } = await loadWeights(device, model, graph, { trainable: false });
    const program = await device.createProgram(graph, parameters, { frozen: true });
    const expected = (await logitsOf(program, model.config.vocab_size, BATCHES[0]!)).map(([bytes]) => bytes!);
    expect(new Set(expected).size).toBe(expected.length);
    for (const batch of BATCHES) {
      const found = await logitsOf(program, model.config.vocab_size, batch);
      // The rows' numbers: the bytes themselves would fill screens.
      const differing = found.flatMap((each, row) => (each.every((bytes) => bytes === expected[row]) ? [] : [row]));
      expect({ batch, differing }).toEqual({ batch, differing: [] });
    }
    await program.dispose();
    await parameters.dispose();
  });

  // A small model has one thread, a large one all (src/tasks/threads.ts).
  const { model, path } = MODELS[threads - 1]!;
  test.each([
    ['the 5 most probable tokens', 5],
    ['all tokens', 0],
  ])(`sentences of ${model}, drawn among %s, are the same in any batch`, async (_, topK) => {
    async function sample(batchSize: number): Promise<SampledSentence[]> {
      const sentences: SampledSentence[] = [];
      const choice = { temperature: 1, topK, topP: 1, minP: 0, repetitionPenalty: 1 };
      const limits = { count: 12, maxWords: 6, maxTokens: 10 };
      const options = { ...choice, ...limits, seed: 1, prompts: ['', 'severe'], batchSize, monitor: new Monitor() };
      for await (const sentence of sampleTexts(device, path(), options)) sentences.push(sentence);
      return sentences;
    }
    const [fewest, ...others] = BATCHES;
    const expected = await sample(fewest!);
    expect(new Set(expected.map(({ text }) => text)).size).toBeGreaterThan(8);
    for (const batch of others) {
      expect({ batch, sentences: await sample(batch) }).toEqual({ batch, sentences: expected });
    }
  });
});
