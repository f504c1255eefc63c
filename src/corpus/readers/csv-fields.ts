/**
 * The columns of a CSV or TSV file of examples.
 *
 * `text` and `relation` must be there. The mentions come from offsets (`head_start`, `head_end`), or from their words
 * alone (`head`) where these stand in the text once, or from tags or placeholders in the text. What our JSON Lines
 * hold beyond that has columns too, so that examples survive the way through CSV unchanged: `others`, `head_parts`
 * and `tail_parts` are JSON; `head_concepts` and `tail_concepts` are too, or ids with `|` between them.
 */

/** Names of the columns, and other names under which files have them. */
export const CSV_FIELDS = {
  id: ['index'],
  document: ['doc', 'docid', 'doc_id', 'document_id', 'pmid'],
  text: ['sentence'],
  head: ['head_text', 'head_entity', 'entity1', 'e1', 'subject', 'subj'],
  head_start: ['entity1_start', 'e1_start', 'subj_start', 'start1'],
  head_end: ['entity1_end', 'e1_end', 'subj_end', 'end1'],
  head_type: ['entity1_type', 'e1_type', 'subj_type', 'type1'],
  head_parts: [],
  head_concepts: ['head_id', 'entity1_id', 'e1_id', 'subj_id'],
  tail: ['tail_text', 'tail_entity', 'entity2', 'e2', 'object', 'obj'],
  tail_start: ['entity2_start', 'e2_start', 'obj_start', 'start2'],
  tail_end: ['entity2_end', 'e2_end', 'obj_end', 'end2'],
  tail_type: ['entity2_type', 'e2_type', 'obj_type', 'type2'],
  tail_parts: [],
  tail_concepts: ['tail_id', 'entity2_id', 'e2_id', 'obj_id'],
  relation: ['label', 'relation_type', 'class'],
  split: [],
  others: [],
  masked: [],
} as const satisfies Record<string, readonly string[]>;

export type CsvField = keyof typeof CSV_FIELDS;

/** Columns that name a sentence, which may hold several pairs: a document where no column names one. */
const SENTENCE_IDS = ['sent_id', 'sentence_id'];

/** Whether a column's name says that it numbers sentences. */
export const isSentenceId = (column: string): boolean => SENTENCE_IDS.includes(normalised(column));

/** Whether a column numbers a file's rows, other files' rows having the same numbers. */
export const isRowNumber = (column: string): boolean => normalised(column) === 'index';

const normalised = (column: string): string => column.trim().toLowerCase().replaceAll(/[\s-]/g, '_');

/** The field that a column's name speaks of, in any case. */
export function fieldNamed(column: string): CsvField | undefined {
  const name = normalised(column);
  return (Object.keys(CSV_FIELDS) as CsvField[]).find(
    (field) => field === name || (CSV_FIELDS[field] as readonly string[]).includes(name),
  );
}
