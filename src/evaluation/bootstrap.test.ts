import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../foundation/random.ts';
import { bootstrapDifference, bootstrapDifferences, bootstrapF1, countByDocument } from './bootstrap.ts';
import { score, type Label } from './scores.ts';

/** 4,000 examples of 500 documents, and a system that is right with a given chance. */
const stream = RandomStream.named(1, 'test');
const gold = Array.from({ length: 4000 }, (): Label => (stream.uniform() < 0.4 ? 'induces' : null));
const documents = gold.map((_, i) => `d${Math.floor(i / 8)}`);
const system = (accuracy: number): Label[] =>
  gold.map((label) => (stream.uniform() < accuracy ? label : label === null ? 'induces' : null));
const weak = system(0.75);
const strong = system(0.8);

describe('bootstrapF1', () => {
  it('gives an interval around the score, the same for the same seed', () => {
    const { f1, interval } = bootstrapF1(gold, weak, { documents, seed: 42 });
    expect(f1).toBe(score(gold, weak, ['induces']).f1);
    expect(interval[0]).toBeLessThan(f1);
    expect(interval[1]).toBeGreaterThan(f1);
    expect(interval[1] - interval[0]).toBeLessThan(0.06);
    expect(bootstrapF1(gold, weak, { documents, seed: 42 }).interval).toEqual(interval);
    expect(bootstrapF1(gold, weak, { documents, seed: 43 }).interval).not.toEqual(interval);
  });

  it('knows no doubt with a single document', () => {
    const { f1, interval } = bootstrapF1(gold, weak, { documents: documents.map(() => 'one'), seed: 1, resamples: 20 });
    expect(interval).toEqual([f1, f1]);
  });

  it('is wider where the examples of a document stand and fall together', () => {
    const together = gold.map((label, i): Label => (Math.floor(i / 80) % 4 === 0 ? null : label));
    const width = (by: string[]): number => {
      const { interval } = bootstrapF1(gold, together, { documents: by, seed: 1 });
      return interval[1] - interval[0];
    };
    expect(width(gold.map((_, i) => `${Math.floor(i / 80)}`))).toBeGreaterThan(2 * width(gold.map((_, i) => `${i}`)));
  });
});

describe('bootstrapDifference', () => {
  it('finds a real difference, and none between a system and itself', () => {
    const real = bootstrapDifference(gold, weak, strong, { documents, seed: 7 });
    expect(real.interval[0]).toBeGreaterThan(0);
    expect(real.secondIsBetter).toBeGreaterThan(0.97);
    const none = bootstrapDifference(gold, weak, weak, { documents, seed: 7 });
    expect(none).toEqual({ difference: 0, interval: [0, 0], secondIsBetter: 0.5 });
  });

  it('turns its sign with the order of the systems', () => {
    const there = bootstrapDifference(gold, weak, strong, { documents, seed: 7, resamples: 101 });
    const back = bootstrapDifference(gold, strong, weak, { documents, seed: 7, resamples: 101 });
    expect(back.difference).toBe(-there.difference);
    expect(back.interval[0]).toBeCloseTo(-there.interval[1], 12);
    expect(back.secondIsBetter).toBeCloseTo(1 - there.secondIsBetter, 12);
  });

  it('refuses lists of different length', () => {
    expect(() => bootstrapF1(gold, weak.slice(1), { documents, seed: 1 })).toThrow(RangeError);
    expect(() => bootstrapF1(gold, weak, { documents: ['d'], seed: 1 })).toThrow(RangeError);
  });
});

/** Documents of some examples each: the gold label and what two systems say. */
const label = fc.constantFrom<Label>('induces', 'treats', null);
const corpora = fc.array(fc.array(fc.tuple(label, label, label), { minLength: 1, maxLength: 5 }), {
  minLength: 20,
  maxLength: 60,
});
type Documents = readonly (readonly (readonly [Label, Label, Label])[])[];
/** The examples in a row, with the name of the document of each. */
function columnsOf(corpus: Documents) {
  const rows = corpus.flatMap((examples, document) => examples.map((example) => ({ example, document })));
  const [gold, first, second] = [0, 1, 2].map((place) => rows.map(({ example }) => example[place]!));
  return { gold: gold!, first: first!, second: second!, documents: rows.map(({ document }) => `d${document}`) };
}
const RUNS = { numRuns: 50 };

describe('on any documents', () => {
  it('the figure lies within its interval, and the difference within its own', () => {
    fc.assert(
      fc.property(corpora, fc.integer(), (corpus, seed) => {
        const { gold, first, second, documents } = columnsOf(corpus);
        const { f1, interval } = bootstrapF1(gold, first, { documents, seed });
        expect(interval[0]).toBeLessThanOrEqual(f1);
        expect(interval[1]).toBeGreaterThanOrEqual(f1);
        const compared = bootstrapDifference(gold, first, second, { documents, seed });
        expect(compared.interval[0]).toBeLessThanOrEqual(compared.difference);
        expect(compared.interval[1]).toBeGreaterThanOrEqual(compared.difference);
      }),
      RUNS,
    );
  });

  it('two systems that change places change the sign of their difference and nothing else', () => {
    fc.assert(
      fc.property(corpora, fc.integer(), (corpus, seed) => {
        const { gold, first, second, documents } = columnsOf(corpus);
        const there = bootstrapDifference(gold, first, second, { documents, seed, resamples: 101 });
        const back = bootstrapDifference(gold, second, first, { documents, seed, resamples: 101 });
        expect(back.difference).toBeCloseTo(-there.difference, 12);
        expect(back.interval[0]).toBeCloseTo(-there.interval[1], 12);
        expect(back.interval[1]).toBeCloseTo(-there.interval[0], 12);
        expect(back.secondIsBetter).toBeCloseTo(1 - there.secondIsBetter, 12);
      }),
      RUNS,
    );
  });

  it('the order of the examples within a document changes nothing, that of the documents no figure', () => {
    fc.assert(
      fc.property(corpora, fc.integer(), (corpus, seed) => {
        const resultOf = (of: Documents) => {
          const { gold, first, second, documents } = columnsOf(of);
          return bootstrapDifference(gold, first, second, { documents, seed, resamples: 50 });
        };
        const result = resultOf(corpus);
        expect(resultOf(corpus.map((examples) => examples.toReversed()))).toEqual(result);
        expect(resultOf(corpus.toReversed()).difference).toBe(result.difference);
      }),
      RUNS,
    );
  });

  it('intervals that hold together are wider than each alone, about the same difference', () => {
    fc.assert(
      fc.property(corpora, fc.integer(), fc.integer({ min: 2, max: 7 }), (corpus, seed, pairs) => {
        const { gold, first, second, documents } = columnsOf(corpus);
        const [one, other] = countByDocument(gold, [first, second], documents);
        const alone = bootstrapDifference(gold, first, second, { documents, seed, resamples: 1000 });
        const together = bootstrapDifferences(
          Array.from({ length: pairs }, () => ({ first: one!, second: other! })),
          { seed, resamples: 1000 },
        );
        expect(together).toHaveLength(pairs);
        for (const { difference, interval } of together) {
          expect(difference).toBe(alone.difference);
          expect(interval[0]).toBeLessThanOrEqual(alone.interval[0]);
          expect(interval[1]).toBeGreaterThanOrEqual(alone.interval[1]);
        }
      }),
      RUNS,
    );
  });
});
