/** The ensemble's word: every member's label under its own threshold, the majority, and its scores (Algorithm 1, step 3). */
import { bootstrapDifference, bootstrapF1 } from '../evaluation/bootstrap.ts';
import { mcNemarTest } from '../evaluation/mcnemar.ts';
import type { McNemarResult } from '../evaluation/mcnemar.ts';
import { score } from '../evaluation/scores.ts';
import type { Label, Scores } from '../evaluation/scores.ts';
import { labelOf } from '../evaluation/threshold.ts';
import { majorityVote } from '../evaluation/voting.ts';

/** What a member says of the test data. */
export interface MemberVotes {
  readonly threshold: number;
  /** Of each test example: L in its order, then null. */
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

export interface ArmScores extends Scores {
  readonly members: number;
  /** 95% bootstrap interval of micro-F1, resampled by document. */
  readonly interval: readonly [number, number];
  /** Micro-F1 of each member by itself. */
  readonly memberF1: readonly number[];
}

export interface GoldData {
  readonly labels: readonly Label[];
  readonly documents: readonly string[];
  readonly relations: readonly string[];
}

export function scoreArm(
  members: readonly MemberVotes[],
  gold: GoldData,
  seed: number,
): { predicted: Label[]; scores: ArmScores } {
  const { labels, documents, relations } = gold;
  const predicted = vote(members, relations, labels.length);
  const { interval } = bootstrapF1(labels, predicted, { documents, seed });
  const memberF1 = members.map((member) => score(labels, vote([member], relations, labels.length), relations).f1);
  return { predicted, scores: { ...score(labels, predicted, relations), members: members.length, interval, memberF1 } };
}

export interface Comparison {
  /** Micro-F1 of the first arm minus the second's. */
  readonly difference: number;
  /** 95% paired bootstrap interval of the difference, by document. */
  readonly interval: readonly [number, number];
  /** Exact two-sided McNemar test of the labels, null included. */
  readonly mcNemar: McNemarResult;
}

/** How one arm's predictions compare with another's. */
export function compareArms(
  gold: GoldData,
  first: readonly Label[],
  second: readonly Label[],
  seed: number,
): Comparison {
  const { difference, interval } = bootstrapDifference(gold.labels, second, first, { documents: gold.documents, seed });
  const right = (predicted: readonly Label[]) => predicted.map((label, index) => label === gold.labels[index]);
  return { difference, interval, mcNemar: mcNemarTest(right(first), right(second)) };
}
