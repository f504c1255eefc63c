/**
 * A dictionary of terms that marks mentions in plain text.
 *
 *     aspirin⇥Chemical⇥D001241
 *     renal failure⇥Disease
 *
 * A term is found as whole words, whatever their case and the white space between them. Where several terms begin at one place the longest
 * is taken, and what it covers holds no other: "renal failure" is one mention, not a "failure".
 */
import { UserError } from '../foundation/errors.ts';
import { readLines } from '../foundation/lines.ts';
import type { Annotation, Span } from './document.ts';
import { overlaps, piecesOf } from './candidates/anchors.ts';

interface Term {
  readonly type: string;
  readonly ids: readonly string[];
}

/** A word, or a single character that is neither in a word nor white space: terms begin and end with one of them. */
const PIECE = /[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu;

const piecesIn = (text: string): Span[] =>
  Array.from(text.matchAll(PIECE), ({ 0: piece, index }) => ({ start: index, end: index + piece.length }));

/** A spelling that two occurrences of a term share. */
const normalized = (text: string): string => text.replaceAll(/\s+/g, ' ').toLowerCase();

export class TermDictionary {
  readonly #terms = new Map<string, Term>();
  /** For the first piece of terms, how many pieces these have, most first: how far to look. */
  readonly #lengths = new Map<string, number[]>();

  /**
   * Reads a dictionary: a term a line, its type, and the id of its concept if it has one, with tabs between. A term that stands there
   * several times with one type has all its ids.
   * @throws UserError with `file:line` for a line that is not a term, or a term of two types.
   */
  static async read(path: string): Promise<TermDictionary> {
    const dictionary = new TermDictionary();
    for await (const { text, line } of readLines(path)) {
      if (text.trim() === '') continue;
      const columns = text.split('\t').map((column) => column.trim());
      const [term = '', type = '', id = '', ...more] = columns;
      const where = `${path}:${line}`;
      if (term === '' || type === '' || more.length > 0) {
        throw new UserError('not a term of the dictionary', {
          where,
          remedy: 'write the term, its type and, if it has one, its concept id, with tabs between',
        });
      }
      dictionary.#add(term, type, id, where);
    }
    if (dictionary.size === 0) {
      throw new UserError('the dictionary holds no terms', { where: path, remedy: 'write one a line' });
    }
    return dictionary;
  }

  /** Distinct terms. */
  get size(): number {
    return this.#terms.size;
  }

  /** Types of the terms. */
  get types(): Set<string> {
    return new Set(Array.from(this.#terms.values(), ({ type }) => type));
  }

  #add(term: string, type: string, id: string, where: string): void {
    const key = normalized(term);
    const standing = this.#terms.get(key);
    if (standing && standing.type !== type) {
      throw new UserError(`"${term}" is ${standing.type} and ${type}`, { where, remedy: 'leave one of the two out' });
    }
    const ids = [...(standing?.ids ?? []), ...(id === '' ? [] : [id])];
    this.#terms.set(key, { type, ids: [...new Set(ids)] });
    const pieces = piecesIn(key);
    const first = key.slice(pieces[0]!.start, pieces[0]!.end);
    const lengths = new Set([...(this.#lengths.get(first) ?? []), pieces.length]);
    this.#lengths.set(
      first,
      [...lengths].sort((a, b) => b - a),
    );
  }

  /**
   * The terms of a text, in its order, none over another.
   * @param taken mentions that stand already: no term is marked over them.
   */
  find(text: string, taken: readonly Pick<Annotation, 'start' | 'end' | 'parts'>[] = []): Annotation[] {
    const pieces = piecesIn(text);
    const occupied = taken.flatMap((mention) => [...piecesOf(mention)]).sort((a, b) => a.start - b.start);
    const found: Annotation[] = [];
    for (let index = 0; index < pieces.length; index++) {
      const { start } = pieces[index]!;
      const lengths = this.#lengths.get(text.slice(start, pieces[index]!.end).toLowerCase()) ?? [];
      for (const length of lengths) {
        const end = pieces[index + length - 1]?.end;
        if (end === undefined) continue;
        const term = this.#terms.get(normalized(text.slice(start, end)));
        if (!term || occupied.some((span) => overlaps(span, { start, end }))) continue;
        found.push({ start, end, type: term.type, text: text.slice(start, end), ids: term.ids });
        index += length - 1;
        break;
      }
    }
    return found;
  }
}
