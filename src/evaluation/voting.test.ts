import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Label } from './scores.ts';
import { majorityVote, type Ballot } from './voting.ts';

const L = ['induces', 'treats'];
const ballot = (label: Label, ...probabilities: number[]): Ballot => ({ label, probabilities });

/** Probabilities in sixteenths, whose sums do not depend on their order. */
const sixteenth = fc.nat(16).map((n) => n / 16);
const ballots = fc.array(
  fc.record({ label: fc.constantFrom<Label>(...L, null), probabilities: fc.tuple(sixteenth, sixteenth, sixteenth) }),
  { minLength: 1, maxLength: 12 },
);

describe('majorityVote', () => {
  it.each<[string, Ballot[], Label]>([
    ['the majority', [ballot('treats', 0, 1, 0), ballot('treats', 0, 1, 0), ballot(null, 0, 0, 1)], 'treats'],
    ['null as any label', [ballot('treats', 0, 1, 0), ballot(null, 0, 1, 0), ballot(null, 0, 1, 0)], null],
    ['the more probable of a tie', [ballot('induces', 0.5, 0.25, 0.25), ballot('treats', 0.25, 0.75, 0)], 'treats'],
    ['null in a tie where it is more probable', [ballot('induces', 0.5, 0, 0.5), ballot(null, 0.25, 0, 0.75)], null],
    ['the earlier in L when all is equal', [ballot('treats', 0.5, 0.5, 0), ballot('induces', 0.5, 0.5, 0)], 'induces'],
    ['a relation before null when all is equal', [ballot(null, 0, 0.5, 0.5), ballot('treats', 0, 0.5, 0.5)], 'treats'],
  ])('takes %s', (_, given, label) => {
    expect(majorityVote(given, L)).toBe(label);
  });

  it('has a label that no other outvotes, does not depend on the order of members, and follows one more vote', () => {
    fc.assert(
      fc.property(ballots, (given) => {
        const winner = majorityVote(given, L);
        const votes = (label: Label): number => given.filter((each) => each.label === label).length;
        for (const label of [...L, null]) expect(votes(winner)).toBeGreaterThanOrEqual(votes(label));
        expect(majorityVote(given.toReversed(), L)).toBe(winner);
        expect(majorityVote([...given, { label: winner, probabilities: [0, 0, 0] }], L)).toBe(winner);
      }),
    );
  });

  it('refuses an empty ensemble', () => {
    expect(() => majorityVote([], L)).toThrow(RangeError);
  });
});
