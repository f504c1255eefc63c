/** The answer of a run in a sentence or two: did added sentences help, by how much, is it noise, and for which relation most. */
import { arms as definitions, type Arm } from '../../dare/arms/arms.ts';
import type { Comparison, RunScores } from '../../dare/run-scores.ts';
import { showSigned } from '../signed.ts';

export const titleOf = (arm: Arm): string => definitions[arm].title;

export const showF1 = (value: number): string => value.toFixed(3);

/** A p-value as it is read: two digits, and no zero that is none. */
export const showP = (p: number): string => (p < 0.001 ? '< 0.001' : p < 0.1 ? p.toPrecision(2) : p.toFixed(2));

/** "+0.040 [+0.010, +0.070]". */
export const showDifference = ({ difference, interval }: Pick<Comparison, 'difference' | 'interval'>): string =>
  `${showSigned(difference)} [${interval.map((value) => showSigned(value)).join(', ')}]`;

/** "DARE over gold only". */
export const pairTitle = ({ first, second }: Pick<Comparison, 'first' | 'second'>): string =>
  `${titleOf(first)} over ${titleOf(second)}`;

/** What the intervals of differences by relation are. */
export const RELATION_INTERVALS =
  'The intervals of these differences hold for all relations of a comparison together with 95%: ' +
  'each is widened for their number (Bonferroni).';

/** The comparison that the headline begins with: with gold only where that was trained, since all else being equal it is the control. */
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

/** A sentence without markup, and a second one of a pool from elsewhere that stands beside DARE. */
export function headline(scores: RunScores): string {
  const chief = chiefComparison(scores);
  const [arm] = Object.keys(scores.arms) as Arm[];
  if (arm === undefined) return 'No ensemble was trained.';
  if (!chief)
    return `${capital(titleOf(arm))} reaches F1 ${showScored(scores, arm)}; nothing was trained to compare it with.`;
  const ofPool = scores.comparisons.filter(
    (comparison) => comparison !== chief && comparison.first === 'pool' && comparison.second === 'gold',
  );
  return [chief, ...ofPool].map((comparison) => answer(scores, comparison)).join(' ');
}

/** What stands beside gold sentences in an arm that differs from gold only by it. */
const ADDED: Partial<Readonly<Record<Arm, string>>> = { dare: 'synthetic sentences', pool: 'the given sentences' };

function answer(scores: RunScores, comparison: Comparison): string {
  const { first, second, mcNemar } = comparison;
  const verdict = verdictOf(scores, comparison);
  const figures = `F1 of ${titleOf(first)} ${showScored(scores, first)} against ${titleOf(second)} ${showF1(scores.arms[second]!.f1)}`;
  // It asks about all labels: beside a difference in F1 that is not settled, its p would read as if that were.
  const p = showP(mcNemar.adjusted).replace(/^(?!<)/, '= ');
  const test = verdict === 'better' || verdict === 'worse' ? `; McNemar's test over all labels: p ${p}` : '';
  const gain = gainOn(scores, comparison, verdict);
  return `${capital(claim(scores, comparison, verdict))}: ${figures} (difference ${showDifference(comparison)}${test})${gain}.`;
}

/** What a verdict says: of the added sentences where these are all that differs, else of the two arms. */
function claim(scores: RunScores, comparison: Comparison, verdict: Verdict): string {
  const [first, second] = [titleOf(comparison.first), titleOf(comparison.second)];
  const added = comparison.second === 'gold' ? ADDED[comparison.first] : undefined;
  const words =
    added === undefined
      ? {
          better: `${first} is better here than ${second}`,
          worse: `${first} is worse here than ${second}`,
          question: `${first} is better than ${second}`,
          subject: 'which is better',
        }
      : { better: `${added} help here`, worse: `${added} hurt here`, question: `${added} help`, subject: added };
  switch (verdict) {
    case 'better':
    case 'worse':
      return words[verdict];
    case 'open':
      return `whether ${words.question} is not settled by this data`;
    case 'untrained':
      return (
        `most classifiers of ${untrained(scores, comparison).map(titleOf).join(' and of ')} learned nothing, so the figures ` +
        `say nothing of ${words.subject} (take pretrained classifiers, or train longer)`
      );
  }
}

const capital = (text: string): string => text[0]!.toUpperCase() + text.slice(1);

function showScored({ arms }: RunScores, arm: Arm): string {
  const { f1, interval } = arms[arm]!;
  return `${showF1(f1)} [${interval.map(showF1).join(', ')}]`;
}

/** The arms of a comparison of which most classifiers learned nothing. */
const untrained = ({ arms }: RunScores, { first, second }: Comparison): Arm[] =>
  [first, second].filter((arm) => 2 * arms[arm]!.collapse.remaining > arms[arm]!.members);

/** Where there are several relations, the one of most gain, if its interval says that it is one. */
function gainOn({ relations }: RunScores, comparison: Comparison, verdict: Verdict): string {
  if (relations.length < 2 || verdict === 'untrained') return '';
  const gains = relations.map((relation) => ({ relation, ...comparison.relations[relation]! }));
  const most = gains.reduce((best, each) => (each.difference > best.difference ? each : best));
  if (most.interval[0] <= 0) return '';
  return `, ${verdict === 'better' ? 'most' : 'with a gain'} on ${most.relation} (${showDifference(most)})`;
}
