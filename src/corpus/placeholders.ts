/**
 * Placeholders: the words that stand in a masked sentence for its two mentions.
 *
 * Two schemes name the same two places. The generator reads and writes *typed* placeholders, words of its own vocabulary, by the types of the
 * example's own mentions (`DRUG … DISEASE`; `DRUGA … DRUGB` where both have one type): a corpus that relates several pairs of types has as many pairs
 * of placeholders. The classifier reads *entity* placeholders (`$ENTITYA$ … $ENTITYB$`), head A, tail B, or the typed ones. A generated
 * sentence becomes a training sentence by renaming its placeholders, which goes both ways without loss.
 *
 * A placeholder is a whole word in exactly its spelling: `DRUG` in "a DRUG-induced" is one, in "DRUGS", "DRUG2" or "drug" it is not.
 */
import { wholeWord } from '../foundation/whole-word.ts';
import type { TypePair } from './candidates/rules.ts';

/** The words that stand for head and tail. */
export interface Placeholders {
  readonly head: string;
  readonly tail: string;
}

/** What the classifier reads in the paper. */
export const ENTITY_PLACEHOLDERS: Placeholders = { head: '$ENTITYA$', tail: '$ENTITYB$' };

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

/** What the types of a format mean beyond that: names that other corpora use for other things. */
const FORMAT_TYPE_WORDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  // Drugs by generic name, brand, group, and active substances that are no drugs for people.
  ddi: { drug: 'DRUG', brand: 'DRUG', group: 'DRUG', drug_n: 'DRUG' },
};

/** The words for the entity types of a format. */
export function typeWordsOf(format: string): Readonly<Record<string, string>> {
  return { ...TYPE_WORDS, ...(Object.hasOwn(FORMAT_TYPE_WORDS, format) && FORMAT_TYPE_WORDS[format]) };
}

/** The word for an entity type: from the table, else its letters and digits in capitals (`Cell-Line` → `CELLLINE`). */
export function typeWord(type: string, words: Readonly<Record<string, string>> = TYPE_WORDS): string {
  return Object.hasOwn(words, type) ? words[type]! : type.toUpperCase().replaceAll(/[^\p{L}\p{N}]/gu, '') || 'ENTITY';
}

/** Two mentions of one type are told apart by letters (`DRUGA`, `DRUGB`) or numbers (`DRUG1`, `DRUG2`). */
export const MASK_NUMBERINGS = ['letters', 'numbers'] as const;

/** How types become placeholders. */
export interface PlaceholderRules {
  /** Words for entity types. */
  readonly words: Readonly<Record<string, string>>;
  readonly numbering: (typeof MASK_NUMBERINGS)[number];
}

const DEFAULT_RULES: PlaceholderRules = { words: TYPE_WORDS, numbering: 'letters' };

/** Two words as placeholders; where they do not tell head from tail, they are numbered. */
function pairOfWords(head: string, tail: string, numbered: boolean, { numbering }: PlaceholderRules): Placeholders {
  if (!numbered) return { head, tail };
  return numbering === 'letters' ? { head: `${head}A`, tail: `${tail}B` } : { head: `${head}1`, tail: `${tail}2` };
}

/**
 * Typed placeholders for a relation between two entity types: `DRUG`/`DISEASE`, or `DRUGA`/`DRUGB` (`DRUG1`/`DRUG2`)
 * where both have one word.
 */
export function typedPlaceholders(
  headType: string,
  tailType: string,
  rules: Partial<PlaceholderRules> = {},
): Placeholders {
  const settled = { ...DEFAULT_RULES, ...rules };
  const [head, tail] = [typeWord(headType, settled.words), typeWord(tailType, settled.words)];
  return pairOfWords(head, tail, head === tail, settled);
}

/** A pair of entity types, with what stands for them. */
export interface MaskedTypes extends TypePair {
  readonly placeholders: Placeholders;
}

/**
 * The placeholders of a corpus's pairs of types, each pair of types once. Where a corpus has two words in both orders, the words do not tell head
 * from tail: then both orders are numbered (`DRUGA`/`PROTEINB`, `PROTEINA`/`DRUGB`).
 */
export function placeholdersByTypes(types: Iterable<TypePair>, rules: Partial<PlaceholderRules> = {}): MaskedTypes[] {
  const settled = { ...DEFAULT_RULES, ...rules };
  const pairs = new Map(
    [...types].map(({ head, tail }) => {
      const words = { head: typeWord(head, settled.words), tail: typeWord(tail, settled.words) };
      return [`${head}\t${tail}`, { head, tail, words }] as const;
    }),
  );
  const orders = new Set([...pairs.values()].map(({ words }) => `${words.head} ${words.tail}`));
  return [...pairs.values()].map(({ head, tail, words }) => {
    const isTwoWay = orders.has(`${words.tail} ${words.head}`);
    return { head, tail, placeholders: pairOfWords(words.head, words.tail, isTwoWay, settled) };
  });
}

export const isSamePair = (a: Placeholders, b: Placeholders): boolean => a.head === b.head && a.tail === b.tail;

/** Each pair of placeholders once. */
export function distinctPlaceholders(types: readonly MaskedTypes[]): Placeholders[] {
  return [...new Map(types.map(({ placeholders: each }) => [`${each.head} ${each.tail}`, each])).values()];
}

/** For people: "DRUG and DISEASE, or DRUGA and DRUGB". */
export const describePlaceholders = (pairs: readonly Placeholders[]): string =>
  pairs.map(({ head, tail }) => `${head} and ${tail}`).join(', or ');

/** The words of several pairs of placeholders, each once. */
export const wordsOfPlaceholders = (pairs: readonly Placeholders[]): string[] => [
  ...new Set(pairs.flatMap(({ head, tail }) => [head, tail])),
];

/** Matches every place of a placeholder: as a whole word, in its exact case. */
export const placeholderPattern = (placeholder: string): RegExp => new RegExp(wholeWord(placeholder).source, 'gu');

/** How often a placeholder stands in a text. */
export function countPlaceholder(text: string, placeholder: string): number {
  return text.match(placeholderPattern(placeholder))?.length ?? 0;
}

/** Where a placeholder first stands in a text, if it does. */
export function placeOfPlaceholder(text: string, placeholder: string): number | undefined {
  return placeholderPattern(placeholder).exec(text)?.index;
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

/**
 * Which of several pairs of placeholders a masked text has: the first that it holds both of; in a text that lacks one (edited by hand), the first
 * that it holds one of.
 */
export function placeholdersIn(text: string, pairs: readonly Placeholders[]): Placeholders {
  const [first] = pairs;
  if (!first) throw new RangeError('no placeholders to look for');
  if (pairs.length === 1) return first;
  const stands = (word: string): boolean => placeOfPlaceholder(text, word) !== undefined;
  return (
    pairs.find(({ head, tail }) => stands(head) && stands(tail)) ??
    pairs.find(({ head, tail }) => stands(head) || stands(tail)) ??
    first
  );
}

/**
 * A masked text as a model reads it: with its own pair of placeholders, where the model reads typed ones, or with the one pair that stands for all.
 * @param from the pairs of the corpus.
 * @param to the same, or one pair.
 */
export function asRead(text: string, from: readonly Placeholders[], to: readonly Placeholders[]): string {
  const own = placeholdersIn(text, from);
  const [only, ...more] = to;
  return only && more.length === 0 ? renamePlaceholders(text, own, only) : text;
}
