/**
 * brat standoff: a text file and an annotation file of the same name, for each document.
 *
 *     T1⇥Chemical 0 7⇥Aspirin
 *     T2⇥Disease 18 24;35 40⇥visual harm          a discontinuous mention
 *     R1⇥Causes Arg1:T1 Arg2:T2
 *     N1⇥Reference T1 MESH:D001241⇥aspirin       the concept that a mention names
 *
 * Lines of the text are sentences or paragraphs: no sentence crosses a line end, unless a mention does. Events,
 * equivalences and attributes are left out and counted; notes mean nothing here.
 */
import { existsSync } from 'node:fs';
import { UserError } from '../../foundation/errors.ts';
import { readLines } from '../../foundation/lines.ts';
import { readTextChunks } from '../../foundation/text-chunks.ts';
import type { AnnotatedDocument, Annotation, MentionRelation, Span } from '../document.ts';
import { inTextOrder, OffsetText, quote } from './offsets.ts';
import type { CorpusReader } from './reader.ts';
import type { WarningLog } from './warnings.ts';

const ANNOTATIONS = /\.ann$/i;
/** Code units of the longest text of one document. */
const LONGEST_TEXT = 1 << 24;

export const bratReader: CorpusReader = {
  format: 'brat',
  title: 'brat standoff: .txt with .ann',
  unit: 'document',
  recognises: ({ path, beginning }) =>
    ANNOTATIONS.test(path) && (beginning.trim() === '' || /^\uFEFF?([TREAMNW*#]\d*)\t/.test(beginning.trimStart())),
  accompanies: (path) =>
    (path.endsWith('.txt') && existsSync(path.replace(/\.txt$/, '.ann'))) ||
    /(annotation|visual|tools)\.conf$/.test(path),
  async *read(files, { warnings }) {
    for (const { path, name, split } of files) {
      const textPath = path.replace(ANNOTATIONS, '.txt');
      if (!existsSync(textPath)) {
        throw new UserError('the text of these annotations is missing', {
          where: path,
          remedy: `put it in ${textPath}`,
        });
      }
      const document = await readDocument(name.replace(ANNOTATIONS, ''), path, await readWhole(textPath), warnings);
      yield { kind: 'document', place: { path, line: 1 }, document, split };
    }
  },
};

/** A file's text. @throws UserError when it is longer than a document can be. */
async function readWhole(path: string): Promise<string> {
  let text = '';
  for await (const chunk of readTextChunks(path)) {
    text += chunk;
    if (text.length > LONGEST_TEXT) {
      throw new UserError(`the text is longer than ${LONGEST_TEXT} characters`, { where: path, remedy: 'divide it' });
    }
  }
  return text;
}

/** A relation as its line names it, before all mentions are known. */
interface Statement {
  type: string;
  head: string;
  tail: string;
  where: string;
}

async function readDocument(id: string, path: string, text: string, warnings: WarningLog): Promise<AnnotatedDocument> {
  const places = new OffsetText(text);
  const mentions = new Map<string, Annotation & { id: string; ids: string[] }>();
  const statements: Statement[] = [];
  const normalisations: { mention: string; concept: string; where: string }[] = [];
  for await (const { text: row, line } of readLines(path)) {
    if (row.trim() === '') continue;
    const where = `${path}:${line}`;
    const [name = '', content = '', words] = row.split('\t');
    const kind = name[0]!;
    if (kind === 'T') {
      if (mentions.has(name)) fail(`the mention ${name} stands twice`, where, 'give every annotation its own id');
      mentions.set(name, { ...mentionOf(content, words, places, where), id: name, ids: [] });
    } else if (kind === 'R') {
      const [, type, firstRole, first, secondRole, second] = /^(\S+) (\S+?):(\S+) (\S+?):(\S+)\s*$/.exec(content) ?? [];
      if (!type || !first || !second)
        fail('a relation needs a type and two arguments', where, 'write R1⇥Type Arg1:T1 Arg2:T2');
      // Roles count, and not the order in which they are written; of other names the first written is the head.
      const isTurned = firstRole === 'Arg2' && secondRole === 'Arg1';
      const [head, tail] = isTurned ? [second, first] : [first, second];
      if (!isTurned && !(firstRole === 'Arg1' && secondRole === 'Arg2')) {
        warnings.add('unknown-role', `the arguments are called ${firstRole} and ${secondRole}`, where);
      }
      statements.push({ type, head, tail, where });
    } else if (kind === 'N') {
      const [, mention, concept] = /^\S+ (\S+) (\S+)\s*$/.exec(content) ?? [];
      if (!mention || !concept)
        fail('a normalisation needs a mention and an entry', where, 'write N1⇥Reference T1 MESH:D001241⇥name');
      normalisations.push({ mention, concept, where });
    } else if (/^([EAMW]\d|\*)/.test(name)) {
      warnings.add('annotation-left-out', `${KINDS[kind]!} are not read`, where);
    } else if (kind !== '#') {
      warnings.add('annotation-left-out', `${quote(name)} begins no annotation that brat has`, where);
    }
  }
  for (const { mention, concept, where } of normalisations) {
    const known = mentions.get(mention);
    if (!known) warnings.add('unknown-mention', `a normalisation names ${mention}, which is no mention here`, where);
    else if (!known.ids.includes(concept)) known.ids.push(concept);
  }
  const mentionRelations = statements.flatMap(({ where, ...relation }): MentionRelation[] => {
    const unknown = [relation.head, relation.tail].find((side) => !mentions.has(side));
    if (unknown === undefined) return [relation];
    warnings.add('unknown-mention', `a relation names ${unknown}, which is no mention here`, where);
    return [];
  });
  const inOrder = inTextOrder([...mentions.values()]);
  return { id, text, passages: passagesOf(text, inOrder), mentions: inOrder, relations: [], mentionRelations };
}

const KINDS: Readonly<Record<string, string>> = {
  E: 'events',
  A: 'attributes',
  M: 'attributes',
  W: 'search entries',
  '*': 'equivalences',
};

function fail(what: string, where: string, remedy: string): never {
  throw new UserError(what, { where, remedy });
}

function mentionOf(
  content: string,
  words: string | undefined,
  places: OffsetText,
  where: string,
): Omit<Annotation, 'ids' | 'id'> {
  const [, type, offsets] = /^(\S+) (\d{1,9} \d{1,9}(?:;\d{1,9} \d{1,9})*)$/.exec(content) ?? [];
  if (!type || !offsets || words === undefined) {
    fail(
      'a mention needs a type, offsets and its text',
      where,
      'write T1⇥Type start end⇥text, and start end;start end for a mention in parts',
    );
  }
  const ranges = offsets.split(';').map((range): Span => {
    const [start, end] = range.split(' ').map(Number);
    return { start: start!, end: end! };
  });
  const located = places.locate(ranges, words, { same: sameButForSpaces });
  if (typeof located === 'string') fail(located, where, 'offsets count the characters of the .txt file from 0');
  return { ...located, type };
}

/** brat writes a blank for a line end inside a mention. */
const sameButForSpaces = (found: string, named: string): boolean =>
  found === named || found.replaceAll(/\s+/g, ' ').trim() === named.replaceAll(/\s+/g, ' ').trim();

/** The lines of a text, those that a mention joins as one. @param mentions in order of their starts. */
function passagesOf(text: string, mentions: readonly Span[]): Span[] {
  const passages: Span[] = [];
  let next = 0;
  /** The furthest end of the mentions that begin before the line ends. */
  let reach = 0;
  let begin = 0;
  for (let start = 0; start <= text.length;) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    for (; next < mentions.length && mentions[next]!.start < end; next++) reach = Math.max(reach, mentions[next]!.end);
    start = end + 1;
    if (reach > end) continue;
    if (end > begin) passages.push({ start: begin, end });
    begin = start;
  }
  return passages;
}
