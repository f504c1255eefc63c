/**
 * PubTator, the text format of the BioCreative V CDR corpus and of PubTator exports.
 *
 *     2234245|t|Ocular and auditory toxicity in …          title
 *     2234245|a|A visual and auditory …                    abstract
 *     2234245⇥0⇥28⇥Ocular and auditory toxicity⇥Disease⇥D014786|D006311[⇥parts]      mention
 *     2234245⇥CID⇥D003676⇥D014786                          relation between concepts
 *
 * Offsets index title + one space + abstract. An id column of `-1`, or none, means that no concept is known; a
 * composite mention has several ids. Relations may be of any type.
 */
import { UserError } from '../../foundation/errors.ts';
import { readLines } from '../../foundation/lines.ts';
import type { AnnotatedDocument, Annotation, ConceptRelation } from '../document.ts';
import { splitIds } from './concept-ids.ts';
import { inTextOrder, OffsetText, quote } from './offsets.ts';
import { describePlace, type CorpusReader, type Place } from './reader.ts';
import type { WarningLog } from './warnings.ts';

const TEXT_LINE = /^([^|\t]+)\|([ta])\|(.*)$/s;
const INTEGER = /^\d{1,9}$/;

/** Whether a file that begins so looks like PubTator: one of its lines is a title or an abstract. */
function looksLikePubTator(beginning: string): boolean {
  return beginning.split(/\r?\n/).some((line) => TEXT_LINE.test(line));
}

/** A document under construction, and where it was met. */
interface Draft {
  id: string;
  place: Place;
  title: string;
  /** Title, space and abstract, once the abstract is read. */
  text: OffsetText | undefined;
  mentions: Annotation[];
  relations: (ConceptRelation & { line: number })[];
}

function fail(what: string, where: string, remedy: string): never {
  throw new UserError(what, { where, remedy });
}

export const pubTatorReader: CorpusReader = {
  format: 'pubtator',
  title: 'PubTator text, as of BioCreative V CDR',
  unit: 'document',
  recognises: ({ beginning }) => looksLikePubTator(beginning),
  async *read(files, { warnings }) {
    for (const { path, split } of files) {
      for await (const draft of readDrafts(path)) {
        yield { kind: 'document', place: draft.place, document: documentOf(draft, warnings), split };
      }
    }
  },
};

/** Yields the documents of a file in order. */
async function* readDrafts(path: string): AsyncGenerator<Draft> {
  const types = new Set<string>();
  let draft: Draft | undefined;
  for await (const { text, line } of readLines(path)) {
    if (text.trim() === '') continue;
    const place = { path, line };
    const where = describePlace(place);
    const [, id = '', kind, content = ''] = TEXT_LINE.exec(text) ?? [];
    if (kind === 't') {
      if (draft) yield draft;
      draft = { id, place, title: content, text: undefined, mentions: [], relations: [] };
    } else if (kind === 'a') {
      if (draft?.id !== id) fail(`abstract of ${id} without its title`, where, `put the line ${id}|t|… before it`);
      if (draft.text) fail(`document ${id} has a second abstract`, where, 'remove one of the two');
      draft.text = new OffsetText(`${draft.title} ${content}`);
    } else {
      addAnnotation(draft, text.split('\t'), types, place);
    }
  }
  if (!draft) fail('the file holds no documents', path, 'check that it is the PubTator file you meant');
  yield draft;
}

/** The document when all its lines are read. */
function documentOf({ id, place, title, text, mentions, relations }: Draft, warnings: WarningLog): AnnotatedDocument {
  if (!text) {
    fail(
      `document ${id} has a title but no abstract`,
      describePlace(place),
      `add a line ${id}|a|, empty if there is no abstract`,
    );
  }
  const known = new Set(mentions.flatMap(({ ids }) => ids));
  for (const { head, tail, line } of relations) {
    const unknown = [head, tail].find((concept) => !known.has(concept));
    if (unknown === undefined) continue;
    const where = describePlace({ path: place.path, line });
    warnings.add('unknown-concept', `a relation names ${unknown}, which no mention has`, where);
  }
  return {
    id,
    text: text.text,
    passages: [
      { start: 0, end: title.length },
      { start: title.length + 1, end: text.text.length },
    ],
    mentions: inTextOrder(mentions),
    relations: relations.map(({ type, head, tail }) => ({ type, head, tail })),
  };
}

const MENTION_FORM = 'id, start, end, text, type, concept, with tabs between';
const RELATION_FORM = 'id, type, concept, concept, with tabs between';

/** Adds a mention or a relation to the open document; `types` are the entity types met so far. */
function addAnnotation(draft: Draft | undefined, columns: readonly string[], types: Set<string>, place: Place): void {
  const where = describePlace(place);
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

  // Four or five columns are a relation, unless the third names an entity type: then a mention lost its offsets.
  // (BioRED's fifth says whether the relation is novel.)
  const isRelation = columns.length <= 5 && second !== '' && !INTEGER.test(second) && !types.has(third);
  if (isRelation) {
    if (third === '' || fourth === '') fail('a relation needs two concept ids', where, RELATION_FORM);
    draft.relations.push({ type: second, head: third, tail: fourth, line: place.line });
  } else {
    const mention = parseMention(columns, draft.text, where);
    types.add(mention.type);
    draft.mentions.push(mention);
  }
}

function parseMention(columns: readonly string[], text: OffsetText, where: string): Annotation {
  const [, start = '', end = '', named = '', type = '', concepts = ''] = columns;
  if (!INTEGER.test(start) || !INTEGER.test(end)) {
    const given = `${quote(start)} and ${quote(end)}`;
    fail(`a mention needs whole numbers for start and end, not ${given}`, where, MENTION_FORM);
  }
  if (type === '') fail('a mention needs a type', where, MENTION_FORM);
  const located = text.locate([{ start: Number(start), end: Number(end) }], named);
  if (typeof located === 'string') {
    fail(located, where, 'offsets count the characters of title + one space + abstract, from 0');
  }
  return { ...located, type, ids: splitIds(concepts) };
}
