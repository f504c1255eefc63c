/** The ensemble's label: what most of its members say. */
import type { Label } from './scores.ts';
import type { Probabilities } from './threshold.ts';

/** One member's word on one example. */
export interface Ballot {
  /** Its label, under its own threshold. */
  label: Label;
  /** Its probabilities: L in its order, then null. */
  probabilities: Probabilities;
}

/**
 * The majority's label, null counting as a label. A tie goes to the label with the higher probability, summed over
 * all members; then to the order of L, null last.
 * @throws RangeError without ballots.
 */
export function majorityVote(ballots: readonly Ballot[], relations: readonly string[]): Label {
  if (ballots.length === 0) throw new RangeError('an ensemble needs at least one member');
  const labels: Label[] = [...relations, null];
  let winner: { label: Label; votes: number; probability: number } | undefined;
  for (const [place, label] of labels.entries()) {
    const votes = ballots.filter((ballot) => ballot.label === label).length;
    const probability = ballots.reduce((sum, ballot) => sum + ballot.probabilities[place]!, 0);
    if (!winner || votes > winner.votes || (votes === winner.votes && probability > winner.probability)) {
      winner = { label, votes, probability };
    }
  }
  return winner!.label;
}
