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
import { UserError } from '../foundation/errors.ts';
import type { AnnotatedDocument, Annotation, ConceptRelation } from './document.ts';
import { readLines } from './lines.ts';
import { documentReader } from './reader.ts';

const TEXT_LINE = /^([^|\t]+)\|([ta])\|(.*)$/s;
const INTEGER = /^\d+$/;

/** Whether a file that begins so looks like PubTator: one of its lines is a title or an abstract. */
function looksLikePubTator(beginning: string): boolean {
  return beginning.split(/\r?\n/).some((line) => TEXT_LINE.test(line));
}

/** A document under construction, and where it was met. */
interface Draft {
  id: string;
  line: number;
  title: string;
  text: string | undefined;
  mentions: Annotation[];
  relations: (ConceptRelation & { line: number })[];
}

/**
 * Yields the documents of a PubTator file in order.
 * @param warn is told of what is odd but can be read: relations that name a concept no mention has.
 * @throws UserError with `file:line` for a line that is none of the four kinds, offsets that are no numbers, lie
 * outside the text or point at other text than the line says, a document that appears twice or has no abstract line,
 * and a file without documents.
 */
export async function* readPubTator(
  path: string,
  warn: (warning: string) => void = () => undefined,
): AsyncGenerator<AnnotatedDocument> {
  const firstLineOf = new Map<string, number>();
  const types = new Set<string>();
  let draft: Draft | undefined;
  let unknownConcepts = 0;
  let firstUnknown = '';
  const finish = (done: Draft): AnnotatedDocument => {
    const { text } = done;
    if (text === undefined) {
      throw new UserError(`document ${done.id} has a title but no abstract`, {
        where: `${path}:${done.line}`,
        remedy: `add a line ${done.id}|a|, empty if there is no abstract`,
      });
    }
    const known = new Set(done.mentions.flatMap(({ ids }) => ids));
    for (const { head, tail, line } of done.relations) {
      if (known.has(head) && known.has(tail)) continue;
      unknownConcepts++;
      firstUnknown ||= `line ${line}: ${known.has(head) ? tail : head}`;
    }
    return {
      id: done.id,
      text,
      passages: [
        { start: 0, end: done.title.length },
        { start: Math.min(done.title.length + 1, text.length), end: text.length },
      ],
      mentions: done.mentions.sort((a, b) => a.start - b.start || b.end - a.end),
      relations: done.relations.map(({ type, head, tail }) => ({ type, head, tail })),
    };
  };

  for await (const { text, line } of readLines(path)) {
    if (text.trim() === '') continue;
    const where = `${path}:${line}`;
    const textLine = TEXT_LINE.exec(text);
    if (textLine) {
      const [, id = '', kind, content = ''] = textLine;
      if (kind === 't') {
        if (draft) yield finish(draft);
        const earlier = firstLineOf.get(id);
        if (earlier !== undefined) {
          throw new UserError(`document ${id} began on line ${earlier} already`, {
            where,
            remedy: 'remove one of the two',
          });
        }
        firstLineOf.set(id, line);
        draft = { id, line, title: content, text: undefined, mentions: [], relations: [] };
      } else {
        if (draft?.id !== id)
          throw new UserError(`abstract of ${id} without its title`, {
            where,
            remedy: `put the line ${id}|t|… before it`,
          });
        if (draft.text !== undefined)
          throw new UserError(`document ${id} has a second abstract`, { where, remedy: 'remove one of the two' });
        draft.text = `${draft.title} ${content}`;
      }
      continue;
    }

    const columns = text.split('\t');
    const [id = '', second = '', third = ''] = columns;
    if (columns.length < 4) {
      throw new UserError('neither a title, an abstract, a mention nor a relation', {
        where,
        remedy:
          'mentions are id, start, end, text, type, concept and relations id, type, concept, concept, with tabs between',
      });
    }
    if (draft?.id !== id) {
      throw new UserError(
        `annotation of document ${id}, but ${draft ? `document ${draft.id}` : 'no document'} is open here`,
        {
          where,
          remedy: "put annotations right below their document's abstract",
        },
      );
    }
    if (draft.text === undefined)
      throw new UserError(`annotation before the abstract of ${id}`, { where, remedy: `put the line ${id}|a|… first` });

    const isRelation =
      columns.length <= 5 && second !== '' && !INTEGER.test(second) && !INTEGER.test(third) && !types.has(third);
    if (isRelation) {
      const tail = columns[3] ?? '';
      if (third === '' || tail === '')
        throw new UserError('a relation needs two concept ids', {
          where,
          remedy: 'id, type, concept, concept, with tabs between',
        });
      draft.relations.push({ type: second, head: third, tail, line });
    } else {
      const mention = parseMention(columns, draft.text, where);
      types.add(mention.type);
      draft.mentions.push(mention);
    }
  }
  if (!draft)
    throw new UserError('the file holds no documents', {
      where: path,
      remedy: 'check that it is the PubTator file you meant',
    });
  yield finish(draft);
  if (unknownConcepts > 0) {
    warn(
      `${path}: ${unknownConcepts} relation${unknownConcepts === 1 ? '' : 's'} with a concept that no mention of the document has (first: ${firstUnknown})`,
    );
  }
}

function parseMention(columns: readonly string[], text: string, where: string): Annotation {
  const [, startColumn = '', endColumn = '', named = '', type = '', idColumn = ''] = columns;
  if (!INTEGER.test(startColumn) || !INTEGER.test(endColumn)) {
    throw new UserError(
      `a mention needs whole numbers for start and end, not ${JSON.stringify(startColumn)} and ${JSON.stringify(endColumn)}`,
      {
        where,
        remedy: 'id, start, end, text, type, concept, with tabs between',
      },
    );
  }
  if (type === '')
    throw new UserError('a mention needs a type', {
      where,
      remedy: 'id, start, end, text, type, concept, with tabs between',
    });
  const span = locate(text, Number(startColumn), Number(endColumn), named);
  if (typeof span === 'string') {
    throw new UserError(span, {
      where,
      remedy: 'offsets count the characters of title + one space + abstract, from 0',
    });
  }
  const ids = idColumn.split('|').filter((conceptId) => conceptId !== '' && conceptId !== '-' && conceptId !== '-1');
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

/** PubTator files, one a split. */
export const pubTatorReader = documentReader('pubtator', looksLikePubTator, readPubTator);
