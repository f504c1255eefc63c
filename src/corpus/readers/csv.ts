/**
 * CSV and TSV of examples with a header line: the columns of `csv-fields.ts`, in any order, others beside them.
 *
 *     text,head,tail,relation
 *     "Aspirin cured pain.",Aspirin,pain,treats
 *
 * An empty relation, or a common word for none (`NA`, `no_relation`, `false`, …), is null.
 */
import { messageOf, UserError } from '../../foundation/errors.ts';
import { readBeginning } from '../../foundation/text-chunks.ts';
import { parseExample, type Example, type Mention, type Split } from '../example.ts';
import { fieldNamed, isRowNumber, isSentenceId, type CsvField } from './csv-fields.ts';
import { splitIds } from './concept-ids.ts';
import { delimiterOf, readCsvRows } from './csv-rows.ts';
import { COMMON_NULL_LABELS, Labels, UNCLEAR_NULL_LABELS } from './labels.ts';
import { isMasked, isTagged, parseMasked, parseTagged, UNTYPED } from './marked-text.ts';
import { OffsetText, quote } from './offsets.ts';
import { describePlace, lineId, numberedId, type CorpusReader, type ReaderOptions } from './reader.ts';
import type { WarningLog } from './warnings.ts';

/** What a row holds for a field; undefined where the file has no such column or it is empty. */
type Row = (field: CsvField) => string | undefined;
type Marks = Pick<Example, 'text' | 'head' | 'tail' | 'masked'>;

export const csvReader: CorpusReader = {
  format: 'csv',
  title: 'CSV or TSV with named columns',
  unit: 'sentence',
  repeatedId: 'if the column names sentences or papers, say so: --columns document=COLUMN',
  recognises({ beginning }, options) {
    const lines = linesFromHeader(beginning);
    const header = lines[0] ?? '';
    const delimiter = delimiterOf(header);
    if (delimiter === '\t' && lines.slice(1, 20).some(isMasked)) return false;
    const fields = [...columnsOf(header.split(delimiter).map(unquoted), options)];
    // New text need not have relations; a table with a text alone may be anything.
    const known: CsvField[] = options.unlabelled ? ['relation', 'head', 'head_start'] : ['relation'];
    return fields.includes('text') && known.some((field) => fields.includes(field));
  },
  async *read(files, { warnings, options }) {
    const labels = new Labels(['', ...COMMON_NULL_LABELS], options, warnings, UNCLEAR_NULL_LABELS);
    for (const { path, name, split: fileSplit } of files) {
      const [header = ''] = linesFromHeader(await readBeginning(path, HEADER_LENGTH));
      const delimiter = delimiterOf(header);
      let columns: (CsvField | undefined)[] | undefined;
      const columnOf = new Map<CsvField, number>();
      /** Ids are numbers of rows. */
      let isNumbered = false;
      for await (const { fields, line } of readCsvRows(path, delimiter)) {
        if (!columns) {
          if (SEPARATOR_LINE.test(fields.join(delimiter))) continue;
          columns = columnsOf(fields, options);
          requireColumns(columns, fields, options, `${path}:${line}`);
          for (const [i, field] of columns.entries()) if (field !== undefined) columnOf.set(field, i);
          const ids = columnOf.get('id');
          isNumbered = ids !== undefined && isRowNumber(fields[ids]!);
          continue;
        }
        const place = { path, line };
        const where = describePlace(place);
        if (fields.length !== columns.length) {
          throw new UserError(`${fields.length} columns where the header has ${columns.length}`, {
            where,
            remedy: 'put fields that hold the separator in quotation marks',
          });
        }
        // Blanks around a cell are a spreadsheet's, but for the text and for words that offsets place in it.
        const isAsWritten = (field: CsvField): boolean =>
          field === 'text' || ((field === 'head' || field === 'tail') && columnOf.has(`${field}_start`));
        const row: Row = (field) => {
          const column = columnOf.get(field);
          const written = column === undefined ? undefined : fields[column];
          const value = (isAsWritten(field) ? written : written?.trim()) || undefined;
          return field === 'id' && isNumbered && value ? numberedId(name, value) : value;
        };
        const relation = options.unlabelled ? null : labels.relation(row('relation') ?? '', where);
        const example = exampleOf(row, relation, { id: lineId(name, line), split: fileSplit }, where, warnings);
        if (example) yield { kind: 'example', place, example };
      }
      if (!columns)
        throw new UserError('the file has no header line', {
          where: path,
          remedy: 'name the columns text, head, tail and relation',
        });
    }
  },
};

/** The line by which Excel is told the separator. */
const SEPARATOR_LINE = /^sep=.?$/i;

/** The lines of a file's beginning, the header first. */
function linesFromHeader(beginning: string): string[] {
  const lines = beginning.replace(/^\uFEFF/, '').split(/\r?\n/);
  return SEPARATOR_LINE.test(lines[0]!) ? lines.slice(1) : lines;
}

/** Characters of the longest header that is looked at for its delimiter. */
const HEADER_LENGTH = 1 << 16;

/** Columns of mentions whose values are checked as those of JSON Lines are. */
const JSON_FIELDS = ['head_parts', 'tail_parts', 'head_concepts', 'tail_concepts'] as const;

const unquoted = (name: string): string => name.trim().replace(/^"(.*)"$/s, '$1');

const requiredFields = ({ unlabelled = false }: ReaderOptions): readonly CsvField[] =>
  unlabelled ? ['text'] : ['text', 'relation'];

/** The field of each column: as the user says, or else by its name. */
function columnsOf(names: readonly string[], { columns = {} }: ReaderOptions): (CsvField | undefined)[] {
  const named = new Map(Object.entries(columns).map(([field, column]) => [column, fieldNamed(field)]));
  const given = new Set(named.values());
  const fields = names.map((name) => {
    if (named.has(name)) return named.get(name);
    const field = fieldNamed(name);
    return given.has(field) ? undefined : field;
  });
  if (!fields.includes('document')) {
    const sentences = names.findIndex((name, i) => fields[i] === undefined && isSentenceId(name));
    if (sentences >= 0) fields[sentences] = 'document';
  }
  return fields;
}

/** @throws UserError for a header that lacks a column, or has one twice. */
function requireColumns(
  columns: readonly (CsvField | undefined)[],
  names: readonly string[],
  options: ReaderOptions,
  where: string,
): void {
  const twice = columns.find((field, i) => field !== undefined && columns.indexOf(field) < i);
  if (twice !== undefined) {
    const both = names.filter((_, i) => columns[i] === twice);
    throw new UserError(`the columns ${both.join(' and ')} both name the ${twice}`, {
      where,
      remedy: `rename one, or say which counts, with --columns ${twice}=NAME`,
    });
  }
  for (const field of requiredFields(options)) {
    if (!columns.includes(field)) {
      throw new UserError(`no column is the ${field}`, {
        where,
        remedy: `say which is, with --columns ${field}=NAME; there are ${quote(names.join(', '))}`,
      });
    }
  }
}

/** The example of a row; undefined, with a warning, where both mentions are one. */
function exampleOf(
  row: Row,
  relation: string | null,
  otherwise: { id: string; split: Split | undefined },
  where: string,
  warnings: WarningLog,
): Example | undefined {
  const { head, tail, ...marked } = marksOf(row, where, warnings);
  const marks = {
    ...marked,
    head: { ...head, ...conceptsOf(row, 'head', where) },
    tail: { ...tail, ...conceptsOf(row, 'tail', where) },
  };
  if (head.start === tail.start && head.end === tail.end) {
    warnings.add('same-mention', `head and tail are the same words, "${head.text}"`, where);
    return undefined;
  }
  const id = row('id') ?? otherwise.id;
  const split = row('split') ?? otherwise.split;
  const example = { id, document: row('document') ?? id, ...marks, relation };
  // What the marks do not vouch for is checked as a line of JSON Lines is.
  const isSimple = (['split', 'others', ...JSON_FIELDS] as const).every((field) => !row(field));
  if (isSimple) return { ...example, ...(otherwise.split && { split: otherwise.split }) };
  return parseExample({ ...example, ...(split && { split }), ...jsonField(row, 'others', where) }, where);
}

/** The sentence and its mentions, in whichever way the row marks them. @throws UserError when it does not. */
function marksOf(row: Row, where: string, warnings: WarningLog): Marks {
  const text = row('text');
  if (text === undefined || text.trim() === '')
    throw new UserError('the text is empty', { where, remedy: 'take the row out' });
  const types = { head: row('head_type') ?? UNTYPED, tail: row('tail_type') ?? UNTYPED };
  if (row('head_start') !== undefined || row('tail_start') !== undefined) {
    const offsets = new OffsetText(text);
    const mention = (side: 'head' | 'tail'): Mention => placedMention(row, side, offsets, types[side], where);
    const masked = row('masked')?.toLowerCase() === 'true';
    return { text, head: mention('head'), tail: mention('tail'), ...(masked && { masked: true }) };
  }
  if (isTagged(text)) {
    const marked = parseTagged(text);
    if (typeof marked === 'string') throw new UserError(marked, { where, remedy: 'mark both entities with tags' });
    const { head, tail } = marked;
    return { text: marked.text, head: { ...head, type: types.head }, tail: { ...tail, type: types.tail } };
  }
  const [head, tail] = [row('head'), row('tail')];
  if (head !== undefined && tail !== undefined) {
    const first = foundMention(text, head, undefined, types.head, where, warnings);
    return { text, head: first, tail: foundMention(text, tail, first, types.tail, where, warnings) };
  }
  const marked = parseMasked(text);
  if (typeof marked !== 'number') return { ...marked, masked: true };
  throw new UserError(`the two entities of ${quote(text)} are not marked`, {
    where,
    remedy:
      'give columns head and tail, or head_start, head_end, tail_start and tail_end, or tags <e1>…</e1> in the text',
  });
}

/** The ids of a mention's concepts, as JSON or as columns of other formats have them. */
function conceptsOf(row: Row, side: 'head' | 'tail', where: string): Pick<Mention, 'concepts'> {
  const column = row(`${side}_concepts`);
  if (column === undefined) return {};
  if (column.startsWith('[')) return jsonField(row, `${side}_concepts`, where, 'concepts');
  const concepts = splitIds(column);
  return concepts.length > 0 ? { concepts } : {};
}

/** A mention by its offsets. Its parts, if it has any, are checked with the whole example. */
function placedMention(row: Row, side: 'head' | 'tail', offsets: OffsetText, type: string, where: string): Mention {
  const [start, end] = ([`${side}_start`, `${side}_end`] as const).map((field) => {
    const value = row(field) ?? '';
    // pandas writes a column of whole numbers with gaps as 14.0.
    if (/^\d{1,9}(\.0+)?$/.test(value)) return Number(value);
    throw new UserError(`${field} must be a whole number, not "${value}"`, {
      where,
      remedy: 'offsets count the characters of the text from 0, the end exclusive',
    });
  });
  const located = offsets.locate([{ start: start!, end: end! }], row(side));
  if (typeof located === 'string') {
    throw new UserError(`${side}: ${located}`, {
      where,
      remedy: 'offsets count the characters of the text from 0, the end exclusive',
    });
  }
  return { ...located, type, ...jsonField(row, `${side}_parts`, where, 'parts') };
}

/**
 * The first place where a mention's words stand in the text, as whole words if they do. @param taken the place that
 * another mention has.
 */
function foundMention(
  text: string,
  words: string,
  taken: Mention | undefined,
  type: string,
  where: string,
  warnings: WarningLog,
): Mention {
  const places: number[] = [];
  for (let at = text.indexOf(words); at >= 0; at = text.indexOf(words, at + 1)) places.push(at);
  const isWhole = (at: number): boolean =>
    !/[\p{L}\p{N}]$/u.test(text.slice(Math.max(0, at - 2), at)) &&
    !/^[\p{L}\p{N}]/u.test(text.slice(at + words.length, at + words.length + 2));
  const whole = places.filter(isWhole);
  const candidates = (whole.length > 0 ? whole : places).filter((at) => at !== taken?.start || words !== taken.text);
  const [start] = candidates;
  if (start === undefined && places.length > 0) return taken!;
  if (start === undefined) {
    throw new UserError(`${quote(words)} does not stand in the text ${quote(text)}`, {
      where,
      remedy: 'write it as in the text, or give its offsets',
    });
  }
  const apart = candidates.find((at) => !taken || at >= taken.end || at + words.length <= taken.start) ?? start;
  if (candidates.length > 1) {
    warnings.add(
      'ambiguous-mention',
      `${quote(words)} stands in the text ${candidates.length} times, the first counts`,
      where,
    );
  }
  return { start: apart, end: apart + words.length, type, text: words };
}

/** A field that holds JSON, under its name in the example. @throws UserError where it is not JSON. */
function jsonField(row: Row, field: CsvField, where: string, key: string = field): Record<string, unknown> {
  const json = row(field);
  if (json === undefined) return {};
  try {
    return { [key]: JSON.parse(json) as unknown };
  } catch (error) {
    throw new UserError(`${field} is not valid JSON: ${messageOf(error)}`, {
      where,
      remedy: 'leave it empty, or write a list',
    });
  }
}
