/**
 * Entity markers: the two entities of a sentence between tokens of their own, [E1] … [/E1] around the head and [E2] … [/E2] around the tail, so that a
 * classifier can read the states at which they begin (Baldini Soares et al. 2019, arXiv 1906.03158).
 *
 * The masks stay: what stands between the markers is the placeholder.
 */
import { placeOfPlaceholder } from '../corpus/placeholders.ts';
import type { Placeholders } from '../corpus/placeholders.ts';
import { UserError } from '../foundation/errors.ts';
import type { Tokenizer } from '../text/tokenizer.ts';

/** The markers at which the head and the tail begin. */
export const START_MARKERS: Placeholders = { head: '[E1]', tail: '[E2]' };
export const ENTITY_MARKERS = [START_MARKERS.head, '[/E1]', START_MARKERS.tail, '[/E2]'] as const;

/** What stands in a marked sentence in place of the two entities. */
export function markedPlaceholders({ head, tail }: Placeholders): Placeholders {
  return { head: `[E1]${head}[/E1]`, tail: `[E2]${tail}[/E2]` };
}

/** A text's own words that look like markers, which would be read as such. */
const LIKE_A_MARKER = /\[(\/?E[12])\]/g;

/**
 * A masked sentence with markers around the first of each placeholder.
 * @example markEntities('DRUG caused DISEASE.', { head: 'DRUG', tail: 'DISEASE' }) // '[E1]DRUG[/E1] caused [E2]DISEASE[/E2].'
 * @throws UserError when it lacks a placeholder.
 */
export function markEntities(masked: string, placeholders: Placeholders): string {
  let text = masked.replaceAll(LIKE_A_MARKER, '[ $1 ]');
  const marked = markedPlaceholders(placeholders);
  const found = (['head', 'tail'] as const).map((side) => {
    const place = placeOfPlaceholder(text, placeholders[side]);
    if (place !== undefined) return { side, place };
    throw new UserError(`a sentence lacks ${placeholders[side]}, which the classifier reads`, {
      where: masked.length > 60 ? `${masked.slice(0, 60)}…` : masked,
      remedy: 'a classifier with entity markers needs both entities in a sentence',
    });
  });
  // The later one first, so that the earlier one's place holds.
  for (const { side, place } of found.sort((a, b) => b.place - a.place)) {
    text = text.slice(0, place) + marked[side] + text.slice(place + placeholders[side].length);
  }
  return text;
}

/** A sentence whose entities are masked but not marked, as people write it, with markers; any other text as it is. */
export function markUnmarked(text: string, placeholders: Placeholders): string {
  const isMarked = ENTITY_MARKERS.some((marker) => text.includes(marker));
  const isMasked = (['head', 'tail'] as const).every(
    (side) => placeOfPlaceholder(text, placeholders[side]) !== undefined,
  );
  return isMasked && !isMarked ? markEntities(text, placeholders) : text;
}

/** Where head and tail begin in a marked sentence's tokens. @throws UserError when a marker is missing. */
export function entityStarts(ids: readonly number[], tokenizer: Tokenizer): { head: number; tail: number } {
  const place = (marker: string): number => {
    const id = tokenizer.tokenToId(marker);
    const position = id === undefined ? -1 : ids.indexOf(id);
    if (position >= 0) return position;
    throw new UserError(`a sentence lacks the marker ${marker}, at which the classifier reads`, {
      remedy:
        'write $ENTITYA$ and $ENTITYB$ for the two entities, or put [E1] and [/E1] around the head, [E2] and [/E2] around the tail',
    });
  };
  return { head: place(START_MARKERS.head), tail: place(START_MARKERS.tail) };
}
