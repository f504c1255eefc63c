import { describe, expect, it } from 'vitest';
import { RandomStream } from '../foundation/random.ts';
import { bootstrapDifference, bootstrapF1 } from './bootstrap.ts';
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
