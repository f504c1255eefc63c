/** Sampling on every device: the words are the model's, and do not depend on how many are written at once. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeRandomModel } from '../../src/dare/random-model.ts';
import { Monitor } from '../../src/foundation/progress.ts';
import { perplexities } from '../../src/generation/perplexity.ts';
import { sampleTexts } from '../../src/generation/sample.ts';
import type { SampleOptions } from '../../src/generation/sample.ts';
import type { SampledSentence } from '../../src/generation/sentence-sampler.ts';
import { decoderFeeds } from '../../src/nn/batch.ts';
import { gpt2Scoring } from '../../src/nn/gpt2.ts';
import { loadWeights, openGpt2 } from '../../src/nn/model.ts';
import type { Device } from '../../src/runtime/device.ts';
import { devices } from '../support/devices.ts';
import { gpuChoice } from '../support/gpu-choice.ts';

const TEXTS = [
  'the patient developed DISEASE after DRUG was given for two weeks .',
  'DRUG did not cause DISEASE in any of the animals that were treated .',
  'severe DISEASE was seen in the group with a high dose of DRUG .',
];

describe.each(devices)('$name', ({ name, open }) => {
  let device: Device;
  let folder: string;
  beforeAll(async () => {
    device = await open();
    folder = await mkdtemp(join(tmpdir(), 'dare-sample-'));
    const size = { layers: 2, hiddenSize: 32, heads: 4, vocabulary: 330, maxLength: 64 };
    await writeRandomModel(folder, { kind: 'gpt2', ...size, texts: TEXTS, seed: 3 });
  });
  afterAll(async () => {
    await device.close();
    await rm(folder, { recursive: true });
  });

  // A software GPU takes a fifth of a second for a token: fewer and shorter sentences, and fewer of them at once. What is shown is the same.
  const isSlow = name === 'webgpu' && gpuChoice().kind === 'software';
  const most = isSlow ? 16 : 64;

  const defaults: SampleOptions = {
    count: isSlow ? 10 : 24,
    seed: 1,
    prompts: [''],
    topP: 1,
    minP: 0,
    repetitionPenalty: 1,
    monitor: new Monitor(),
    temperature: 1,
    topK: 40,
    maxWords: 8,
    maxTokens: isSlow ? 10 : 20,
    batchSize: 4,
  };
  async function sample(options: Partial<SampleOptions> = {}): Promise<SampledSentence[]> {
    const sentences: SampledSentence[] = [];
    for await (const sentence of sampleTexts(device, folder, { ...defaults, ...options })) sentences.push(sentence);
    return sentences;
  }

  const batches = isSlow ? [7, most] : [3, 7, 16, most];
  test(`sentence i is the same with 2, ${batches.join(', ')} written at once`, async () => {
    const expected = await sample({ batchSize: 2 });
    expect(expected.map(({ index }) => index)).toEqual(Array.from({ length: defaults.count }, (_, index) => index));
    expect(new Set(expected.map(({ text }) => text)).size).toBeGreaterThan(0.8 * defaults.count);
    for (const batchSize of batches) expect(await sample({ batchSize })).toEqual(expected);
  });

  test('prompts of different length are continued side by side, each as it would be alone', async () => {
    const prompts = ['severe', 'the patient developed DISEASE after', '', 'DRUG did not'];
    const mixed = await sample({ prompts, count: 8, batchSize: 3 });
    mixed.forEach(({ text }, index) => expect(text.startsWith(prompts[index % prompts.length]!)).toBe(true));
    for (const { tokens } of mixed) expect(tokens).toBeLessThanOrEqual(defaults.maxTokens);
    expect(await sample({ prompts, count: 8, batchSize: 8 })).toEqual(mixed);
    // Sentence i draws from its own stream: with one prompt alone it is what it was among the others.
    const alone = await sample({ prompts: [prompts[1]!], count: 6 });
    expect([alone[1], alone[5]]).toEqual([mixed[1], mixed[5]]);
  });

  test('without their prompt sentences are the same, and no shorter', async () => {
    const prompts = ['<1>:', '<2>:'];
    const whole = await sample({ prompts, count: 8, maxWords: 6 });
    const bare = await sample({ prompts, count: 8, maxWords: 6, withoutPrompt: true });
    bare.forEach(({ text, tokens }, index) => {
      expect(text.split(/\s+/).length).toBeLessThanOrEqual(6);
      expect(tokens).toBe(whole[index]!.tokens);
      const words = (given: string) => given.split(/\s+/).slice(1).join(' ');
      expect(whole[index]!.text.split(/\s+/).join(' ')).toContain(words(text));
      expect(text).not.toMatch(/^<\d>:/);
    });
  });

  test('a repetition penalty makes words come back less often', async () => {
    const repeats = (sentences: readonly SampledSentence[]) =>
      sentences.reduce((sum, { text }) => {
        const words = text.split(/\s+/);
        return sum + words.length - new Set(words).size;
      }, 0);
    const settings = { count: isSlow ? 8 : 40, maxWords: 40, maxTokens: 40, topK: 3, batchSize: most / 4 };
    const [plain, penalized] = [await sample(settings), await sample({ ...settings, repetitionPenalty: 1.5 })];
    expect(repeats(penalized)).toBeLessThan(repeats(plain) / 2);
  });

  test('another seed gives other sentences', async () => {
    expect(await sample({ seed: 2, count: 4 })).not.toEqual(await sample({ count: 4 }));
  });

  test('a sentence has at most the words and tokens asked for', async () => {
    const sentences = await sample({ maxWords: 3, maxTokens: isSlow ? 15 : 30 });
    for (const { text, ending } of sentences) {
      expect(text.split(/\s+/).length).toBeLessThanOrEqual(3);
      expect(['words', 'tokens', 'end-of-text']).toContain(ending);
    }
    for (const { tokens } of await sample({ maxTokens: 5 })) expect(tokens).toBeLessThanOrEqual(5);
  });

  test.each([
    ['among the 5 largest', { topK: 5 }],
    ['among all logits', { topK: 0 }],
  ])('temperature 0 takes the most probable token, %s', async (_, options) => {
    const model = await openGpt2(folder);
    const prompt = 'severe DISEASE';
    const [sentence] = await sample({
      ...options,
      count: 1,
      temperature: 0,
      maxWords: 50,
      maxTokens: 12,
      prompts: [prompt],
    });
    // The same by scoring whole sequences, without a cache.
    const graph = gpt2Scoring(model.config, { withLogits: true });
    const { parameters } = await loadWeights(device, model, graph, { trainable: false });
    const program = await device.createProgram(graph, parameters);
    const ids = [model.tokenizer.endOfText!, ...model.tokenizer.encode(prompt)];
    for (let drawn = 0; drawn < 12; drawn++) {
      const { logits } = await program.run(decoderFeeds([ids, ids], 1));
      const row = logits!.data.subarray(-model.config.vocab_size);
      const next = row.indexOf(Math.max(...row));
      if (next === model.tokenizer.endOfText) break;
      ids.push(next);
    }
    await program.dispose();
    await parameters.dispose();
    expect(sentence!.text).toBe(model.tokenizer.decode(ids.slice(1)).trim());
  });

  test('top-k draws each candidate as often as its probability says', async () => {
    // One token a sentence: the first token's distribution under top-k 3.
    const model = await openGpt2(folder);
    const graph = gpt2Scoring(model.config, { withLogits: true });
    const { parameters } = await loadWeights(device, model, graph, { trainable: false });
    const program = await device.createProgram(graph, parameters);
    const start = [model.tokenizer.endOfText!];
    const { logits } = await program.run(decoderFeeds([start, start], 1));
    await program.dispose();
    await parameters.dispose();
    const row = [...logits!.data.subarray(0, model.config.vocab_size)];
    const best = row
      .map((value, id) => ({ value, id }))
      .sort((a, b) => b.value - a.value)
      .slice(0, 3);
    const total = best.reduce((sum, { value }) => sum + Math.exp(value), 0);

    // Fewer on the software GPU, which is slow; the bound below follows.
    const COUNT = device.name === 'webgpu' ? 256 : 3000;
    const sentences = await sample({ count: COUNT, topK: 3, maxTokens: 1, batchSize: 64 });
    // Tokens that are parts of characters, or the end of text, look alike as text: their probabilities add up.
    const probabilities = new Map<string, number>();
    for (const { value, id } of best) {
      const text = model.tokenizer.decode([id], { skipSpecialTokens: true }).trim();
      probabilities.set(text, (probabilities.get(text) ?? 0) + Math.exp(value) / total);
    }
    expect(probabilities.size).toBeGreaterThan(1);
    for (const [text, probability] of probabilities) {
      const frequency = sentences.filter((sentence) => sentence.text === text).length / COUNT;
      const spread = Math.sqrt((probability * (1 - probability)) / COUNT);
      expect(Math.abs(frequency - probability)).toBeLessThan(4 * spread);
    }
  });

  test('perplexity: the sum over tokens after the first, the same in any batch', async () => {
    const alone = await perplexities(device, folder, [TEXTS[0]!, TEXTS[0]!], { batchSize: 2, monitor: new Monitor() });
    const together = await perplexities(device, folder, [...TEXTS, '', 'DRUG'], {
      batchSize: 8,
      monitor: new Monitor(),
    });
    expect(together[0]!.negativeLogLikelihood).toBeCloseTo(alone[0]!.negativeLogLikelihood, 4);
    expect(together[3]).toEqual({ tokens: 0, negativeLogLikelihood: 0 });
    // Random weights know nothing: close to uniform over the vocabulary.
    const { config } = await openGpt2(folder);
    const { tokens, negativeLogLikelihood } = together[1]!;
    expect(negativeLogLikelihood / (tokens - 1)).toBeCloseTo(Math.log(config.vocab_size), 0);
  });

  test('a text longer than the model’s context is refused by its number', async () => {
    const texts = ['short', 'word '.repeat(100)];
    await expect(perplexities(device, folder, texts, { batchSize: 2, monitor: new Monitor() })).rejects.toThrow(
      /text 2 has \d+ tokens, the model reads 64/,
    );
  });
});
