/** Rows of tab-separated files. Quotes mean nothing in them, except around a whole field with every inner quote doubled. */

/** The fields of a line. */
export function splitTsvRow(row: string): string[] {
  return row.split('\t').map((field) => {
    const isQuoted = field.length > 1 && field.startsWith('"') && field.endsWith('"');
    const inner = field.slice(1, -1);
    return isQuoted && !inner.replaceAll('""', '').includes('"') ? inner.replaceAll('""', '"') : field;
  });
}
