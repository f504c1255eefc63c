/**
 * Examples as files: JSON Lines, and CSV with the columns that the reader of `csv` knows. Both hold all that an
 * example is; what is read back is the same.
 */
import type { Stringifier } from 'csv-stringify';
import { stringify } from 'csv-stringify/sync';
import { UserError } from '../foundation/errors.ts';
import type { Example, Mention } from './example.ts';
import { CSV_FIELDS, type CsvField } from './readers/csv-fields.ts';
import { COMMON_NULL_LABELS } from './readers/labels.ts';

export const WRITTEN_FORMATS = ['jsonl', 'csv'] as const;
export type WrittenFormat = (typeof WRITTEN_FORMATS)[number];

/**
 * The examples as the text of a file, piece by piece.
 * @throws UserError where CSV cannot hold an example.
 */
export async function* writtenExamples(
  examples: AsyncIterable<Example>,
  format: WrittenFormat,
): AsyncGenerator<string> {
  if (format === 'csv') yield csvLine(Object.keys(CSV_FIELDS));
  for await (const example of examples) {
    yield format === 'csv' ? csvLine(csvRow(example)) : `${JSON.stringify(inOrder(example))}\n`;
  }
}

/** An example with its keys in one order, so that equal examples are equal lines. */
function inOrder({ id, document, text, head, tail, relation, split, others, masked }: Example): Example {
  return {
    ...{ id, document, text },
    head: mentionInOrder(head),
    tail: mentionInOrder(tail),
    relation,
    ...(split && { split }),
    ...(others && { others: others.map(mentionInOrder) }),
    ...(masked && { masked }),
  };
}

const mentionInOrder = ({ start, end, type, text, parts, concepts }: Mention): Mention => ({
  ...{ start, end, type, text },
  ...(parts && { parts }),
  ...(concepts && { concepts }),
});

type Options = ConstructorParameters<typeof Stringifier>[0];

/** Every field in quotation marks: line ends and blanks in it are its own. */
const CSV_STYLE: Options = { quoted_string: true };

const csvLine = (fields: readonly string[]): string => stringify([[...fields]], CSV_STYLE);

/** The fields of an example, in the order of `CSV_FIELDS`; empty where it has none. */
function csvRow(example: Example): string[] {
  const { id, document, text, head, tail, relation, split, others, masked } = example;
  if (relation !== null) requireReadable(relation, id);
  const row: Record<CsvField, string> = {
    id,
    document,
    text,
    ...mentionFields('head', head),
    ...mentionFields('tail', tail),
    relation: relation ?? '',
    split: split ?? '',
    others: others ? JSON.stringify(others) : '',
    masked: masked ? 'true' : '',
  };
  return (Object.keys(CSV_FIELDS) as CsvField[]).map((field) => row[field]);
}

type Side = 'head' | 'tail';

/** A mention's columns. */
function mentionFields<S extends Side>(
  side: S,
  { start, end, type, text, parts, concepts }: Mention,
): Record<S | `${S}_${'start' | 'end' | 'type' | 'parts' | 'concepts'}`, string>;
function mentionFields(side: Side, { start, end, type, text, parts, concepts }: Mention): Record<string, string> {
  return {
    [side]: text,
    [`${side}_start`]: String(start),
    [`${side}_end`]: String(end),
    [`${side}_type`]: type,
    [`${side}_parts`]: parts ? JSON.stringify(parts) : '',
    [`${side}_concepts`]: concepts ? JSON.stringify(concepts) : '',
  };
}

/** @throws UserError for a relation that a reader of CSV takes for another, or for none. */
function requireReadable(relation: string, id: string): void {
  const isNull = COMMON_NULL_LABELS.some((label) => label.toLowerCase() === relation.toLowerCase());
  if (!isNull && relation === relation.trim()) return;
  throw new UserError(
    isNull
      ? `the relation "${relation}" means no relation in a CSV file`
      : `the relation "${relation}" begins or ends with a blank, which CSV does not keep`,
    { where: `example ${id}`, remedy: 'convert to jsonl, or rename the relation' },
  );
}
