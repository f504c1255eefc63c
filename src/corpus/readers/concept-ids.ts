/** Columns of concept ids: several for a composite mention, a sign for none. */

/** `D014786`, `MESH:D006311`, `5230`, `HGNC:12`: what a comma or semicolon may part. Names of chemicals hold commas themselves. */
const NUMBERED = /^([A-Za-z][\w.]*:)?[A-Za-z]{0,4}\d[\w.]*$/;

/** The ids of a column such as `D014786|D006311`; `-1`, `-` and nothing stand for none. */
export function splitIds(column: string): string[] {
  const ids = column.split('|').flatMap((each) => {
    const parts = each.split(/[;,]/).map((id) => id.trim());
    return parts.every((part) => part === '' || NUMBERED.test(part)) ? parts : [each.trim()];
  });
  return [...new Set(ids.filter((id) => id !== '' && id !== '-' && id !== '-1'))];
}
