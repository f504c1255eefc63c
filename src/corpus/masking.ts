/**
 * Masking: mentions replaced by placeholders, so that models learn the relation and not the names.
 *
 * What stands for the mentions is said in `placeholders.ts`; here it is put into the text.
 */
import { beginsInWord, endsInWord } from '../foundation/whole-word.ts';
import { anchorsOf, overlaps, piecesOf } from './candidates/anchors.ts';
import type { Span } from './document.ts';
import type { Example, Mention } from './example.ts';
import {
  countPlaceholder,
  ENTITY_PLACEHOLDERS,
  placeholderPattern,
  TYPE_WORDS,
  typeWord,
  wordsOfPlaceholders,
  type MaskedTypes,
  type PlaceholderRules,
  type Placeholders,
} from './placeholders.ts';
import { inTextOrder } from './readers/offsets.ts';

/**
 * What happens to a mention in pieces ("ocular … toxicity"):
 * - `first`: the placeholder takes the place of its first piece, the others go, unless another mention shares them.
 * - `keep`: the placeholder takes the place of its first piece, the others stay.
 * - `span`: the placeholder takes the place of everything from the first piece to the last.
 */
export const PIECE_RULES = ['first', 'keep', 'span'] as const;

/**
 * What happens to a placeholder that a text held before masking, which would seem one entity more:
 * - `lower`: it is put in lower case, and so is none.
 * - `keep`: it stays.
 * - `drop`: the example is dropped.
 */
export const OWN_PLACEHOLDERS = ['lower', 'keep', 'drop'] as const;

/** How examples are masked. */
export interface MaskRules extends PlaceholderRules {
  /** The sentence's other mentions: as they are, or masked by their type's word and `N`. */
  others: 'keep' | 'mask';
  pieces: (typeof PIECE_RULES)[number];
  ownPlaceholders: (typeof OWN_PLACEHOLDERS)[number];
}

export const DEFAULT_MASKS: Readonly<MaskRules> = {
  words: TYPE_WORDS,
  numbering: 'letters',
  others: 'keep',
  pieces: 'first',
  ownPlaceholders: 'lower',
};

/** A masked sentence. */
export interface MaskedText {
  text: string;
  /** Placeholders that the sentence held before masking: it would seem to have more entities than it has. */
  alreadyPresent: string[];
  /** Head and tail cannot be told apart: both placeholders stand, head first, where the two mentions together stood. */
  overlapping: boolean;
}

/** A stretch of a text and what takes its place; nothing where a piece goes. */
interface Replacement extends Span {
  by: string;
}

/**
 * An example's sentence with head and tail replaced by placeholders. A placeholder is kept a word of its own: a
 * mention inside a word ("anti|nicotine|like") gets a space on the side where a letter or digit would touch it.
 *
 * Where head and tail have no piece of their own (one holds the other), the stretch that they cover together becomes
 * both placeholders, in the order of their starts (head first when equal). Other mentions that overlap head, tail or
 * an earlier one are left as they are.
 * @param reserved words that stand for mentions in other examples: a text that holds one seems to have that mention.
 * @param rules `ownPlaceholders: 'drop'` is the caller's affair: see `alreadyPresent`.
 */
export function maskExample(
  example: Pick<Example, 'text' | 'head' | 'tail' | 'others'>,
  placeholders: Placeholders,
  rules: Partial<MaskRules> = {},
  reserved: readonly string[] = [],
): MaskedText {
  const { words, others: otherRule, pieces, ownPlaceholders } = { ...DEFAULT_MASKS, ...rules };
  // Longer ones first where several start together, so that the outermost is masked.
  const others = inTextOrder(example.others ?? []);
  const [head, tail] = [example.head, example.tail].map((mention) => (pieces === 'span' ? whole(mention) : mention));
  const anchors = anchorsOf(head!, tail!);
  const replacements: Replacement[] = anchors
    ? [
        { ...anchors[0], by: placeholders.head },
        { ...anchors[1], by: placeholders.tail },
      ]
    : [together(head!, tail!, placeholders)];

  if (anchors && pieces === 'first') {
    const kept = [...anchors, ...others.flatMap(piecesOf)];
    for (const mention of [head!, tail!]) {
      const partner = mention === head ? tail! : head!;
      for (const piece of piecesOf(mention)) {
        const isShared = [...kept, ...piecesOf(partner)].some((each) => overlaps(each, piece));
        if (!isShared) replacements.push({ ...withoutSpace(example.text, piece), by: '' });
      }
    }
  }
  const typeWords = new Set([...wordsOfPlaceholders([placeholders, ENTITY_PLACEHOLDERS]), ...reserved]);
  if (otherRule === 'mask') {
    for (const other of others) {
      const [piece] = pieces === 'span' ? [whole(other)] : piecesOf(other);
      if (replacements.some((each) => overlaps(each, piece!))) continue;
      const word = `${typeWord(other.type, words)}N`;
      typeWords.add(word);
      replacements.push({ start: piece!.start, end: piece!.end, by: word });
    }
  }
  return { ...replaced(example.text, replacements, [...typeWords], ownPlaceholders), overlapping: !anchors };
}

/**
 * Masks examples of several pairs of types, each by its own placeholders; a text that holds another pair's seems to have those mentions too.
 * @param types those of all examples that are to be masked.
 */
export function maskerFor(types: readonly MaskedTypes[], rules: Partial<MaskRules>): (example: Example) => MaskedText {
  const placeholders = new Map(types.map((each) => [`${each.head}\t${each.tail}`, each.placeholders]));
  const reserved = wordsOfPlaceholders([...placeholders.values()]);
  return (example) =>
    maskExample(example, placeholders.get(`${example.head.type}\t${example.tail.type}`)!, rules, reserved);
}

/** A mention with all that lies between its pieces. */
const whole = ({ start, end, type, text }: Mention): Mention => ({ start, end, type, text });

function together(head: Span, tail: Span, placeholders: Placeholders): Replacement {
  const by =
    tail.start < head.start ? `${placeholders.tail} ${placeholders.head}` : `${placeholders.head} ${placeholders.tail}`;
  return { start: Math.min(head.start, tail.start), end: Math.max(head.end, tail.end), by };
}

/** A piece that is to go, with the white space before it where some follows too, or nothing but a stop does. */
function withoutSpace(text: string, { start, end }: Span): Span {
  const before = text.slice(0, start);
  const goes = /\s$/.test(before) && /^([\s.,;:!?)]|$)/.test(text.slice(end));
  return { start: goes ? before.trimEnd().length : start, end };
}

/** The text after all replacements; placeholders are looked for in what stood there before. */
function replaced(
  text: string,
  replacements: readonly Replacement[],
  placeholders: readonly string[],
  rule: MaskRules['ownPlaceholders'],
): Pick<MaskedText, 'text' | 'alreadyPresent'> {
  const present = new Set<string>();
  const own = (part: string): string => {
    const found = placeholders.filter((word) => countPlaceholder(part, word) > 0);
    for (const word of found) present.add(word);
    return rule === 'lower'
      ? found.reduce((before, word) => before.replaceAll(placeholderPattern(word), otherCase), part)
      : part;
  };
  let masked = '';
  let from = 0;
  for (const { start, end, by } of [...replacements].sort((a, b) => a.start - b.start)) {
    masked += own(text.slice(from, start));
    from = end;
    const [left, right] = [endsInWord(masked), beginsInWord(text.slice(end, end + 2))];
    if (by !== '') masked += `${left ? ' ' : ''}${by}${right ? ' ' : ''}`;
    else if (left && right) masked += ' ';
  }
  return { text: masked + own(text.slice(from)), alreadyPresent: [...present] };
}

/** A placeholder in another case than its own. */
const otherCase = (word: string): string => (word.toLowerCase() === word ? word.toUpperCase() : word.toLowerCase());
