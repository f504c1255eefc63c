import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chooseMicroBatch, splitBatch } from './micro-batch.ts';

describe('a batch in parts', () => {
  test('has every example once, in order, and says where each part stands in the whole', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(200), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 40 }),
        (lengths, size) => {
          const batch = lengths.map((_, index) => index).reverse();
          const parts = splitBatch(batch, size, lengths);
          expect(parts.flatMap(({ examples }) => examples)).toEqual(batch);
          for (const { examples, part } of parts) {
            expect(examples.length).toBeLessThanOrEqual(size);
            if (parts.length === 1) continue;
            expect(part!.whole).toEqual({ batch: batch.length, sequence: Math.max(...lengths) });
            expect(batch.slice(part!.offsets.batch, part!.offsets.batch! + examples.length)).toEqual(examples);
          }
        },
      ),
    );
  });

  test('is whole where nothing is asked for, or it is small enough', () => {
    expect(splitBatch([3, 1], undefined, [1, 1, 1, 1])).toEqual([{ examples: [3, 1] }]);
    expect(splitBatch([3, 1], 2, [1, 1, 1, 1])).toEqual([{ examples: [3, 1] }]);
  });
});

test('the micro-batch is the whole batch, or half of it as often as needed, or none', () => {
  const choose = (batchSize: number, budget: number) =>
    chooseMicroBatch({ batchSize, budget, bytesFor: (examples) => 100 + 10 * examples });
  expect([420, 419, 260, 141, 139, 110, 109].map((budget) => choose(32, budget))).toEqual([
    32,
    16,
    16,
    4,
    2,
    1,
    undefined,
  ]);
  expect([150, 149, 130, 119].map((budget) => choose(5, budget))).toEqual([5, 3, 3, 1]);
});
