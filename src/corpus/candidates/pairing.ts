/**
 * Which mentions of a document are put to the rules together: the pairs that are near enough and of the right types.
 *
 * Where pairs are of concepts, the mention pairs that name the same two concepts in the same sentences are one pair, with several
 * *choices* of what to mark.
 */
import type { AnnotatedDocument, Annotation, AnnotatedPair, Span } from '../document.ts';
import { firstWhere } from '../../foundation/first-where.ts';
import type { DropLog } from './drops.ts';
import type { Side, StatedRelations } from './relations.ts';
import { AUTO, type CandidateRules, type Pairing, type TypePair } from './rules.ts';

/** The first and last of some sentences, by index. */
export interface SentenceRange {
  first: number;
  last: number;
}

/** Two mentions that name a pair. */
export interface Choice {
  head: Side;
  tail: Side;
}

export interface Pair {
  sentences: SentenceRange;
  /** At least one, in the order of the text. */
  choices: Choice[];
  /** Where the document lists the pair. */
  listed?: AnnotatedPair;
}

type Rules = Pick<CandidateRules, 'types' | 'directed' | 'window'>;

/** The pairing of a document under `auto`: as it states its relations. */
export function pairingOf({ pairs, mentionRelations }: AnnotatedDocument, rule: CandidateRules['pairs']): Pairing {
  if (rule !== AUTO) return rule;
  return pairs ? 'listed' : mentionRelations ? 'mentions' : 'concepts';
}

/** Mentions with the sentences that they lie in; one without any sentence is left out. */
interface PlacedMention {
  mention: Annotation;
  /** Its place among the document's mentions. */
  order: number;
  range: SentenceRange;
}

function placeMentions(mentions: readonly Annotation[], sentences: readonly Span[]): PlacedMention[] {
  return mentions.flatMap((mention, order) => {
    const first = firstWhere(sentences, ({ end }) => mention.start < end);
    const last = firstWhere(sentences, ({ start }) => start >= mention.end) - 1;
    return first === sentences.length || last < first ? [] : { mention, order, range: { first, last } };
  });
}

const join = (a: SentenceRange, b: SentenceRange): SentenceRange => ({
  first: Math.min(a.first, b.first),
  last: Math.max(a.last, b.last),
});

const lengthOf = ({ first, last }: SentenceRange): number => last - first + 1;

/** Whether some types are those of a pair that the rules allow. */
export function allows({ types, directed }: Pick<Rules, 'types' | 'directed'>, head: string, tail: string): boolean {
  if (types === 'any') return true;
  return types.some(
    (pair) => (pair.head === head && pair.tail === tail) || (!directed && pair.head === tail && pair.tail === head),
  );
}

/** The pairs that the document lists. */
export function* listedPairs(
  document: AnnotatedDocument,
  sentences: readonly Span[],
  rules: Rules,
  drops: DropLog,
): Generator<Pair> {
  const byId = new Map(placeMentions(document.mentions, sentences).map((placed) => [placed.mention.id, placed]));
  for (const listed of document.pairs ?? []) {
    const [head, tail] = [byId.get(listed.head), byId.get(listed.tail)];
    const related = listed.relation !== null;
    if (!head || !tail) {
      drops.add('mention-across-sentences', related);
      continue;
    }
    const range = join(head.range, tail.range);
    if (!allows(rules, head.mention.type, tail.mention.type)) drops.add('other-types', related);
    else if (lengthOf(range) > rules.window) {
      const crossing = lengthOf(head.range) > 1 || lengthOf(tail.range) > 1;
      drops.add(crossing ? 'mention-across-sentences' : 'beyond-window', related);
    } else {
      yield { sentences: range, choices: [{ head: sideOf(head.mention), tail: sideOf(tail.mention) }], listed };
    }
  }
}

const sideOf = (mention: Annotation): Side => ({ mention, ids: mention.ids });
const toSide = ({ mention }: PlacedMention): Side => sideOf(mention);

/**
 * More pairs than a sentence has (ChemProt's fullest 162, CDR's 45; an enumeration of drugs in DDI 2013 1,485): a table, or lines without full stops. They
 * grow with the square of its mentions, so that a small file would give millions of examples.
 */
const MOST_PAIRS = 2500;

/** All pairs of mentions, or of concepts, in the order of the text. */
export function formPairs(
  document: AnnotatedDocument,
  sentences: readonly Span[],
  pairing: Exclude<Pairing, 'listed'>,
  rules: Rules,
  relations: StatedRelations,
  drops: DropLog,
): Pair[] {
  const byConcepts = new Map<string, Map<string, Pair>>();
  const formed: Pair[] = [];
  for (const { head, tail, range, unordered } of mentionPairs(document, sentences, rules, relations, drops)) {
    if (pairing === 'mentions') {
      formed.push({ sentences: range, choices: [{ head: sideOf(head), tail: sideOf(tail) }] });
      continue;
    }
    if (head.ids.length === 0 || tail.ids.length === 0) {
      drops.add('mention-without-concept', relations.between(sideOf(head), sideOf(tail)).length > 0);
      continue;
    }
    for (const { key, choice } of conceptPairs(head, tail, pairing, unordered)) {
      const ofConcepts = byConcepts.get(key) ?? new Map<string, Pair>();
      byConcepts.set(key, ofConcepts);
      const place = `${range.first}-${range.last}`;
      const standing = ofConcepts.get(place);
      if (standing) standing.choices.push(choice);
      else {
        const pair = { sentences: range, choices: [choice] };
        ofConcepts.set(place, pair);
        formed.push(pair);
      }
    }
  }
  if (rules.window === 1) return formed;

  // A pair of concepts that one sentence holds is not another pair in the two sentences around.
  const wider = new Set<Pair>();
  for (const pairs of byConcepts.values()) {
    for (const pair of pairs.values()) {
      if ([...pairs.values()].some((other) => other !== pair && isWithin(other.sentences, pair.sentences)))
        wider.add(pair);
    }
  }
  for (const { choices } of wider) {
    const related = choices.some(({ head, tail }) => relations.between(head, tail).length > 0);
    drops.add('also-within-fewer-sentences', related);
  }
  return formed.filter((pair) => !wider.has(pair));
}

const isWithin = (inner: SentenceRange, outer: SentenceRange): boolean =>
  outer.first <= inner.first && inner.last <= outer.last;

/** Every two mentions that are near enough, sentence by sentence, heads before tails. */
function* mentionPairs(
  document: AnnotatedDocument,
  sentences: readonly Span[],
  rules: Rules,
  relations: StatedRelations,
  drops: DropLog,
): Generator<{ head: Annotation; tail: Annotation; range: SentenceRange; unordered: boolean }> {
  const placed = placeMentions(document.mentions, sentences);
  const types = distinctTypes(rules);
  // Mentions are in the order of the text, and so of the sentences in which they begin.
  const beginningAt = (sentence: number): number => firstWhere(placed, ({ range }) => range.first >= sentence);
  for (let first = 0; first < sentences.length; first++) {
    const near = placed.slice(beginningAt(first), beginningAt(first + rules.window));
    for (const pair of types) {
      const unordered = !rules.directed && (pair === 'any' || pair.head === pair.tail);
      const [heads, tails] =
        pair === 'any'
          ? [near, near]
          : [pair.head, pair.tail].map((type) => near.filter(({ mention }) => mention.type === type));
      if (heads!.length * tails!.length > MOST_PAIRS) {
        const crowd = unordered ? (heads!.length * (heads!.length - 1)) / 2 : heads!.length * tails!.length;
        const related = relations.among(heads!.map(toSide), tails!.map(toSide));
        drops.add('crowded-sentence', true, related);
        drops.add('crowded-sentence', false, crowd - related);
        continue;
      }
      for (const head of heads!) {
        for (const tail of tails!) {
          if (head === tail || (unordered && tail.order < head.order)) continue;
          const range = join(head.range, tail.range);
          if (range.first !== first) continue;
          if (lengthOf(range) <= rules.window) {
            yield { head: head.mention, tail: tail.mention, range, unordered };
          } else {
            // Near enough, were it not that a mention itself runs across sentences.
            drops.add(
              'mention-across-sentences',
              relations.between(sideOf(head.mention), sideOf(tail.mention)).length > 0,
            );
          }
        }
      }
    }
  }
}

/** The type pairs; where direction does not matter, each two types once. */
function distinctTypes({ types, directed }: Pick<Rules, 'types' | 'directed'>): readonly (TypePair | 'any')[] {
  if (types === 'any') return ['any'];
  return types.filter(
    ({ head, tail }, i) =>
      !types.slice(0, i).some((earlier) => {
        const same = earlier.head === head && earlier.tail === tail;
        return same || (!directed && earlier.head === tail && earlier.tail === head);
      }),
  );
}

/** The pairs of concepts that two mentions name, each under a key of its own. */
function* conceptPairs(
  head: Annotation,
  tail: Annotation,
  pairing: 'composites' | 'concepts',
  unordered: boolean,
): Generator<{ key: string; choice: Choice }> {
  const keyOf = (a: string, b: string): string => (unordered && b < a ? `${b}\t${a}` : `${a}\t${b}`);
  if (pairing === 'composites') {
    yield { key: keyOf(head.ids.join('|'), tail.ids.join('|')), choice: { head: sideOf(head), tail: sideOf(tail) } };
    return;
  }
  for (const a of head.ids) {
    for (const b of tail.ids) {
      yield { key: keyOf(a, b), choice: { head: { mention: head, ids: [a] }, tail: { mention: tail, ids: [b] } } };
    }
  }
}
