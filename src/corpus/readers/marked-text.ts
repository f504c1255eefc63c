/**
 * Sentences whose two mentions are marked in the text itself: by tags (`<e1>aspirin</e1>`), or by placeholders that
 * stand in the entities' place (`@GENE$`).
 */
import type { Example, Mention } from '../example.ts';

/** The type of entities where a format names none. */
export const UNTYPED = 'entity';

type MarkedText = Pick<Example, 'text' | 'head' | 'tail'>;

const TAG = /<(\/?)e([12])>/g;

/** Whether a text holds the tags of a mention. */
export const isTagged = (text: string): boolean =>
  [1, 2].every((number) => {
    const opened = text.indexOf(`<e${number}>`);
    return opened >= 0 && text.includes(`</e${number}>`, opened);
  });

/**
 * The sentence without its tags, e1 as head and e2 as tail; or what is wrong with the tags. White space just inside a
 * tag belongs to the tag (`<e1> aspirin </e1>` stands for `<e1>aspirin</e1>`), unless it alone parts two words.
 */
export function parseTagged(tagged: string): MarkedText | string {
  const places: Record<string, number> = {};
  let text = '';
  let from = 0;
  for (const { 0: tag, 1: slash, 2: number, index } of tagged.matchAll(TAG)) {
    const piece = tagged.slice(from, index);
    from = index + tag.length;
    const name = `${slash ? 'end' : 'start'}${number!}`;
    if (places[name] !== undefined) return `the tag ${tag} stands twice`;
    if (slash && places[`start${number!}`] === undefined) return `the tag ${tag} stands before <e${number!}>`;
    if (slash) {
      const inner = piece.trimEnd();
      const after = tagged.slice(from);
      text += inner;
      places[name] = text.length;
      if (inner !== piece && /^[\p{L}\p{N}]/u.test(after)) text += ' ';
    } else {
      text += piece;
      const inside = tagged.slice(from);
      const lead = inside.length - inside.trimStart().length;
      from += lead;
      if (lead > 0 && /[\p{L}\p{N}]$/u.test(text)) text += ' ';
      places[name] = text.length;
    }
  }
  text += tagged.slice(from);
  const mentions = [];
  for (const number of [1, 2]) {
    const start = places[`start${number}`];
    const end = places[`end${number}`];
    if (start === undefined || end === undefined) {
      return `the tag <${start === undefined ? '' : '/'}e${number}> is missing`;
    }
    if (start >= end) return `nothing stands between <e${number}> and </e${number}>`;
    mentions.push({ start, end, type: UNTYPED, text: text.slice(start, end) });
  }
  return { text, head: mentions[0]!, tail: mentions[1]! };
}

const PLACEHOLDER = /@([\p{L}\p{N}][\p{L}\p{N}_-]*)\$/gu;

/** Whether a text holds at least one placeholder such as `@GENE$`. */
export const isMasked = (text: string): boolean => text.search(PLACEHOLDER) >= 0;

/**
 * Where a type stands among heads and tails: chemicals before genes, genes before others, diseases last. The head is
 * so of one type in all sentences of a corpus, wherever it stands in them.
 */
function rankOf(type: string): number {
  if (/^(chem|drug|treat)/i.test(type)) return 0;
  if (/^(gene|protein)/i.test(type)) return 1;
  return /^(disease|disorder|problem)/i.test(type) ? 3 : 2;
}

const comesBefore = (a: string, b: string): boolean =>
  rankOf(a) === rankOf(b) ? a.toLowerCase() < b.toLowerCase() : rankOf(a) < rankOf(b);

/**
 * A masked sentence, its two placeholders being the mentions, typed by their words; or how many placeholders it holds
 * when that is not two.
 */
export function parseMasked(text: string): MarkedText | number {
  const found = Array.from(text.matchAll(PLACEHOLDER), ({ 0: placeholder, 1: type, index }): Mention => ({
    start: index,
    end: index + placeholder.length,
    type: type!,
    text: placeholder,
  }));
  const [first, second] = found;
  if (!first || !second || found.length > 2) return found.length;
  const swap = comesBefore(second.type, first.type);
  return { text, head: swap ? second : first, tail: swap ? first : second };
}
