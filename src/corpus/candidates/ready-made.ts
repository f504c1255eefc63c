/**
 * Examples that come ready made, under the rules: sentences whose two mentions the corpus itself marks.
 *
 * Their maker chose the pairs and said which mention is the head. What `auto` leaves to the corpus therefore stays as it is; what a user asks for
 * by name counts here as it does for pairs that are formed.
 */
import type { Example, Mention } from '../example.ts';
import { entanglement, piecesOf } from './anchors.ts';
import type { DropReason } from './drops.ts';
import { AUTO, type CandidateRules } from './rules.ts';

/** The example that is left of one, or why there is none. */
export function readyMade(example: Example, rules: CandidateRules): Example | DropReason {
  const { head, tail, relation } = example;
  const { types, relations, otherRelations } = rules;
  const isOfTypes = types === 'any' || types.some((pair) => pair.head === head.type && pair.tail === tail.type);
  if (!isOfTypes) return 'other-types';
  if (relation === null && rules.sameEntity === 'drop' && isOneEntity(head, tail)) return 'same-entity';
  const tangled = entanglement(head, tail);
  if (tangled && rules[tangled === 'nested-mentions' ? 'nested' : 'overlapping'] === 'drop') return tangled;
  const pieces = Math.max(piecesOf(head).length, piecesOf(tail).length);
  if (pieces > 1 && rules.discontinuous === 'drop') return 'discontinuous-mention';
  if (relation === null || relations === AUTO || relations.includes(relation)) return example;
  return otherRelations === 'null' ? { ...example, relation: null } : 'relation-not-counted';
}

/** A concept in common, or, without concepts, the same words for the same type. */
export function isOneEntity(
  head: Pick<Mention, 'type' | 'text' | 'concepts'>,
  tail: Pick<Mention, 'type' | 'text' | 'concepts'>,
): boolean {
  const [ids, others] = [head.concepts ?? [], tail.concepts ?? []];
  if (ids.length > 0 && others.length > 0) return ids.some((id) => others.includes(id));
  const [words, otherWords] = [head, tail].map(({ text }) => text.replaceAll(/\s+/g, ' ').toLowerCase());
  return head.type === tail.type && words === otherWords;
}
