/**
 * Rows of a file of separated values, as a stream. Commas, semicolons and bars by `csv-parse`; tabs by lines, since
 * tab-separated corpora hold quotation marks that quote nothing.
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
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
  /** The line on which the last whole row ends; a row that is not well-formed begins on the next. */
  let line = 0;
  const parser = parse({
    delimiter,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: LONGEST_LINE,
    on_record: (record: string[], { lines }) => {
      line = lines;
      return record;
    },
  });
  const source = pipeline(Readable.from(readTextChunks(path)), parser);
  // The failure reaches the loop below as well.
  source.catch(() => undefined);
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      yield { fields: record, line: info.lines };
    }
    await source;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new UserError(`not well-formed CSV: ${error.message.replace(/ at line \d+/, '')}`, {
      where: `${path}:${line + 1}`,
      remedy: 'put fields with quotation marks in quotation marks, and double those inside',
      cause: error,
    });
  }
}
