/**
 * Masking: mentions replaced by placeholders, so that models learn the relation and not the names.
 *
 * Two schemes name the same two places. The generator reads and writes *typed* placeholders, words of its own
 * vocabulary (`DRUG … DISEASE`; `DRUGA … DRUGB` where both mentions have one type); the classifier reads *entity*
 * placeholders (`$ENTITYA$ … $ENTITYB$`), head A, tail B. A generated sentence becomes a training sentence by
 * renaming its placeholders, which goes both ways without loss.
 *
 * A placeholder is a whole word in exactly this spelling: `DRUG` in "a DRUG-induced" is one, in "DRUGS", "DRUG2" or
 * "drug" it is not.
 */
import type { Example, Mention } from './example.ts';

/** The words that stand for head and tail. */
export interface Placeholders {
  head: string;
  tail: string;
}

/** What the classifier reads in the paper. */
export const ENTITY_PLACEHOLDERS: Readonly<Placeholders> = { head: '$ENTITYA$', tail: '$ENTITYB$' };

/** Words for the entity types of the corpora that we know; any other type is its name in capitals. */
export const TYPE_WORDS: Readonly<Record<string, string>> = {
  Chemical: 'DRUG',
  CHEMICAL: 'DRUG',
  drug: 'DRUG',
  Disease: 'DISEASE',
  Gene: 'PROTEIN',
  GENE: 'PROTEIN',
  'GENE-Y': 'PROTEIN',
  'GENE-N': 'PROTEIN',
};

/** The word for an entity type: from the table, else its letters and digits in capitals (`Cell-Line` → `CELLLINE`). */
export function typeWord(type: string, words: Readonly<Record<string, string>> = TYPE_WORDS): string {
  return Object.hasOwn(words, type) ? words[type]! : type.toUpperCase().replaceAll(/[^\p{L}\p{N}]/gu, '') || 'ENTITY';
}

/**
 * Typed placeholders for a relation between two entity types: `DRUG`/`DISEASE`, or `DRUGA`/`DRUGB` where both have
 * one word.
 */
export function typedPlaceholders(
  headType: string,
  tailType: string,
  words?: Readonly<Record<string, string>>,
): Placeholders {
  const head = typeWord(headType, words);
  const tail = typeWord(tailType, words);
  return head === tail ? { head: `${head}A`, tail: `${tail}B` } : { head, tail };
}

export interface MaskingScheme {
  placeholders: Placeholders;
  /** Masks the sentence's other mentions too, by their type's word and `N`: `DRUGN`. */
  maskOthers?: boolean;
  /** Words for entity types; `TYPE_WORDS` unless given. */
  words?: Readonly<Record<string, string>>;
}

/** A masked sentence. */
export interface MaskedText {
  text: string;
  /** Placeholders that the sentence held before masking: it would seem to have more entities than it has. */
  alreadyPresent: string[];
  /** Head and tail overlap: both placeholders stand, head first, where the two mentions together stood. */
  overlapping: boolean;
}

/**
 * An example's sentence with head and tail replaced by placeholders. A placeholder is kept a word of its own: a
 * mention inside a word ("anti|nicotine|like") gets a space on the side where a letter or digit would touch it.
 *
 * Where head and tail overlap, or one holds the other, the stretch that they cover together becomes both
 * placeholders, in the order of their starts (head first when equal). Other mentions that overlap head, tail or an
 * earlier one are left as they are.
 */
export function maskExample(example: Example, scheme: MaskingScheme): MaskedText {
  const { placeholders, maskOthers = false, words } = scheme;
  const { head, tail } = example;
  const overlapping = head.start < tail.end && tail.start < head.end;
  const tailFirst = tail.start < head.start;
  const replacements = overlapping
    ? [
        {
          start: Math.min(head.start, tail.start),
          end: Math.max(head.end, tail.end),
          by: tailFirst ? `${placeholders.tail} ${placeholders.head}` : `${placeholders.head} ${placeholders.tail}`,
        },
      ]
    : [
        { start: head.start, end: head.end, by: placeholders.head },
        { start: tail.start, end: tail.end, by: placeholders.tail },
      ];
  if (maskOthers) {
    for (const other of inTextOrder(example.others ?? [])) {
      if (replacements.some(({ start, end }) => start < other.end && other.start < end)) continue;
      replacements.push({ start: other.start, end: other.end, by: `${typeWord(other.type, words)}N` });
    }
  }
  replacements.sort((a, b) => a.start - b.start);

  let text = '';
  let unmasked = '';
  let from = 0;
  for (const { start, end, by } of replacements) {
    const before = example.text.slice(from, start);
    text += before;
    unmasked += `${before} `;
    text += `${endsInWord(text) ? ' ' : ''}${by}${beginsInWord(example.text.slice(end, end + 2)) ? ' ' : ''}`;
    from = end;
  }
  text += example.text.slice(from);
  unmasked += example.text.slice(from);
  const written = [...new Set([placeholders.head, placeholders.tail])];
  return { text, alreadyPresent: written.filter((word) => countPlaceholder(unmasked, word) > 0), overlapping };
}

/** Longer mentions first where several start together, so that the outermost is masked. */
function inTextOrder(mentions: readonly Mention[]): Mention[] {
  return [...mentions].sort((a, b) => a.start - b.start || b.end - a.end);
}

/** Whether a text ends, or begins, with a character that would run into a placeholder and hide it. */
const endsInWord = (text: string): boolean => /[\p{L}\p{N}_$]$/u.test(text.slice(-2));
const beginsInWord = (text: string): boolean => /^[\p{L}\p{N}_$]/u.test(text);

/** Matches a placeholder as a whole word, in its exact case. */
function placeholderPattern(placeholder: string): RegExp {
  const literal = placeholder.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  return new RegExp(`(?<![\\p{L}\\p{N}_$])${literal}(?![\\p{L}\\p{N}_$])`, 'gu');
}

/** How often a placeholder stands in a text. */
export function countPlaceholder(text: string, placeholder: string): number {
  return text.match(placeholderPattern(placeholder))?.length ?? 0;
}

/**
 * A masked text in another scheme's placeholders, head for head and tail for tail, everything else untouched. Going
 * back returns the text exactly, provided that it held none of the target's placeholders before.
 * @example renamePlaceholders('DRUG caused DISEASE.', { head: 'DRUG', tail: 'DISEASE' }, ENTITY_PLACEHOLDERS) // '$ENTITYA$ caused $ENTITYB$.'
 */
export function renamePlaceholders(text: string, from: Placeholders, to: Placeholders): string {
  const either = new RegExp(`${placeholderPattern(from.head).source}|${placeholderPattern(from.tail).source}`, 'gu');
  return text.replaceAll(either, (found) => (found === from.head ? to.head : to.tail));
}
