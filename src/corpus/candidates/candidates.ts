/**
 * From a document's annotations to examples.
 *
 * A corpus says which concepts are related somewhere in a document, or which mentions, or lists the pairs that were
 * judged. `pairing.ts` finds the pairs that are near enough, `relations.ts` what the document says about them; here
 * the rules decide what becomes an example. Every pair that does not is counted under its reason.
 */
import type { AnnotatedDocument, AnnotatedPair, Annotation, Span } from '../document.ts';
import type { Example } from '../example.ts';
import { splitSentences } from '../sentences.ts';
import { UserError } from '../../foundation/errors.ts';
import { entanglement, piecesOf } from './anchors.ts';
import type { DropLog, DropReason } from './drops.ts';
import { MarkedStretches } from './marked-stretches.ts';
import { allows, formPairs, listedPairs, pairingOf, type Choice, type Pair } from './pairing.ts';
import { StatedRelations, type PairRelation } from './relations.ts';
import { isOneEntity } from './ready-made.ts';
import { AUTO, type CandidateRules, type SentenceSource } from './rules.ts';

/**
 * The examples of one document, in the order of its text, one after the other: a document may have more of them than memory should hold. Ids are those of
 * listed pairs, or else `document:sentence:n`.
 * @param drops gets what does not become an example.
 * @returns how many sentences there are.
 */
export function* candidatesOf(
  document: AnnotatedDocument,
  rules: CandidateRules,
  drops: DropLog,
): Generator<Example, number> {
  const sentences = sentencesOf(document, rules.sentences);
  const relations = new StatedRelations(document, rules.directed);
  const pairing = pairingOf(document, rules.pairs);
  const pairs =
    pairing === 'listed'
      ? listedPairs(document, sentences, rules, drops)
      : formPairs(document, sentences, pairing, rules, relations, drops);
  const stretches = new MarkedStretches(document, sentences);
  let examples = 0;
  for (const pair of pairs) {
    const { related, verdict } = judge(pair, rules, relations);
    drops.add('repeated-pair', related, pair.choices.length - 1);
    if (typeof verdict === 'string') {
      drops.add(verdict, related);
      continue;
    }
    for (const relation of verdict.labels) {
      yield {
        id: pair.listed?.id ?? `${document.id}:${pair.sentences.first}:${examples}`,
        document: document.id,
        ...stretches.marked(pair.sentences, verdict.choice),
        relation,
      };
      examples++;
    }
  }
  for (const { head, tail, between } of relations.notFound()) {
    drops.add(reasonNotFound(document, rules, between, head, tail), true);
  }
  return sentences.length;
}

/** The document's sentences. @throws UserError where they are to be the format's own and it gives none. */
function sentencesOf(document: AnnotatedDocument, source: SentenceSource | typeof AUTO): readonly Span[] {
  if (document.sentences && (source === AUTO || source === 'given')) return document.sentences;
  if (source === 'given') {
    throw new UserError('the format gives no sentences', {
      where: `document ${document.id}`,
      remedy: 'choose a rule for sentences: plain or unicode',
    });
  }
  const { text, passages: within, mentions } = document;
  return splitSentences(text, { rule: source === AUTO ? 'plain' : source, within, mentions });
}

interface Judgement {
  /** Whether the document relates the two at all. */
  related: boolean;
  /** The mentions to mark and the labels to give, one example each; or why there is none. */
  verdict: { choice: Choice; labels: (string | null)[] } | DropReason;
}

function judge({ choices, listed }: Pair, rules: CandidateRules, relations: StatedRelations): Judgement {
  const ofChoice = choices.map(({ head, tail }) => relations.between(head, tail));
  const stated = listed ? listedRelations(listed) : distinct(ofChoice.flat());
  const related = stated.length > 0;
  const [first] = choices as [Choice];
  if (!related && isSameEntity(first) && !keepsSameEntity(rules, listed !== undefined)) {
    return { related, verdict: 'same-entity' };
  }
  const usable = choices.filter((choice) => hindrance(choice, rules) === undefined);
  if (usable.length === 0) return { related, verdict: hindrance(first, rules)! };

  const counted = stated.filter(({ type, evaluated }) =>
    rules.relations === AUTO ? evaluated : rules.relations.includes(type),
  );
  if (related && counted.length === 0 && rules.otherRelations === 'drop') {
    return { related, verdict: 'relation-not-counted' };
  }
  if (counted.length > 1 && rules.severalRelations === 'drop') return { related, verdict: 'several-relations' };
  if (counted.length === 0 && isBroader(first, rules, relations)) return { related, verdict: 'broader-concept' };

  const given = rules.severalRelations === 'each' ? counted : counted.slice(0, 1);
  // Of several choices, one where the mentions themselves are related.
  const choice = usable.find((each) => ofChoice[choices.indexOf(each)]!.length > 0) ?? usable[0]!;
  return { related, verdict: { choice, labels: given.length > 0 ? given.map(({ type }) => type) : [null] } };
}

const listedRelations = ({ relation }: AnnotatedPair): PairRelation[] =>
  relation === null ? [] : [{ type: relation, evaluated: true }];

/** Each type once, evaluated where any of its kind is. */
function distinct(relations: readonly PairRelation[]): PairRelation[] {
  const types = [...new Set(relations.map(({ type }) => type))];
  return types.map((type) => ({ type, evaluated: relations.some((each) => each.type === type && each.evaluated) }));
}

/** Why two mentions cannot be marked, under the rules. */
function hindrance({ head, tail }: Choice, rules: CandidateRules): DropReason | undefined {
  const tangled = entanglement(head.mention, tail.mention);
  if (tangled && rules[tangled === 'nested-mentions' ? 'nested' : 'overlapping'] !== 'keep') return tangled;
  const pieces = Math.max(piecesOf(head.mention).length, piecesOf(tail.mention).length);
  return pieces > 1 && rules.discontinuous === 'drop' ? 'discontinuous-mention' : undefined;
}

const isSameEntity = ({ head, tail }: Choice): boolean =>
  isOneEntity({ ...head.mention, concepts: [...head.ids] }, { ...tail.mention, concepts: [...tail.ids] });

const keepsSameEntity = ({ sameEntity: rule }: CandidateRules, listed: boolean): boolean =>
  rule === AUTO ? listed : rule === 'keep';

/** Whether a concept of an unrelated pair is broader than one that is related to the other. */
function isBroader(
  { head, tail }: Choice,
  { meshTree, hypernyms }: CandidateRules,
  relations: StatedRelations,
): boolean {
  if (!meshTree) return false;
  const broader = (side: 'head' | 'tail', own: readonly string[], other: readonly string[]): boolean => {
    if (hypernyms !== side && hypernyms !== 'both') return false;
    const related = relations.partnersOf(other, side);
    return own.some((concept) => related.some((narrower) => meshTree.isBroader(concept, narrower)));
  };
  return broader('tail', tail.ids, head.ids) || broader('head', head.ids, tail.ids);
}

/** Why no pair has a relation that the document states. */
function reasonNotFound(
  { mentions }: AnnotatedDocument,
  rules: CandidateRules,
  between: 'concepts' | 'mentions',
  head: string,
  tail: string,
): DropReason {
  const named = (name: string): Annotation[] =>
    mentions.filter(({ id, ids }) => (between === 'mentions' ? id === name : ids.includes(name)));
  const [heads, tails] = [named(head), named(tail)];
  if (heads.length === 0 || tails.length === 0) return 'relation-without-mention';
  const allowed = heads.some((a) => tails.some((b) => allows(rules, a.type, b.type)));
  return allowed ? 'relation-beyond-window' : 'relation-of-other-types';
}
