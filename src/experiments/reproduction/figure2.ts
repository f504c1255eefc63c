/**
 * Figure 2: whether more synthetic sentences help. The paper's ratios cannot be read from its text; ours go from half a sentence to five for each gold one.
 *
 * All ratios draw from the same pools, filled for the largest, so that nothing but their number differs.
 */
import { arms } from '../../dare/arms/arms.ts';
import { dareOver, PLAIN, seedsUpTo } from './experiment.ts';
import type { Experiment, Row } from './experiment.ts';
import { positiveCounts } from './figure1.ts';

export const RATIOS = [0.5, 1, 2, 3, 5];
const POSITIVES = 1000;
const BASELINES = ['gold', 'balanced-bagging'] as const;

const idOf = (ratio: number, seed: number): string => `figure2/ratio-${ratio}-seed-${seed}`;
const pairName = (ratio: number): string => `ratio ${ratio} over 1`;

export const figure2: Experiment = {
  id: 'figure2',
  title: 'Figure 2: synthetic sentences for each gold one',
  groupTitle: 'ratio',
  caption:
    'Micro-F1 on CDR, with 1,000 gold positives where there are more, by the number of synthetic sentences for each gold positive. In the paper F1 lies between 0.62 and 0.68, and more does not necessarily help.',
  corpora: ['cdr'],
  cells: ({ seeds, positives }) =>
    seedsUpTo(seeds).flatMap((seed) =>
      RATIOS.map((ratio) => ({
        ...PLAIN,
        ...{ id: idOf(ratio, seed), corpus: 'cdr' as const, seed, arms: ['dare', ...BASELINES] as const, ratio },
        poolRatio: Math.max(...RATIOS),
        positives: positiveCounts(positives).includes(POSITIVES) ? POSITIVES : null,
      })),
    ),
  pairs: (cells) =>
    cells
      .filter(({ ratio }) => ratio !== 1)
      .map(({ id, ratio, seed }) => ({ name: pairName(ratio), seed, first: id, second: idOf(1, seed) })),
  pairMeaning: 'its ratio over 1',
  rows: () => [
    ...BASELINES.map((arm): Row => ({
      ...{ group: 'none', label: arms[arm].title, x: 0 },
      scores: (cell) => (cell.ratio === 1 ? cell.arms[arm] : undefined),
      comparison: (cell) => (cell.ratio === 1 ? dareOver(cell, arm) : undefined),
    })),
    ...RATIOS.map((ratio): Row => ({
      ...{ group: String(ratio), label: arms.dare.title, x: ratio },
      scores: (cell) => (cell.ratio === ratio ? cell.arms.dare : undefined),
      pair: ({ name }) => name === pairName(ratio),
    })),
  ],
};
