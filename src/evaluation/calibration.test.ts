import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../foundation/random.ts';
import { calibrationOf, fitTemperature, withTemperature } from './calibration.ts';
import type { Label } from './scores.ts';

const RELATIONS = ['x', 'y'];
const stream = RandomStream.named(3, 'test');
/** Rows of probabilities, and labels drawn from them: calibrated by making. */
const rows = Array.from({ length: 20_000 }, () => {
  const parts = [stream.uniform(), stream.uniform(), stream.uniform()].map((u) => Math.exp(3 * u));
  const total = parts.reduce((sum, part) => sum + part, 0);
  return parts.map((part) => part / total);
});
const gold = rows.map((row): Label => {
  const u = stream.uniform();
  return u < row[0]! ? 'x' : u < row[0]! + row[1]! ? 'y' : null;
});

describe('calibration', () => {
  it('finds nothing to mend where labels follow the probabilities', () => {
    const { expectedError, bins } = calibrationOf(rows, gold, RELATIONS);
    expect(expectedError).toBeLessThan(0.015);
    expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(rows.length);
    expect(fitTemperature(rows, gold, RELATIONS)).toBeCloseTo(1, 1);
  });

  it('finds the temperature of an overconfident system and undoes it', () => {
    const overconfident = rows.map((row) => withTemperature(row, 0.4));
    const temperature = fitTemperature(overconfident, gold, RELATIONS);
    expect(temperature).toBeCloseTo(2.5 * fitTemperature(rows, gold, RELATIONS), 3);
    const before = calibrationOf(overconfident, gold, RELATIONS);
    const after = calibrationOf(
      overconfident.map((row) => withTemperature(row, temperature)),
      gold,
      RELATIONS,
    );
    expect(before.expectedError).toBeGreaterThan(0.1);
    expect(after.expectedError).toBeLessThan(0.015);
    expect(after.negativeLogLikelihood).toBeLessThan(before.negativeLogLikelihood);
    expect(after.brierScore).toBeLessThan(before.brierScore);
  });

  it('changes no label', () => {
    for (const row of rows.slice(0, 200)) {
      const scaled = withTemperature(row, 3);
      expect(scaled.indexOf(Math.max(...scaled))).toBe(row.indexOf(Math.max(...row)));
      expect(scaled.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
    }
  });

  it('bears certain errors, certain successes and no data', () => {
    expect(calibrationOf([[1, 0, 0]], ['y'], RELATIONS).negativeLogLikelihood).toBeCloseTo(-Math.log(1e-12), 6);
    expect(calibrationOf([[1, 0, 0]], ['x'], RELATIONS)).toEqual({
      bins: [{ confidence: 1, accuracy: 1, count: 1 }],
      expectedError: 0,
      negativeLogLikelihood: expect.closeTo(0, 9) as number,
      brierScore: 0,
    });
    expect(fitTemperature([], [], RELATIONS)).toBe(1);
    expect(() => calibrationOf([], [], RELATIONS)).toThrow(RangeError);
  });
});

/** Rows that hold anything that a classifier can say: certainty, impossibility, and probabilities too small to count. */
const weight = fc.oneof(
  fc.constant(0),
  fc.constant(1e-30),
  fc.constant(1e-9),
  fc.double({ min: 1e-3, max: 1, noNaN: true }),
);
const anyRow = fc
  .tuple(weight, weight, weight)
  .filter((weights) => Math.max(...weights) > 0)
  .map((weights) => weights.map((each) => each / weights.reduce((sum, other) => sum + other)));
const labelled = fc.array(fc.tuple(anyRow, fc.constantFrom<Label>('x', 'y', null)), { minLength: 1, maxLength: 40 });

describe('on any probabilities', () => {
  it('the fitted temperature is never worse than none, nor than any other', () => {
    fc.assert(
      fc.property(labelled, fc.double({ min: 0.05, max: 20, noNaN: true }), (examples, other) => {
        const own = examples.map(([row]) => row);
        const labels = examples.map(([, label]) => label);
        const lossAt = (temperature: number): number =>
          calibrationOf(
            own.map((row) => withTemperature(row, temperature)),
            labels,
            RELATIONS,
          ).negativeLogLikelihood;
        const fitted = fitTemperature(own, labels, RELATIONS);
        expect(fitted).toBeGreaterThanOrEqual(0.05);
        expect(fitted).toBeLessThanOrEqual(20);
        expect(lossAt(fitted)).toBeLessThanOrEqual(lossAt(1) + 1e-9);
        // Not where a loss is cut off: there the search can end in another valley.
        if (own.every((row) => Math.min(...row) >= 1e-3))
          expect(lossAt(fitted)).toBeLessThanOrEqual(lossAt(other) + 1e-6);
      }),
    );
  });

  it('temperatures multiply, and 1 changes nothing', () => {
    const temperature = fc.double({ min: 0.5, max: 4, noNaN: true });
    const row = fc
      .array(fc.double({ min: 0.05, max: 1, noNaN: true }), { minLength: 2, maxLength: 6 })
      .map((weights) => weights.map((each) => each / weights.reduce((sum, other) => sum + other)));
    fc.assert(
      fc.property(row, temperature, temperature, (own, first, second) => {
        const twice = withTemperature(withTemperature(own, first), second);
        withTemperature(own, first * second).forEach((p, place) => expect(twice[place]).toBeCloseTo(p, 9));
        withTemperature(own, 1).forEach((p, place) => expect(p).toBeCloseTo(own[place]!, 12));
      }),
    );
  });
});
