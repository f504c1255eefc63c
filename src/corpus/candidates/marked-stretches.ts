/**
 * The stretches of a document that examples are made of, with the mentions in them placed.
 *
 * The pairs of a sentence follow each other, and have its text and its other mentions in common.
 */
import { firstWhere } from '../../foundation/first-where.ts';
import type { AnnotatedDocument, Annotation, Span } from '../document.ts';
import type { Example, Mention } from '../example.ts';
import type { Choice, SentenceRange } from './pairing.ts';

interface Stretch {
  readonly range: SentenceRange;
  readonly text: string;
  readonly mentions: ReadonlyMap<Annotation, Mention>;
}

export class MarkedStretches {
  readonly #document: AnnotatedDocument;
  readonly #sentences: readonly Span[];
  #latest: Stretch | undefined;

  constructor(document: AnnotatedDocument, sentences: readonly Span[]) {
    this.#document = document;
    this.#sentences = sentences;
  }

  /** The text of a pair with its mentions, and the others, placed in it. */
  marked(range: SentenceRange, { head, tail }: Choice): Pick<Example, 'text' | 'head' | 'tail' | 'others'> {
    const { first, last } = range;
    const { range: standing } = this.#latest ?? {};
    const { text, mentions } =
      standing?.first === first && standing.last === last ? this.#latest! : (this.#latest = this.#stretch(range));
    const from = this.#sentences[first]!.start;
    const others = [...mentions].flatMap(([mention, placed]) =>
      mention === head.mention || mention === tail.mention ? [] : placed,
    );
    return {
      text,
      head: placedIn(head.mention, from, head.ids),
      tail: placedIn(tail.mention, from, tail.ids),
      ...(others.length > 0 && { others }),
    };
  }

  #stretch(range: SentenceRange): Stretch {
    const { text, mentions } = this.#document;
    const { start } = this.#sentences[range.first]!;
    const { end } = this.#sentences[range.last]!;
    const beginning = mentions.slice(
      firstWhere(mentions, (mention) => mention.start >= start),
      firstWhere(mentions, (mention) => mention.start >= end),
    );
    const within = beginning.filter((mention) => mention.end <= end);
    return {
      range,
      text: text.slice(start, end),
      mentions: new Map(within.map((mention) => [mention, placedIn(mention, start)])),
    };
  }
}

/** A document's mention, or what it says of some of its concepts, with offsets from where a text begins. */
function placedIn({ start, end, type, text, parts, ids }: Annotation, from: number, concepts = ids): Mention {
  const move = (span: Span): Span => ({ start: span.start - from, end: span.end - from });
  return {
    ...move({ start, end }),
    ...{ type, text },
    ...(parts && { parts: parts.map(move) }),
    ...(concepts.length > 0 && { concepts: [...concepts] }),
  };
}
