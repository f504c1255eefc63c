/** Filling pools from a sampler that says known sentences. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Monitor } from '../foundation/progress.ts';
import type { BatchFilter } from './filters/filter.ts';
import { FilterChain } from './filters/filter.ts';
import { ExactDuplicates } from './filters/exact-duplicates.ts';
import { Length } from './filters/length.ts';
import { fillPool } from './pool.ts';
import type { PoolRequest } from './pool.ts';
import type { JournalEntry } from './sentence-journal.ts';
import type { SampledSentence } from './sentence-sampler.ts';

const REQUEST: PoolRequest = { stage: 'pool', wanted: 10, maxAttempts: 100, seed: 1, stream: [] };

/** Sentence i is made by a rule; `sampled` counts them. */
function samplerOf(textOf: (index: number) => string) {
  const sampler = {
    sampled: 0,
    // eslint-disable-next-line @typescript-eslint/require-await
    async *sample(first: number): AsyncGenerator<SampledSentence> {
      for (let index = first; ; index++) {
        sampler.sampled++;
        yield { index, text: textOf(index), tokens: 2, ending: 'words' };
      }
    },
  };
  return sampler;
}

const journal = (entries: JournalEntry[] = []) => ({
  entries: [...entries],
  append: (entry: JournalEntry) => void entries.push(entry),
});
const chain = () => new FilterChain([new Length(2), new ExactDuplicates([])]);

/** Objects to sentences that hold a number divisible by five, and gives the others a target. */
function model(): BatchFilter & { asked: number[] } {
  const asked: number[] = [];
  return {
    asked,
    reasons: ['inconsistent-label'],
    opinions: (texts) => {
      asked.push(texts.length);
      return Promise.resolve(
        texts.map((text) =>
          Number(/\d+/.exec(text)![0]) % 5 === 0
            ? { objection: { reason: 'inconsistent-label', value: 0.9 } }
            : { target: [0.5, 0.5] },
        ),
      );
    },
  };
}

test('a pool is filled until enough are accepted, and no further', async () => {
  const sampler = samplerOf((index) => (index % 2 === 0 ? 'short' : `sentence ${index}`));
  const { sentences, ...result } = await fillPool(
    sampler,
    { text: chain(), models: [] },
    REQUEST,
    journal(),
    new Monitor(),
  );
  expect(result).toMatchObject({
    accepted: 10,
    attempts: 20,
    missing: 0,
    tokens: 40,
    counts: { accepted: 10, 'too-short': 10 },
  });
  expect(sampler.sampled).toBe(20);
  expect(sentences[1]).toMatchObject({ index: 1, text: 'sentence 1', verdict: 'accepted' });
  expect(sentences[1]!.id).toMatch(/^[\da-f]{12}$/);
});

test('a spent budget leaves the rest missing', async () => {
  const sampler = samplerOf((index) => `sentence ${index % 4}`);
  const { missing, counts } = await fillPool(sampler, { text: chain(), models: [] }, REQUEST, journal(), new Monitor());
  expect({ missing, counts }).toEqual({
    missing: 6,
    counts: { accepted: 4, 'too-short': 0, 'duplicate-of-gold': 0, 'duplicate-of-generated': 96 },
  });
});

describe('with filters that ask models', () => {
  const textOf = (index: number) => (index % 3 === 0 ? 'short' : `sentence ${index}`);

  test('the pool is filled all the same; models see what the others let pass, in rounds', async () => {
    const asking = model();
    const result = await fillPool(
      samplerOf(textOf),
      { text: chain(), models: [asking] },
      { ...REQUEST, wanted: 200, maxAttempts: 900 },
      journal(),
      new Monitor(),
    );
    expect(result).toMatchObject({ accepted: 200, missing: 0 });
    expect(asking.asked).toEqual([200, 64]);
    expect(result.sentences.at(-1)!.verdict).toBe('accepted');
    const texts = result.sentences.filter(({ verdict }) => verdict === 'inconsistent-label').map(({ text }) => text);
    expect(texts.slice(0, 3)).toEqual(['sentence 5', 'sentence 10', 'sentence 20']);
    for (const { verdict, target } of result.sentences)
      expect(target).toEqual(verdict === 'accepted' ? [0.5, 0.5] : undefined);
  });

  test('stopped anywhere, a pool goes on to the same sentences', async () => {
    const request = { ...REQUEST, wanted: 90, maxAttempts: 400 };
    const fill = (entries: JournalEntry[], monitor = new Monitor()) =>
      fillPool(samplerOf(textOf), { text: chain(), models: [model()] }, request, journal(entries), monitor);
    const whole = await fill([]);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 200 }), async (count) => {
        const entries = Array.from({ length: count }, (_, index) => ({ index, text: textOf(index), tokens: 2 }));
        expect({ ...(await fill(entries)), seconds: 0 }).toEqual({ ...whole, seconds: 0 });
      }),
      { numRuns: 30 },
    );
  });
});
