/**
 * Documents as PubTator text, the format of `readers/pubtator.ts`, with relations between concepts.
 *
 * PubTator has a title and an abstract, each on one line, and offsets that count characters (code points) of title + one space + abstract. A
 * document's first passage is the title; line ends inside become spaces, so that every offset stays as it is.
 */
import type { AnnotatedDocument, Annotation, ConceptRelation } from './document.ts';

/** What PubTator writes where no concept is known. */
const NO_CONCEPT = '-1';

/**
 * The text of a document, with an empty line behind it.
 * @param relations in place of the document's own.
 */
export function pubTatorText(document: AnnotatedDocument, relations: readonly ConceptRelation[]): string {
  const id = document.id.replaceAll(/[|\s]/g, '_');
  const text = document.text.replaceAll(/[\r\n\t]/g, ' ');
  const { title, abstract } = divided(text, document);
  const row = (...columns: readonly (string | number)[]): string => [id, ...columns].join('\t');
  const mentions = document.mentions.map((mention) => {
    const { start, end, type, ids } = mention;
    const concepts = ids.length > 0 ? ids.join('|') : NO_CONCEPT;
    return row(points(text, start), points(text, end), text.slice(start, end), type, concepts);
  });
  const stated = new Set(relations.map(({ type, head, tail }) => row(type, head, tail)));
  return [`${id}|t|${title}`, `${id}|a|${abstract}`, ...mentions, ...stated, '', ''].join('\n');
}

/** Title and abstract; a text of one passage is all title. */
function divided(text: string, { passages }: AnnotatedDocument): { title: string; abstract: string } {
  const end = passages[0]?.end ?? text.length;
  const isDivided = passages.length > 1 && text[end] === ' ';
  return isDivided ? { title: text.slice(0, end), abstract: text.slice(end + 1) } : { title: text, abstract: '' };
}

/** An offset in code points. */
function points(text: string, offset: number): number {
  return Array.from(text.slice(0, offset)).length;
}

/** The name of a concept for mentions that have none: their words. */
export const conceptOfWords = (words: string): string => words.toLowerCase().replaceAll(/[\s|;]+/g, ' ');

/** A mention with the concept of its words where annotators gave none. */
export const withConcept = (mention: Annotation): Annotation =>
  mention.ids.length > 0 ? mention : { ...mention, ids: [conceptOfWords(mention.text)] };
