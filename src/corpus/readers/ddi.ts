/**
 * DDIExtraction 2013: a folder of XML files, one a document.
 *
 *     <document id="DDI-MedLine.d80">
 *       <sentence id="DDI-MedLine.d80.s1" text="…">
 *         <entity id="DDI-MedLine.d80.s1.e0" charOffset="79-112" type="group" text="…"/>
 *         <pair id="DDI-MedLine.d80.s1.p0" e1="DDI-MedLine.d80.s1.e0" e2="…" ddi="true" type="effect"/>
 *
 * The ends of `charOffset` are inclusive, and a discontinuous mention has several ranges (`5-9;14-20`). Every pair of
 * a sentence is listed, with `ddi="false"` where the drugs do not interact; one pair of the real corpus interacts but
 * has no type, and is left out. Sentences are joined by line feeds; they may hold line ends themselves.
 */
import { UserError } from '../../foundation/errors.ts';
import type { AnnotatedDocument, AnnotatedPair, Annotation, Span } from '../document.ts';
import { inTextOrder, OffsetText } from './offsets.ts';
import type { CorpusReader } from './reader.ts';
import type { WarningLog } from './warnings.ts';
import { childrenNamed, readXmlElements, type XmlElement } from './xml.ts';

export const ddiReader: CorpusReader = {
  format: 'ddi',
  title: 'DDIExtraction 2013 XML',
  unit: 'document',
  recognises: ({ beginning }) =>
    /^\uFEFF?\s*(<\?xml[^>]*>\s*)?(<!DOCTYPE[^[>]*(\[[^\]]*\]\s*)?>\s*)?<document[\s>]/.test(beginning),
  async *read(files, { warnings }) {
    for (const { path, split } of files) {
      for await (const element of readXmlElements(path, 'document', 'document')) {
        const place = { path, line: element.line };
        yield { kind: 'document', place, document: documentOf(element, path, warnings), split };
      }
    }
  },
};

function fail(what: string, element: XmlElement, path: string, remedy: string): never {
  throw new UserError(what, { where: `${path}:${element.line}`, remedy });
}

function attribute(element: XmlElement, name: string, path: string): string {
  return element.attributes[name] ?? fail(`<${element.name}> has no ${name}`, element, path, `give it ${name}="…"`);
}

function documentOf(element: XmlElement, path: string, warnings: WarningLog): AnnotatedDocument {
  let text = '';
  const sentences: Span[] = [];
  const mentions: Annotation[] = [];
  const pairs: AnnotatedPair[] = [];
  for (const sentence of childrenNamed(element, 'sentence')) {
    const words = attribute(sentence, 'text', path);
    if (text !== '') text += '\n';
    const start = text.length;
    text += words;
    const lead = words.length - words.trimStart().length;
    const end = start + words.trimEnd().length;
    if (words.trim() !== '') sentences.push({ start: start + lead, end });
    const places = new OffsetText(words);
    const ids = new Set<string>();
    for (const entity of childrenNamed(sentence, 'entity')) {
      const mention = mentionOf(entity, places, start, path, warnings);
      if (ids.has(mention.id))
        fail(`the entity ${mention.id} stands twice`, entity, path, 'give every entity its own id');
      ids.add(mention.id);
      mentions.push(mention);
    }
    for (const each of childrenNamed(sentence, 'pair')) {
      const pair = pairOf(each, ids, path, warnings);
      if (pair) pairs.push(pair);
    }
  }
  return {
    id: attribute(element, 'id', path),
    text,
    passages: sentences,
    sentences,
    mentions: inTextOrder(mentions),
    relations: [],
    pairs,
  };
}

function mentionOf(
  entity: XmlElement,
  places: OffsetText,
  sentenceStart: number,
  path: string,
  warnings: WarningLog,
): Annotation & { id: string } {
  const offsets = attribute(entity, 'charOffset', path);
  if (!/^\d{1,9}-\d{1,9}(;\d{1,9}-\d{1,9})*$/.test(offsets)) {
    fail(`charOffset is "${offsets}"`, entity, path, 'write start-end, and start-end;start-end for a mention in parts');
  }
  const ranges = offsets
    .split(';')
    .map((range) => range.split('-').map(Number))
    .map(([start, last]) => ({ start: start!, end: last! + 1 }))
    .sort((a, b) => a.start - b.start);
  const named = attribute(entity, 'text', path);
  const atWords = places.locate(ranges, named, { same: sameButForSpaces });
  // One mention of the real corpus lies a character off: where the words differ, the offsets count.
  const located = typeof atWords === 'string' ? places.locate(ranges, undefined) : atWords;
  if (typeof located === 'string') {
    fail(located, entity, path, 'charOffset counts the characters of the sentence from 0, the end inclusive');
  }
  if (typeof atWords === 'string') warnings.add('text-differs', atWords, `${path}:${entity.line}`);
  const move = ({ start, end }: Span): Span => ({ start: start + sentenceStart, end: end + sentenceStart });
  return {
    ...located,
    ...move(located),
    ...(located.parts && { parts: located.parts.map(move) }),
    id: attribute(entity, 'id', path),
    type: attribute(entity, 'type', path),
    ids: [],
  };
}

/** The parts of a discontinuous mention are joined by a blank, or by nothing. */
const sameButForSpaces = (found: string, named: string): boolean =>
  found === named || found.replaceAll(/\s/g, '') === named.replaceAll(/\s/g, '');

/** A judged pair; undefined, with a warning, where it cannot be used. */
function pairOf(
  element: XmlElement,
  entities: ReadonlySet<string>,
  path: string,
  warnings: WarningLog,
): AnnotatedPair | undefined {
  const [id, head, tail, judged] = ['id', 'e1', 'e2', 'ddi'].map((name) => attribute(element, name, path));
  const where = `${path}:${element.line}`;
  const unknown = [head!, tail!].find((entity) => !entities.has(entity));
  if (unknown !== undefined) {
    warnings.add('unknown-mention', `the pair ${id!} names ${unknown}, which its sentence does not have`, where);
    return undefined;
  }
  if (head === tail) {
    warnings.add('same-mention', `the pair ${id!} is of ${head!} with itself`, where);
    return undefined;
  }
  if (judged !== 'true' && judged !== 'false') fail(`ddi is "${judged!}"`, element, path, 'write true or false');
  const type = element.attributes.type ?? '';
  if (judged === 'true' && type === '') {
    warnings.add('label-missing', `the pair ${id!} interacts but has no type`, where);
    return undefined;
  }
  return { id: id!, head: head!, tail: tail!, relation: judged === 'true' ? type : null };
}
