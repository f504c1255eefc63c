import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { confusionMatrix, score, type Label } from './scores.ts';

const L = ['induces', 'treats'];
const labels = fc.array(fc.tuple(fc.constantFrom<Label>(...L, null), fc.constantFrom<Label>(...L, null)));

describe('score', () => {
  it('counts null neither as a class nor as a success', () => {
    const gold = ['induces', 'induces', 'treats', null, null, null];
    const predicted = ['induces', null, 'induces', 'treats', null, null];
    expect(score(gold, predicted, L)).toEqual({
      precision: 1 / 3,
      recall: 1 / 3,
      f1: 1 / 3,
      correct: 1,
      predicted: 3,
      gold: 3,
      macroF1: 0.25,
      relations: {
        induces: { precision: 0.5, recall: 0.5, f1: 0.5, correct: 1, predicted: 2, gold: 2 },
        treats: { precision: 0, recall: 0, f1: 0, correct: 0, predicted: 1, gold: 1 },
      },
    });
  });

  it('is 0, not NaN, where there is nothing to divide', () => {
    expect(score([null], [null], L)).toMatchObject({ precision: 0, recall: 0, f1: 0, macroF1: 0 });
    expect(score([], [], [])).toMatchObject({ precision: 0, recall: 0, f1: 0, macroF1: 0 });
  });

  it('has F1 as the harmonic mean of precision and recall, between them, and 1 for gold itself', () => {
    fc.assert(
      fc.property(labels, (pairs) => {
        const gold = pairs.map(([label]) => label);
        const {
          precision: p,
          recall: r,
          f1,
        } = score(
          gold,
          pairs.map(([, label]) => label),
          L,
        );
        expect(f1).toBeCloseTo(p + r === 0 ? 0 : (2 * p * r) / (p + r), 12);
        expect(score(gold, gold, L).f1).toBe(gold.some((label) => label !== null) ? 1 : 0);
      }),
    );
  });

  it('refuses lists of different length and labels outside L', () => {
    expect(() => score(['induces'], [], L)).toThrow(RangeError);
    expect(() => score(['cures'], [null], L)).toThrow(/cures/);
    expect(() => score([null], ['cures'], L)).toThrow(/cures/);
  });
});

describe('confusionMatrix', () => {
  it('has gold labels in rows, predictions in columns, null last', () => {
    expect(confusionMatrix(['induces', 'treats', null, null], ['treats', 'treats', null, 'induces'], L)).toEqual({
      labels: ['induces', 'treats', null],
      counts: [
        [0, 1, 0],
        [0, 1, 0],
        [1, 0, 1],
      ],
    });
  });
});
