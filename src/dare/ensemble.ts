/** The ensemble's word: every member's label under its own threshold, and the majority (Algorithm 1, step 3). */
import type { Label } from '../evaluation/scores.ts';
import { labelOf } from '../evaluation/threshold.ts';
import { majorityVote } from '../evaluation/voting.ts';

/** What a member says of some data. */
export interface MemberVotes {
  readonly threshold: number;
  /** Of each example: L in its order, then null. */
  readonly probabilities: readonly (readonly number[])[];
}

/** The majority's label of each example. */
export function vote(members: readonly MemberVotes[], relations: readonly string[], examples: number): Label[] {
  return Array.from({ length: examples }, (_, index) =>
    majorityVote(
      members.map(({ threshold, probabilities }) => {
        const row = probabilities[index]!;
        return { label: labelOf(row, relations, threshold), probabilities: row };
      }),
      relations,
    ),
  );
}

/** The members' mean probabilities of each example. */
export function meanProbabilities(members: readonly (readonly (readonly number[])[])[]): number[][] {
  const [first = []] = members;
  return first.map((row, index) =>
    row.map((_, place) => members.reduce((sum, member) => sum + member[index]![place]!, 0) / members.length),
  );
}
