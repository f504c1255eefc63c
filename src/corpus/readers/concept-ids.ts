/** Columns of concept ids: several for a composite mention, a sign for none. */

/** The ids of a column such as `D014786|D006311`; `-1`, `-` and nothing stand for none. */
export function splitIds(column: string): string[] {
  const ids = column.split(/[|;,]/).map((id) => id.trim());
  return [...new Set(ids.filter((id) => id !== '' && id !== '-' && id !== '-1'))];
}
