/** The answer of a run in a sentence: did synthetic sentences help, by how much, is it noise, and for which relation most. */
import { arms as definitions, type Arm } from '../../dare/arms/arms.ts';
import type { Comparison, RunScores } from '../../dare/run-scores.ts';

export const titleOf = (arm: Arm): string => definitions[arm].title;

export const showF1 = (value: number): string => value.toFixed(3);

export const showSigned = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;

/** A p-value as it is read: two digits, and no zero that is none. */
export const showP = (p: number): string => (p < 0.001 ? '< 0.001' : p < 0.1 ? p.toPrecision(2) : p.toFixed(2));

/** The comparison that the headline is of: with gold only where that was trained, since all else being equal it is the control. */
export function chiefComparison({ comparisons }: RunScores): Comparison | undefined {
  return comparisons.find(({ second }) => second === 'gold') ?? comparisons[0];
}

/** What a comparison allows to say; nothing where most classifiers of one side learned nothing. */
export type Verdict = 'better' | 'worse' | 'open' | 'untrained';

export function verdictOf(scores: RunScores, comparison: Comparison): Verdict {
  if (untrained(scores, comparison).length > 0) return 'untrained';
  const [low, high] = comparison.interval;
  return low > 0 ? 'better' : high < 0 ? 'worse' : 'open';
}

/** One or two sentences, without markup. */
export function headline(scores: RunScores): string {
  const chief = chiefComparison(scores);
  const [first] = Object.entries(scores.arms);
  if (!chief) {
    if (!first) return 'No ensemble was trained.';
    const [arm, { f1, interval }] = first as [Arm, NonNullable<RunScores['arms'][Arm]>];
    return `${titleOf(arm)} reaches F1 ${showF1(f1)} [${interval.map(showF1).join(', ')}]; nothing was trained to compare it with.`;
  }
  const [own, other] = [scores.arms[chief.first]!, scores.arms[chief.second]!];
  const figures =
    `${titleOf(chief.first)} ${showF1(own.f1)} [${own.interval.map(showF1).join(', ')}] against ` +
    `${titleOf(chief.second)} ${showF1(other.f1)}`;
  const difference = `difference ${showSigned(chief.difference)} [${chief.interval.map(showSigned).join(', ')}]`;
  const verdict = {
    better: 'Synthetic sentences help here',
    worse: 'Synthetic sentences hurt here',
    open: 'Whether synthetic sentences help is not settled by this data',
    untrained:
      `Most classifiers of ${untrained(scores, chief).map(titleOf).join(' and of ')} learned nothing, so the figures ` +
      'say nothing of synthetic sentences (take pretrained classifiers, or train longer)',
  }[verdictOf(scores, chief)];
  return `${verdict}: F1 of ${figures} (${difference}; McNemar p ${showP(chief.mcNemar.adjusted).replace(/^(?!<)/, '= ')})${mostOn(scores, chief)}.`;
}

/** The arms of a comparison of which most classifiers learned nothing. */
const untrained = ({ arms }: RunScores, { first, second }: Comparison): Arm[] =>
  [first, second].filter((arm) => 2 * arms[arm]!.collapse.remaining > arms[arm]!.members);

/** Where there are several relations, the one that gained most. */
function mostOn({ arms, relations }: RunScores, { first, second }: Comparison): string {
  if (relations.length < 2) return '';
  const gains = relations.map((relation) => ({
    relation,
    gain: arms[first]!.relations[relation]!.f1 - arms[second]!.relations[relation]!.f1,
  }));
  const most = gains.reduce((best, each) => (each.gain > best.gain ? each : best));
  return most.gain > 0 ? `, most on ${most.relation} (${showSigned(most.gain)})` : ', on no relation better';
}
