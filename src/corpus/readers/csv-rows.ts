/**
 * Rows of a file of separated values, as a stream. Commas, semicolons and bars by `csv-parse`; tabs by lines, since
 * tab-separated corpora hold quotation marks that quote nothing.
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CsvError, parse, type Options } from 'csv-parse';
import { UserError } from '../../foundation/errors.ts';
import { LONGEST_LINE, readLines } from '../../foundation/lines.ts';
import { readTextChunks } from '../../foundation/text-chunks.ts';
import { splitTsvRow } from './tsv-row.ts';

export interface CsvRow {
  fields: string[];
  /** The line on which the row ends: a quoted field may hold line ends. */
  line: number;
}

const DELIMITERS = [',', '\t', ';', '|'] as const;
export type Delimiter = (typeof DELIMITERS)[number];

/** The delimiter that stands most often in a header line. */
export function delimiterOf(header: string): Delimiter {
  const count = (delimiter: string): number => header.split(delimiter).length;
  return DELIMITERS.reduce((most, each) => (count(each) > count(most) ? each : most));
}

/** Yields the rows, blank ones left out. @throws UserError with `file:line` for misplaced quotes. */
export async function* readCsvRows(path: string, delimiter: Delimiter): AsyncGenerator<CsvRow> {
  if (delimiter === '\t') {
    for await (const { text, line } of readLines(path)) {
      if (text.trim() !== '') yield { fields: splitTsvRow(text), line };
    }
    return;
  }
  let line = 0;
  try {
    for await (const fields of parseCsv(path, { delimiter })) {
      line += 1 + newlinesIn(fields);
      if (fields.length > 1 || fields[0] !== '') yield { fields, line };
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new UserError(`not well-formed CSV: ${error.message.replace(/ at line \d+/, '')}`, {
      where: `${path}:${await lineOfDamage(path, delimiter)}`,
      remedy: 'put fields with quotation marks in quotation marks, and double those inside',
      cause: error,
    });
  }
}

async function* parseCsv(path: string, options: Options): AsyncGenerator<string[]> {
  const parser = parse({ relax_column_count: true, max_record_size: LONGEST_LINE, ...options });
  const source = pipeline(Readable.from(readTextChunks(path)), parser);
  // A failure of the source destroys the parser, and so reaches the loop.
  source.catch(() => undefined);
  yield* parser as AsyncIterable<string[]>;
  await source;
}

function newlinesIn(fields: readonly string[]): number {
  let count = 0;
  for (const field of fields) {
    for (let at = field.indexOf('\n'); at >= 0; at = field.indexOf('\n', at + 1)) count++;
  }
  return count;
}

/**
 * The line on which the row begins that is not well-formed. The file is read again: to tell of every row where it
 * stands makes reading slower, and the rows before the damage may not have been passed on.
 */
async function lineOfDamage(path: string, delimiter: Delimiter): Promise<number> {
  let line = 0;
  const onRecord = (record: string[], { lines }: { lines: number }): string[] => {
    line = lines;
    return record;
  };
  const rows = parseCsv(path, { delimiter, on_record: onRecord });
  try {
    while (!(await rows.next()).done);
  } catch {
    // The damage that is looked for.
  }
  return line + 1;
}
