/** Figure 1: how much DARE gains as gold positives grow. All negatives of the training data are kept. */
import type { Arm } from '../../dare/arms/arms.ts';
import { arms } from '../../dare/arms/arms.ts';
import { dareOver, PLAIN, seedsUpTo } from './experiment.ts';
import type { Experiment, Row } from './experiment.ts';
import type { CellResult } from './results.ts';

const COMPARED: readonly Arm[] = ['dare', 'gold', 'balanced-bagging'];

/** The paper's numbers of positives, with F1 of balanced bagging and of DARE. The last is all that CDR has. */
const PAPER = [
  { positives: 50, 'balanced-bagging': 0.38, dare: 0.47 },
  { positives: 250, 'balanced-bagging': 0.42, dare: 0.53 },
  { positives: 500, 'balanced-bagging': 0.55, dare: 0.62 },
  { positives: 1000, 'balanced-bagging': 0.63, dare: 0.68 },
  { positives: 1453, 'balanced-bagging': 0.7, dare: 0.73 },
];
/** A number of positives counts as another size where it is less than this part of all. */
const LESS = 0.9;

/** The paper's numbers, as far as there are so many; null, all that there are, is the last. */
export function positiveCounts(available: number): (number | null)[] {
  return [...PAPER.slice(0, -1).flatMap(({ positives }) => (positives < LESS * available ? positives : [])), null];
}

/** The paper's figures for a number of positives, if it has any: those for all stand beside all that we have where that is more than its last but one. */
function paperFor(cell: CellResult): (typeof PAPER)[number] | undefined {
  if (cell.positives !== null) return PAPER.find(({ positives }) => positives === cell.positives);
  return cell.sizes.trainPositives > PAPER.at(-2)!.positives ? PAPER.at(-1) : undefined;
}

export const figure1: Experiment = {
  id: 'figure1',
  title: 'Figure 1: gold positives',
  groupTitle: 'gold positives',
  caption: 'Micro-F1 on CDR with fewer gold positives and all negatives.',
  corpora: ['cdr'],
  cells: ({ figure1Seeds, positives }) =>
    seedsUpTo(figure1Seeds).flatMap((seed) =>
      positiveCounts(positives).map((count) => ({
        ...PLAIN,
        ...{ id: `figure1/positives-${count ?? 'all'}-seed-${seed}`, corpus: 'cdr' as const, seed, arms: COMPARED },
        positives: count,
      })),
    ),
  rows: (cells) => {
    const counts = [...new Set(cells.map(({ positives }) => positives))].sort(
      (a, b) => (a ?? Infinity) - (b ?? Infinity),
    );
    return counts.flatMap((count) => {
      const own = cells.filter(({ positives }) => positives === count);
      const mean = own.reduce((sum, { sizes }) => sum + sizes.trainPositives, 0) / own.length;
      const paper = paperFor(own[0]!);
      return COMPARED.map((arm): Row => {
        const f1 = arm === 'dare' || arm === 'balanced-bagging' ? paper?.[arm] : undefined;
        return {
          group: count === null ? `all (${Math.round(mean)})` : String(count),
          label: arms[arm].title,
          x: mean,
          paper: f1 === undefined ? undefined : { f1 },
          scores: (cell) => (cell.positives === count ? cell.arms[arm] : undefined),
          comparison: (cell) => (cell.positives === count ? dareOver(cell, arm) : undefined),
        };
      });
    });
  },
};
