import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Example } from './example.ts';
import {
  DIVISION_UNITS,
  foldsByDocument,
  splitByDocument,
  subsample,
  subsamplePositives,
  takeValidation,
} from './splits.ts';

let made = 0;
const example = (document: string, relation: string | null): Example => ({
  id: String(made++),
  document,
  text: 'a b',
  head: { start: 0, end: 1, type: 'X', text: 'a' },
  tail: { start: 2, end: 3, type: 'Y', text: 'b' },
  relation,
});

const corpus = fc
  .array(fc.tuple(fc.nat(30), fc.constantFrom('induces', 'treats', null)), { minLength: 1, maxLength: 200 })
  .map((pairs) => pairs.map(([document, relation]) => example(`d${document}`, relation)));

/** 400 documents of 1 to 8 sentences, labels in uneven proportions. */
const large = Array.from({ length: 400 }, (_, d) =>
  Array.from({ length: 1 + (d % 8) }, (_, s) =>
    example(`d${d}`, (d + s) % 10 === 0 ? 'rare' : (d + s) % 3 === 0 ? 'common' : null),
  ),
).flat();

describe('splitByDocument', () => {
  it('gives every example to one part and divides no document', () => {
    fc.assert(
      fc.property(
        corpus,
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
        (examples, shares) => {
          const parts = splitByDocument(examples, shares, 7);
          expect(parts.flat().sort((a, b) => Number(a.id) - Number(b.id))).toEqual(examples);
          const partsOf = new Map<string, Set<number>>();
          for (const [i, part] of parts.entries()) {
            for (const { document } of part) partsOf.set(document, (partsOf.get(document) ?? new Set()).add(i));
          }
          for (const where of partsOf.values()) expect(where.size).toBe(1);
        },
      ),
    );
  });

  it('gives every part its share of every label', () => {
    for (const fold of foldsByDocument(large, 5, 3)) {
      for (const label of ['rare', 'common', null]) {
        const all = large.filter(({ relation }) => relation === label).length;
        const here = fold.filter(({ relation }) => relation === label).length;
        expect(Math.abs(here - all / 5)).toBeLessThanOrEqual(2 + 0.05 * (all / 5));
      }
    }
  });

  it('depends on the seed, and on nothing else', () => {
    const ids = (seed: number): string[] => splitByDocument(large, [1, 1], seed)[0]!.map(({ id }) => id);
    expect(ids(1)).toEqual(ids(1));
    expect(ids(1)).not.toEqual(ids(2));
  });
});

describe('takeValidation', () => {
  it('takes 15% of the training documents, and so 15% of each label', () => {
    const { train, validation } = takeValidation(large, 42);
    expect(train.length + validation.length).toBe(large.length);
    expect(new Set(validation.map(({ document }) => document)).size).toBe(60);
    for (const label of ['rare', 'common', null]) {
      const count = (examples: readonly Example[]): number =>
        examples.filter(({ relation }) => relation === label).length;
      expect(count(validation) / count(large)).toBeCloseTo(0.15, 1);
    }
  });
});

describe('subsamples', () => {
  it('are nested, keep all negatives and the order, and have the size asked for', () => {
    fc.assert(
      fc.property(corpus, fc.nat(50), fc.nat(50), fc.integer(), (examples, few, more, seed) => {
        const small = subsamplePositives(examples, few, seed);
        const big = subsamplePositives(examples, few + more, seed);
        const positives = (list: readonly Example[]): number => list.filter(({ relation }) => relation !== null).length;
        expect(positives(small)).toBe(Math.min(few, positives(examples)));
        expect(small.length - positives(small)).toBe(examples.length - positives(examples));
        const inBig = new Set(big);
        expect(small.every((each) => inBig.has(each))).toBe(true);
        expect(small).toEqual(examples.filter((each) => small.includes(each)));
      }),
    );
  });

  it('keep the proportions between relations', () => {
    const rare = subsamplePositives(large, 100, 5).filter(({ relation }) => relation === 'rare').length;
    const all = large.filter(({ relation }) => relation !== null);
    const expected = (100 * all.filter(({ relation }) => relation === 'rare').length) / all.length;
    expect(Math.abs(rare - expected)).toBeLessThanOrEqual(1);
  });

  it.each(DIVISION_UNITS)('by %s are nested, whole, in order, and within the limit', (by) => {
    fc.assert(
      fc.property(corpus, fc.nat(50), fc.nat(50), fc.integer(), (examples, few, more, seed) => {
        const train = { part: 'train', by };
        const small = subsample(examples, few, seed, train);
        const big = subsample(examples, few + more, seed, train);
        const unitOf = ({ document, id }: Example): string => (by === 'document' ? document : id);
        const units = new Set(small.map(unitOf));
        expect(small).toEqual(examples.filter((example) => units.has(unitOf(example))));
        expect(small.every((each) => big.includes(each))).toBe(true);
        if (units.size > 1) expect(small.length).toBeLessThanOrEqual(few);
        expect(small.length).toBeGreaterThanOrEqual(Math.min(1, examples.length));
        expect(subsample(examples, examples.length, seed, train)).toEqual(examples);
      }),
    );
  });

  it.each(DIVISION_UNITS)('by %s keep what is rare, and differ between parts and seeds', (by) => {
    for (let seed = 1; seed <= 20; seed++) {
      const most = Math.floor(large.length / 10);
      const kept = subsample(large, most, seed, { part: 'test', by });
      const share = (label: string | null): number =>
        kept.filter(({ relation }) => relation === label).length /
        large.filter(({ relation }) => relation === label).length;
      for (const label of ['rare', 'common', null]) expect(share(label)).toBeCloseTo(0.1, 1);
      if (by === 'example') expect(kept).toHaveLength(most);
      expect(kept).not.toEqual(subsample(large, most, seed, { part: 'train', by }));
      expect(kept).not.toEqual(subsample(large, most, seed + 1, { part: 'test', by }));
    }
  });
});
