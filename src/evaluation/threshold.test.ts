import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { score, type Label } from './scores.ts';
import { chooseThreshold, labelOf, NEUTRAL_THRESHOLD } from './threshold.ts';

const L = ['induces', 'treats'];

describe('labelOf', () => {
  it('takes the best relation that reaches the threshold, whatever the probability of null', () => {
    expect(labelOf([0.3, 0.1, 0.6], L, 0.3)).toBe('induces');
    expect(labelOf([0.1, 0.3, 0.6], L, 0.31)).toBeNull();
    expect(labelOf([0.5, 0.5, 0], L, 0.2)).toBe('induces');
  });
});

describe('chooseThreshold', () => {
  it('puts the threshold in the middle of the gap', () => {
    const rows = [
      [0.9, 0, 0.1],
      [0.7, 0, 0.3],
      [0.3, 0, 0.7],
    ];
    expect(chooseThreshold(rows, ['induces', 'induces', null], L)).toEqual({ threshold: 0.5, f1: 1 });
  });

  it('takes the widest of equally good gaps, then the higher threshold', () => {
    const gold = ['induces', null, null, 'induces'];
    const at = (...probabilities: number[]): number[][] => probabilities.map((p) => [p, 0, 1 - p]);
    // One of one right and two of four right have the same F1 = 2/3: one in the first gap, the other in the last.
    expect(chooseThreshold(at(0.875, 0.75, 0.5, 0.5), gold, L)).toEqual({ threshold: 0.25, f1: 2 / 3 });
    expect(chooseThreshold(at(1, 0.25, 0.25, 0.25), gold, L)).toEqual({ threshold: 0.625, f1: 2 / 3 });
    expect(chooseThreshold(at(0.75, 0.5, 0.375, 0.25), gold, L)).toEqual({ threshold: 0.625, f1: 2 / 3 });
  });

  it('is neutral where the data cannot tell', () => {
    expect(chooseThreshold([], [], L)).toEqual({ threshold: NEUTRAL_THRESHOLD, f1: 0 });
    expect(chooseThreshold([[0.9, 0, 0.1]], [null], L)).toEqual({ threshold: NEUTRAL_THRESHOLD, f1: 0 });
  });

  it('is as good as the best of all thresholds tried one by one', () => {
    const probability = fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 0.25, 0.5, 1));
    const example = fc.tuple(fc.tuple(probability, probability, probability), fc.constantFrom<Label>(...L, null));
    fc.assert(
      fc.property(fc.array(example, { maxLength: 30 }), (examples) => {
        const rows = examples.map(([row]) => row);
        const gold = examples.map(([, label]) => label);
        const f1At = (t: number): number =>
          score(
            gold,
            rows.map((row) => labelOf(row, L, t)),
            L,
          ).f1;
        const { threshold, f1 } = chooseThreshold(rows, gold, L);
        expect(f1).toBe(Math.max(0, ...rows.flat().map(f1At)));
        if (f1 > 0) expect(f1At(threshold)).toBe(f1);
      }),
    );
  });
});
