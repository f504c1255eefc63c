/**
 * PubTator, the text format of the BioCreative V CDR corpus and of PubTator exports.
 *
 *     2234245|t|Ocular and auditory toxicity in …          title
 *     2234245|a|A visual and auditory …                    abstract
 *     2234245⇥0⇥28⇥Ocular and auditory toxicity⇥Disease⇥D014786|D006311[⇥parts]      mention
 *     2234245⇥CID⇥D003676⇥D014786                          relation between concepts
 *
 * Offsets index title + one space + abstract. An id column of `-1`, or none, means that no concept is known. Files
 * that count in code points agree with UTF-16 except beyond astral characters; both ways of counting are tried there.
 */
import { UserError } from '../../foundation/errors.ts';
import type { AnnotatedDocument, Annotation, ConceptRelation } from '../document.ts';
import { readLines } from './lines.ts';
import type { CorpusReader } from './reader.ts';
import { WarningLog } from './warnings.ts';

const TEXT_LINE = /^([^|\t]+)\|([ta])\|(.*)$/s;
const INTEGER = /^\d+$/;

/** Whether a file that begins so looks like PubTator: one of its lines is a title or an abstract. */
function looksLikePubTator(beginning: string): boolean {
  return beginning.split(/\r?\n/).some((line) => TEXT_LINE.test(line));
}

/** A document under construction, and where it was met. */
interface Draft {
  id: string;
  where: string;
  title: string;
  /** Title, space and abstract, once the abstract is read. */
  text: string | undefined;
  mentions: Annotation[];
  relations: (ConceptRelation & { line: number })[];
}

function fail(what: string, where: string, remedy: string): never {
  throw new UserError(what, { where, remedy });
}

/**
 * Yields the documents of a PubTator file in order.
 * @throws UserError with `file:line` for a line that is none of the four kinds, offsets that are no numbers, lie
 * outside the text or point at other text than the line says, a document that appears twice or has no abstract line,
 * and a file without documents.
 */
export async function* readPubTator(
  path: string,
  warnings: WarningLog = new WarningLog(),
): AsyncGenerator<AnnotatedDocument> {
  const firstLineOf = new Map<string, number>();
  const types = new Set<string>();
  let draft: Draft | undefined;
  for await (const { text, line } of readLines(path)) {
    if (text.trim() === '') continue;
    const where = `${path}:${line}`;
    const [, id = '', kind, content = ''] = TEXT_LINE.exec(text) ?? [];
    if (kind === 't') {
      if (draft) yield finish(draft, path, warnings);
      const earlier = firstLineOf.get(id);
      if (earlier !== undefined)
        fail(`document ${id} began on line ${earlier} already`, where, 'remove one of the two');
      firstLineOf.set(id, line);
      draft = { id, where, title: content, text: undefined, mentions: [], relations: [] };
    } else if (kind === 'a') {
      if (draft?.id !== id) fail(`abstract of ${id} without its title`, where, `put the line ${id}|t|… before it`);
      if (draft.text !== undefined) fail(`document ${id} has a second abstract`, where, 'remove one of the two');
      draft.text = `${draft.title} ${content}`;
    } else {
      addAnnotation(draft, text.split('\t'), types, { path, line });
    }
  }
  if (!draft) fail('the file holds no documents', path, 'check that it is the PubTator file you meant');
  yield finish(draft, path, warnings);
}

/** The document when all its lines are read. */
function finish(
  { id, where, title, text, mentions, relations }: Draft,
  path: string,
  warnings: WarningLog,
): AnnotatedDocument {
  if (text === undefined) {
    fail(`document ${id} has a title but no abstract`, where, `add a line ${id}|a|, empty if there is no abstract`);
  }
  const known = new Set(mentions.flatMap(({ ids }) => ids));
  for (const { head, tail, line } of relations) {
    const unknown = [head, tail].find((concept) => !known.has(concept));
    if (unknown !== undefined)
      warnings.add('unknown-concept', `a relation names ${unknown}, which no mention has`, `${path}:${line}`);
  }
  return {
    id,
    text,
    passages: [
      { start: 0, end: title.length },
      { start: title.length + 1, end: text.length },
    ],
    mentions: mentions.sort((a, b) => a.start - b.start || b.end - a.end),
    relations: relations.map(({ type, head, tail }) => ({ type, head, tail })),
  };
}

const MENTION_FORM = 'id, start, end, text, type, concept, with tabs between';
const RELATION_FORM = 'id, type, concept, concept, with tabs between';

/** Adds a mention or a relation to the open document; `types` are the entity types met so far. */
function addAnnotation(
  draft: Draft | undefined,
  columns: readonly string[],
  types: Set<string>,
  { path, line }: { path: string; line: number },
): void {
  const where = `${path}:${line}`;
  const [id = '', second = '', third = '', fourth = ''] = columns;
  if (columns.length < 4) {
    fail(
      'neither a title, an abstract, a mention nor a relation',
      where,
      `mentions are ${MENTION_FORM}; relations ${RELATION_FORM}`,
    );
  }
  if (draft?.id !== id) {
    const open = draft ? `document ${draft.id}` : 'no document';
    fail(
      `annotation of document ${id}, but ${open} is open here`,
      where,
      "put annotations right below their document's abstract",
    );
  }
  if (draft.text === undefined) fail(`annotation before the abstract of ${id}`, where, `put the line ${id}|a|… first`);

  // Four or five columns without numbers are a relation, unless the third names a type: then a mention lost its offsets.
  const isRelation =
    columns.length <= 5 && second !== '' && !INTEGER.test(second) && !INTEGER.test(third) && !types.has(third);
  if (isRelation) {
    if (third === '' || fourth === '') fail('a relation needs two concept ids', where, RELATION_FORM);
    draft.relations.push({ type: second, head: third, tail: fourth, line });
  } else {
    const mention = parseMention(columns, draft.text, where);
    types.add(mention.type);
    draft.mentions.push(mention);
  }
}

function parseMention(columns: readonly string[], text: string, where: string): Annotation {
  const [, start = '', end = '', named = '', type = '', concepts = ''] = columns;
  if (!INTEGER.test(start) || !INTEGER.test(end)) {
    const given = `${JSON.stringify(start)} and ${JSON.stringify(end)}`;
    fail(`a mention needs whole numbers for start and end, not ${given}`, where, MENTION_FORM);
  }
  if (type === '') fail('a mention needs a type', where, MENTION_FORM);
  const span = locate(text, Number(start), Number(end), named);
  if (typeof span === 'string') {
    fail(span, where, 'offsets count the characters of title + one space + abstract, from 0');
  }
  const ids = concepts.split('|').filter((concept) => concept !== '' && concept !== '-' && concept !== '-1');
  return { ...span, type, text: named, ids: [...new Set(ids)] };
}

/** The UTF-16 span of a mention, or what is wrong with its offsets. */
function locate(text: string, start: number, end: number, named: string): { start: number; end: number } | string {
  if (start >= end) return `start ${start} is not before end ${end}`;
  if (text.slice(start, end) === named) return { start, end };
  const points = Array.from(text);
  if (points.length < text.length && points.slice(start, end).join('') === named) {
    const before = points.slice(0, start).join('').length;
    return { start: before, end: before + named.length };
  }
  if (end > text.length) return `end ${end} lies beyond the text, which has ${text.length} characters`;
  return `offsets ${start} to ${end} hold ${JSON.stringify(text.slice(start, end))}, not ${JSON.stringify(named)}`;
}

export const pubTatorReader: CorpusReader = {
  format: 'pubtator',
  title: 'PubTator text, as of BioCreative V CDR',
  recognises: ({ beginning }) => looksLikePubTator(beginning),
  async *read(files, { warnings }) {
    for (const { path, split } of files) {
      for await (const document of readPubTator(path, warnings)) yield { kind: 'document', document, split };
    }
  },
};
