import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { drawSize, drawSynthetic } from './draw.ts';
import type { RelationPool } from './draw.ts';

const pool = (relation: string, size: number, goldCount: number): RelationPool => ({
  relation,
  goldCount,
  sentences: Array.from({ length: size }, (_, index) => ({ id: `${relation}-${index}`, text: `${relation} ${index}` })),
});

describe('a member’s draw', () => {
  test('holds r·|D_c| sentences of each relation, each from its own pool', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 50 }),
        fc.float({ min: 0, max: 4, noNaN: true }),
        (a, b, ratio) => {
          const pools = [pool('a', 40, a), pool('b', 7, b)];
          const { sentences } = drawSynthetic(pools, ratio, 1, ['member', 0]);
          for (const { relation, goldCount } of pools) {
            const own = sentences.filter((sentence) => sentence.relation === relation);
            expect(own).toHaveLength(drawSize(goldCount, ratio));
            expect(own.every(({ text }) => text.startsWith(`${relation} `))).toBe(true);
          }
        },
      ),
    );
  });

  test('repeats no sentence while the pool lasts, and says when it does not', () => {
    const enough = drawSynthetic([pool('a', 10, 10)], 1, 1, ['member', 0]);
    expect(new Set(enough.sentences.map(({ text }) => text)).size).toBe(10);
    expect(enough.replaced).toEqual([]);
    const short = drawSynthetic([pool('a', 10, 10), pool('b', 30, 10)], 2, 1, ['member', 0]);
    expect(short.replaced).toEqual(['a']);
    expect(short.sentences).toHaveLength(40);
  });

  test('takes a pool of any size', () => {
    expect(drawSynthetic([pool('a', 10, 200_000)], 1, 1, []).sentences).toHaveLength(200_000);
  });

  test('differs between members and seeds, and not between repetitions', () => {
    const pools = [pool('a', 100, 30)];
    const draw = (seed: number, member: number) => drawSynthetic(pools, 1, seed, ['member', member]).sentences;
    expect(draw(1, 0)).toEqual(draw(1, 0));
    expect(draw(1, 0)).not.toEqual(draw(1, 1));
    expect(draw(1, 0)).not.toEqual(draw(2, 0));
  });

  test('an empty pool gives nothing, and is named where something is to be drawn', () => {
    const none = { sentences: [], replaced: [] };
    expect(drawSynthetic([pool('a', 0, 5)], 1, 1, [])).toEqual({ ...none, empty: ['a'] });
    expect(drawSynthetic([pool('a', 0, 5)], 0, 1, [])).toEqual({ ...none, empty: [] });
  });
});
