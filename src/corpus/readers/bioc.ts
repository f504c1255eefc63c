/**
 * BioC XML, as of BioCreative V CDR and of PubTator's exports.
 *
 * Passages are joined by a space; an annotation's place counts from its passage's offset. A passage that is written as sentences has each at its own
 * offset, with as many blanks between them, and these are the document's sentences. Relations are either of
 * `<node>`s, between annotations, or of infons, between concepts: one infon of an entity's type (CDR), or `entity1`
 * and `entity2`, for each side. CDR annotates the parts of a composite mention again ("Ocular toxicity" in "Ocular
 * and auditory toxicity"): these `IndividualMention`s are left out, since the composite has all their ids.
 */
import { UserError } from '../../foundation/errors.ts';
import type { AnnotatedDocument, Annotation, ConceptRelation, MentionRelation, Span } from '../document.ts';
import { splitIds } from './concept-ids.ts';
import { inTextOrder, OffsetText } from './offsets.ts';
import type { CorpusReader, ReadContext } from './reader.ts';
import { childrenNamed, readXmlElements, type XmlElement } from './xml.ts';

/** Infons that hold an annotation's concept ids, in the order in which they are looked for. */
const ID_KEYS = /^(identifier|mesh|omim|ncbi ?gene|entrez|uniprot|chebi|go|umls|cui)$/i;

export const bioCReader: CorpusReader = {
  format: 'bioc',
  title: 'BioC XML',
  unit: 'document',
  recognises: ({ beginning }) => /<collection[\s>]/.test(beginning) && /^\s*<[?!c]/.test(beginning),
  async *read(files, context) {
    for (const { path, split } of files) {
      let documents = 0;
      for await (const element of readXmlElements(path, 'collection', 'document')) {
        documents++;
        const place = { path, line: element.line };
        yield { kind: 'document', place, document: documentOf(element, path, context), split };
      }
      if (documents === 0) {
        throw new UserError('the file holds no documents', {
          where: path,
          remedy: 'check that it is the file you meant',
        });
      }
    }
  },
};

function fail(what: string, element: XmlElement, path: string, remedy: string): never {
  throw new UserError(what, { where: `${path}:${element.line}`, remedy });
}

function documentOf(element: XmlElement, path: string, { warnings }: ReadContext): AnnotatedDocument {
  const id = childrenNamed(element, 'id')[0]?.text.trim() ?? '';
  if (id === '') fail('the document has no id', element, path, 'give it an <id>');
  let text = '';
  const passages: Span[] = [];
  const sentences: Span[] = [];
  /** Whether every passage is written as sentences. */
  let hasSentences = true;
  const mentions: Annotation[] = [];
  const relationElements = childrenNamed(element, 'relation');
  for (const passage of childrenNamed(element, 'passage')) {
    const offset = wholeNumber(childrenNamed(passage, 'offset')[0], path, passage);
    const { text: passageText, sentences: own } = textOf(passage, offset, path);
    if (passages.length > 0) text += ' ';
    const start = text.length;
    text += passageText;
    passages.push({ start, end: text.length });
    for (const span of own ?? []) sentences.push({ start: span.start + start, end: span.end + start });
    hasSentences &&= own !== undefined;
    const places = new OffsetText(passageText);
    for (const annotation of [passage, ...childrenNamed(passage, 'sentence')].flatMap((each) =>
      childrenNamed(each, 'annotation'),
    )) {
      const mention = annotationOf(annotation, offset, places, path);
      if (mention) mentions.push(moved(mention, start));
    }
    relationElements.push(
      ...[passage, ...childrenNamed(passage, 'sentence')].flatMap((each) => childrenNamed(each, 'relation')),
    );
  }
  const known = {
    ids: new Set(mentions.map((mention) => mention.id)),
    concepts: new Set(mentions.flatMap(({ ids }) => ids)),
    types: new Set(mentions.map(({ type }) => type)),
  };
  const relations: ConceptRelation[] = [];
  const mentionRelations: MentionRelation[] = [];
  for (const each of relationElements) {
    const where = `${path}:${each.line}`;
    const infons = infonsOf(each);
    const type = infons.get('relation') ?? infons.get('type') ?? '';
    if (type === '') fail('a relation needs a type', each, path, 'give it an <infon key="relation">');
    const nodes = childrenNamed(each, 'node').map(({ attributes }) => attributes.refid ?? '');
    const sides = nodes.length > 0 ? nodes : conceptsOf(infons, known.types);
    const [head, tail] = sides;
    if (head === undefined || tail === undefined || sides.length !== 2) {
      warnings.add('not-binary', `a relation of ${sides.length}, not of two`, where);
    } else if (nodes.length === 0) {
      const unknown = sides.find((concept) => !known.concepts.has(concept));
      if (unknown !== undefined)
        warnings.add('unknown-concept', `a relation names ${unknown}, which no mention has`, where);
      relations.push({ type, head, tail });
    } else {
      const unknown = sides.find((mention) => !known.ids.has(mention));
      if (unknown === undefined) mentionRelations.push({ type, head, tail });
      else warnings.add('unknown-mention', `a relation names ${unknown}, which is no annotation of ${id}`, where);
    }
  }
  return {
    id,
    text,
    passages,
    ...(hasSentences && sentences.length > 0 && { sentences }),
    mentions: inTextOrder(mentions),
    relations,
    ...(mentionRelations.length > 0 && { mentionRelations }),
  };
}

/** A passage's text, or that of its sentences, each at its offset. @param offset the passage's. */
function textOf(passage: XmlElement, offset: number, path: string): { text: string; sentences?: Span[] } {
  const [whole] = childrenNamed(passage, 'text');
  if (whole) return { text: whole.text };
  let text = '';
  const sentences: Span[] = [];
  let inPoints = false;
  for (const sentence of childrenNamed(passage, 'sentence')) {
    const own = childrenNamed(sentence, 'text')[0]?.text ?? '';
    const [given] = childrenNamed(sentence, 'offset');
    const at = given ? wholeNumber(given, path, sentence) - offset : text.length + Math.min(1, text.length);
    const place = gapBefore(text, at, inPoints);
    if (!place) {
      fail(`the sentence's offset ${offset + at} is not behind the one before`, sentence, path, OFFSETS_REMEDY);
    }
    inPoints ||= place.inPoints;
    text += ' '.repeat(place.gap);
    const start = text.length + own.length - own.trimStart().length;
    text += own;
    if (own.trim() !== '') sentences.push({ start, end: start + own.trim().length });
  }
  return { text, sentences };
}

/** Blanks between two sentences at most: an offset that asks for more is wrong. */
const WIDEST_GAP = 1000;
const OFFSETS_REMEDY = 'offsets count from the start of the document';

/**
 * Blanks between a text and what begins at an offset, counted in code units or in code points; undefined where there is no such place. Where both are
 * possible, one blank is likelier than another number.
 * @param inPoints it is known that the file counts code points.
 */
function gapBefore(text: string, offset: number, inPoints: boolean): { gap: number; inPoints: boolean } | undefined {
  const inUnits = { gap: offset - text.length, inPoints: false };
  const points = { gap: offset - Array.from(text).length, inPoints: true };
  const possible = (inPoints ? [points] : [inUnits, points]).filter(({ gap }) => gap >= 0 && gap <= WIDEST_GAP);
  const found = possible.find(({ gap }) => gap === 1) ?? possible[0];
  // Up to the first character that is two code units both are the same.
  return found && { ...found, inPoints: found.inPoints && points.gap !== inUnits.gap };
}

/** A mention with places in its passage; undefined for the parts of a composite one. */
function annotationOf(element: XmlElement, offset: number, places: OffsetText, path: string): Annotation | undefined {
  const infons = infonsOf(element);
  if (infons.get('CompositeRole') === 'IndividualMention') return undefined;
  const type = infons.get('type') ?? '';
  if (type === '') fail('an annotation needs a type', element, path, 'give it an <infon key="type">');
  const ranges = childrenNamed(element, 'location').map((location) => {
    const start = wholeNumber(location.attributes.offset, path, location) - offset;
    return { start, end: start + wholeNumber(location.attributes.length, path, location) };
  });
  if (ranges.length === 0) fail('an annotation needs a location', element, path, 'give it a <location offset length>');
  if (ranges[0]!.start < 0) fail('the annotation begins before its passage', element, path, OFFSETS_REMEDY);
  const located = places.locate(ranges, childrenNamed(element, 'text')[0]?.text);
  if (typeof located === 'string') fail(located, element, path, `${OFFSETS_REMEDY}, from its passage on`);
  const ids = [...infons].find(([key]) => ID_KEYS.test(key))?.[1] ?? '';
  const { id } = element.attributes;
  return { ...located, type, ids: splitIds(ids), ...(id !== undefined && { id }) };
}

/** A mention that lies further on by so many code units. */
function moved(mention: Annotation, by: number): Annotation {
  const { start, end, parts } = mention;
  return {
    ...mention,
    start: start + by,
    end: end + by,
    ...(parts && { parts: parts.map((part) => ({ start: part.start + by, end: part.end + by })) }),
  };
}

/** Both sides of a relation between concepts: `entity1` and `entity2`, or else the infons named by entity types. */
function conceptsOf(infons: ReadonlyMap<string, string>, types: ReadonlySet<string>): string[] {
  const numbered = ['entity1', 'entity2'].flatMap((key) => infons.get(key) ?? []);
  return numbered.length > 0 ? numbered : [...infons].flatMap(([key, value]) => (types.has(key) ? [value] : []));
}

const infonsOf = (element: XmlElement): Map<string, string> =>
  new Map(childrenNamed(element, 'infon').map(({ attributes, text }) => [attributes.key ?? '', text.trim()]));

function wholeNumber(given: XmlElement | string | undefined, path: string, at: XmlElement): number {
  const text = (typeof given === 'object' ? given.text : (given ?? '')).trim();
  if (!/^\d{1,15}$/.test(text))
    fail(`an offset or length must be a whole number, not "${text}"`, at, path, 'see the BioC format');
  return Number(text);
}
