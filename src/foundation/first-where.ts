/**
 * The index of the first item for which a condition holds, where it holds for all that follow too; their number when it holds for none. By bisection:
 * logarithmic time.
 */
export function firstWhere<T>(items: readonly T[], holds: (item: T) => boolean): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(items[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}
