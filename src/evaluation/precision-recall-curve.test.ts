import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { precisionRecallCurve } from './precision-recall-curve.ts';
import { score, type Label } from './scores.ts';
import { chooseThreshold, labelOf } from './threshold.ts';

const RELATIONS = ['advise', 'effect'];
const example = fc.record({
  label: fc.constantFrom<Label>('advise', 'effect', null),
  row: fc.tuple(fc.nat(8), fc.nat(8), fc.nat(8)).map((parts) => {
    const total = parts[0] + parts[1] + parts[2] + 3;
    return parts.map((part) => (part + 1) / total);
  }),
});

describe('precisionRecallCurve', () => {
  it("is scikit-learn's for a single relation", () => {
    // average_precision_score([1, 0, 1, 1, 0], [.9, .8, .7, .7, .1]) = 0.8333…
    const rows = [0.9, 0.8, 0.7, 0.7, 0.1].map((p) => [p, 1 - p]);
    const gold = ['x', null, 'x', 'x', null];
    const { points, averagePrecision } = precisionRecallCurve(rows, gold, ['x']);
    expect(averagePrecision).toBeCloseTo(5 / 6, 12);
    expect(points.map(({ threshold, recall }) => [threshold, recall])).toEqual([
      [0.9, 1 / 3],
      [0.8, 1 / 3],
      [0.7, 1],
      [0.1, 1],
    ]);
  });

  it('holds at each threshold the scores of the labels under it, and the best F1 that a threshold reaches', () => {
    fc.assert(
      fc.property(fc.array(example, { minLength: 1, maxLength: 40 }), (examples) => {
        const gold = examples.map(({ label }) => label);
        const rows = examples.map(({ row }) => row);
        const { points } = precisionRecallCurve(rows, gold, RELATIONS);
        for (const { threshold, precision, recall, f1 } of points) {
          const scores = score(
            gold,
            rows.map((row) => labelOf(row, RELATIONS, threshold)),
            RELATIONS,
          );
          expect(precision).toBeCloseTo(scores.precision, 12);
          expect(recall).toBeCloseTo(scores.recall, 12);
          expect(f1).toBeCloseTo(scores.f1, 12);
        }
        expect(Math.max(...points.map(({ f1 }) => f1))).toBeCloseTo(chooseThreshold(rows, gold, RELATIONS).f1, 12);
      }),
    );
  });

  it('is thinned without losing its ends or its shape', () => {
    const gold = Array.from({ length: 5000 }, (_, i): Label => (i % 3 === 0 ? 'x' : null));
    const rows = gold.map((label, i) => {
      const p = label === null ? ((i * 37) % 1000) / 1500 : 0.4 + ((i * 53) % 1000) / 2000;
      return [p, 1 - p];
    });
    const whole = precisionRecallCurve(rows, gold, ['x'], Infinity);
    const thin = precisionRecallCurve(rows, gold, ['x'], 100);
    expect(thin.averagePrecision).toBe(whole.averagePrecision);
    expect(thin.points.length).toBeLessThanOrEqual(101);
    expect(thin.points.length).toBeGreaterThan(40);
    expect(thin.points[0]).toEqual(whole.points[0]);
    expect(thin.points.at(-1)).toEqual(whole.points.at(-1));
  });
});
