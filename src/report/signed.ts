/** A difference with its sign; what rounds to nothing has none. */
export function showSigned(value: number, digits = 3): string {
  const size = Math.abs(value).toFixed(digits);
  return Number(size) === 0 ? size : `${value < 0 ? '−' : '+'}${size}`;
}
