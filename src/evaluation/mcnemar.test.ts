import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fairCoinTest, holmCorrection, mcNemarTest } from './mcnemar.ts';

/** The p-value by exact integer arithmetic. */
function exactly(heads: number, tails: number): number {
  const n = BigInt(heads + tails);
  let choose = 1n;
  let sum = 0n;
  for (let i = 0n; i <= BigInt(Math.min(heads, tails)); i++) {
    sum += choose;
    choose = (choose * (n - i)) / (i + 1n);
  }
  const scale = 10n ** 320n;
  const p = Number((2n * sum * scale) / 2n ** n / 10n ** 290n) / 1e30;
  return Math.min(1, p);
}

describe('fairCoinTest', () => {
  it.each([
    [0, 0, 1],
    [5, 5, 1],
    [0, 6, 0.03125], // As R's binom.test(0, 6).
    [10, 25, 0.016673848],
    [121, 59, 0.000004434],
  ])('%i against %i', (heads, tails, p) => {
    expect(fairCoinTest(heads, tails)).toBeCloseTo(p, 6);
  });

  it('agrees with exact arithmetic, also for many examples', () => {
    fc.assert(
      fc.property(fc.nat(3000), fc.nat(3000), (heads, tails) => {
        const p = exactly(heads, tails);
        const computed = fairCoinTest(heads, tails);
        expect(Math.abs(computed - p)).toBeLessThanOrEqual(1e-9 * p + 1e-29);
        expect(fairCoinTest(tails, heads)).toBe(computed);
      }),
      { numRuns: 30 },
    );
  });
});

describe('mcNemarTest', () => {
  it('counts the discordant examples only', () => {
    const first = [true, true, true, false, false, true, true];
    const second = [true, false, false, true, false, false, true];
    expect(mcNemarTest(first, second)).toEqual({ onlyFirst: 3, onlySecond: 1, pValue: 0.625 });
  });

  it('refuses lists of different length', () => {
    expect(() => mcNemarTest([true], [])).toThrow(RangeError);
  });
});

describe('holmCorrection', () => {
  it('corrects in the order given', () => {
    // As R's p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm").
    const corrected = holmCorrection([0.01, 0.04, 0.03, 0.005]);
    [0.03, 0.06, 0.06, 0.02].forEach((p, i) => expect(corrected[i]).toBeCloseTo(p, 12));
  });

  it('lies between no correction and Bonferroni, and keeps the order', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true })), (pValues) => {
        const corrected = holmCorrection(pValues);
        pValues.forEach((p, i) => {
          expect(corrected[i]).toBeGreaterThanOrEqual(p);
          expect(corrected[i]).toBeLessThanOrEqual(Math.min(1, p * pValues.length));
          pValues.forEach((q, j) => {
            if (p < q) expect(corrected[i]).toBeLessThanOrEqual(corrected[j]!);
          });
        });
      }),
    );
  });
});
