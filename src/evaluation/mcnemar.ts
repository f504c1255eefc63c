/**
 * McNemar's exact test: do two classifiers err on different examples by more than chance?
 *
 * Only discordant examples count, those that one gets right and the other wrong. If the classifiers were equally
 * good, each such example would fall to either like a fair coin, so that the p-value is binomial. A prediction is
 * right when it equals gold, null included.
 */

export interface McNemarResult {
  /** Examples that only the first, and only the second classifier gets right. */
  onlyFirst: number;
  onlySecond: number;
  /** Two-sided. */
  pValue: number;
}

/**
 * The exact two-sided test on two classifiers' verdicts, example by example. @throws RangeError where the lists
 * differ in length.
 */
export function mcNemarTest(firstIsRight: readonly boolean[], secondIsRight: readonly boolean[]): McNemarResult {
  if (firstIsRight.length !== secondIsRight.length) {
    throw new RangeError(`${firstIsRight.length} verdicts on one side, ${secondIsRight.length} on the other`);
  }
  const onlyFirst = firstIsRight.filter((right, i) => right && !secondIsRight[i]).length;
  const onlySecond = secondIsRight.filter((right, i) => right && !firstIsRight[i]).length;
  return { onlyFirst, onlySecond, pValue: fairCoinTest(onlyFirst, onlySecond) };
}

/**
 * The two-sided p-value of `heads` and `tails` under a fair coin: min(1, 2·P(X ≤ min(heads, tails))).
 *
 * The terms C(n, i)/2ⁿ are summed relative to the largest of them, which keeps full precision where 2ⁿ overflows (n >
 * 1,023); statistics libraries go by way of an approximated incomplete beta function.
 */
export function fairCoinTest(heads: number, tails: number): number {
  const n = heads + tails;
  const fewer = Math.min(heads, tails);
  let logLargest = -n * Math.LN2;
  for (let i = 0; i < fewer; i++) logLargest += Math.log((n - i) / (i + 1));
  let term = 1;
  let tail = 0;
  for (let i = fewer; i >= 0 && term > 0; i--) {
    tail += term;
    term *= i / (n - i + 1);
  }
  return Math.min(1, 2 * Math.exp(logLargest + Math.log(tail)));
}

/**
 * Holm's step-down correction for several tests at once, in the order given: the k-th smallest of m p-values times m
 * − k + 1, at least as large as the one before it, at most 1.
 */
export function holmCorrection(pValues: readonly number[]): number[] {
  const order = pValues.map((_, i) => i).sort((a, b) => pValues[a]! - pValues[b]!);
  const corrected = pValues.slice();
  let atLeast = 0;
  order.forEach((test, rank) => {
    atLeast = Math.max(atLeast, Math.min(1, pValues[test]! * (pValues.length - rank)));
    corrected[test] = atLeast;
  });
  return corrected;
}
