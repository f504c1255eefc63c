import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RandomStream } from '../foundation/random.ts';
import { countTokens, planEpoch, planScoring } from './batching.ts';

const lengthsArbitrary = fc.array(fc.integer({ min: 1, max: 128 }), { minLength: 1, maxLength: 400 });

describe('an epoch', () => {
  test('holds every example once, in batches of at most the size asked for', () => {
    fc.assert(
      fc.property(lengthsArbitrary, fc.integer({ min: 1, max: 40 }), fc.integer(), (lengths, batchSize, seed) => {
        const batches = planEpoch(lengths, batchSize, RandomStream.named(seed, 'epoch'));
        expect(batches.flat().sort((a, b) => a - b)).toEqual(lengths.map((_, index) => index));
        expect(Math.max(...batches.map((batch) => batch.length))).toBeLessThanOrEqual(batchSize);
        expect(batches.length).toBe(Math.ceil(lengths.length / batchSize));
      }),
    );
  });

  test('is the same for the same seed and another for another', () => {
    const lengths = Array.from({ length: 300 }, (_, index) => 5 + (index % 90));
    const plan = (seed: number) => planEpoch(lengths, 8, RandomStream.named(seed, 'epoch', 0));
    expect(plan(1)).toEqual(plan(1));
    expect(plan(1)).not.toEqual(plan(2));
  });

  test('has little padding where lengths vary much', () => {
    const stream = RandomStream.named(3, 'lengths');
    const lengths = Array.from({ length: 2000 }, () => 8 + stream.integer(120));
    const { real, padded } = countTokens(planEpoch(lengths, 16, RandomStream.named(1, 'epoch')), lengths);
    expect(padded / real).toBeLessThan(1.05);
  });
});

test('scoring takes the longest first, and every example once', () => {
  fc.assert(
    fc.property(
      lengthsArbitrary,
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 500 }),
      (lengths, batchSize, mostTokens) => {
        const batches = planScoring(lengths, batchSize, mostTokens);
        for (const batch of batches) {
          expect(batch.length).toBeLessThanOrEqual(batchSize);
          const longest = Math.max(...batch.map((index) => lengths[index]!));
          if (batch.length > 1) expect(batch.length * longest).toBeLessThanOrEqual(mostTokens);
        }
        const order = batches.flat();
        expect([...order].sort((a, b) => a - b)).toEqual(lengths.map((_, index) => index));
        for (let i = 1; i < order.length; i++) expect(lengths[order[i]!]).toBeLessThanOrEqual(lengths[order[i - 1]!]!);
      },
    ),
  );
});
