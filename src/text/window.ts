/**
 * Fitting a tokenised sentence into a classifier's length so that both placeholders stay in view.
 *
 * A window is one stretch of tokens that holds both placeholders, with the context shared out evenly to its left and
 * right. Where the placeholders are too far apart for one stretch, the middle between them is cut out and each keeps
 * what lies around it.
 */

/** A half-open range of token indices. */
export interface TokenRange {
  start: number;
  end: number;
}

/**
 * The ranges of tokens to keep, in order: one, or two where the middle had to be cut. Together they hold `min(length,
 * budget)` tokens.
 * @param length how many tokens there are, without special tokens.
 * @param placeholders the tokens of the two placeholders, apart from each other, in either order.
 * @param budget how many tokens may stay: the model's length less its special tokens (128 − 2 for [CLS] and [SEP]).
 * @throws RangeError when the placeholders alone exceed the budget.
 */
export function windowAround(
  length: number,
  placeholders: readonly [TokenRange, TokenRange],
  budget: number,
): TokenRange[] {
  if (length <= budget) return [{ start: 0, end: length }];
  const [first, second] =
    placeholders[0].start <= placeholders[1].start ? placeholders : [placeholders[1], placeholders[0]];
  if (second.end - first.start <= budget) {
    return [centred({ start: first.start, end: second.end }, { start: 0, end: length }, budget)];
  }
  const sizes = [first.end - first.start, second.end - second.start] as const;
  const spare = budget - sizes[0] - sizes[1];
  if (spare < 0) throw new RangeError(`placeholders of ${sizes[0]} and ${sizes[1]} tokens do not fit into ${budget}`);
  const share = Math.floor(spare / 2);
  const left = centred(first, { start: 0, end: second.start }, sizes[0] + share);
  const right = centred(second, { start: left.end, end: length }, sizes[1] + spare - share);
  return left.end === right.start ? [{ start: left.start, end: right.end }] : [left, right];
}

/**
 * The stretch of `size` tokens around `core`, as evenly as the limits allow; the limits hold at least `size` tokens.
 */
function centred(core: TokenRange, limits: TokenRange, size: number): TokenRange {
  const wanted = core.start - Math.floor((size - (core.end - core.start)) / 2);
  const start = Math.max(limits.start, Math.min(wanted, limits.end - size));
  return { start, end: start + size };
}

/** The items (token ids, or anything parallel to them) that the ranges keep. */
export function keepRanges<T>(items: readonly T[], ranges: readonly TokenRange[]): T[] {
  return ranges.flatMap(({ start, end }) => items.slice(start, end));
}
