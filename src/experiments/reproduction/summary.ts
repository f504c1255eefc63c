/** From an experiment's runs to the rows of its table: means over the seeds, beside the paper's figures. */
import type { Arm } from '../../dare/arms/arms.ts';
import { overSeeds } from '../../evaluation/over-seeds.ts';
import type { OverSeeds } from '../../evaluation/over-seeds.ts';
import type { Experiment, Figures, Row } from './experiment.ts';
import type { CellResult, ExperimentResult, PairResult } from './results.ts';

/** DARE's difference in F1 over a row, or a row's over what it is compared with. */
export interface DifferenceOverSeeds extends OverSeeds {
  /** Seeds in which the 95% paired bootstrap interval lies above 0, and below it. */
  readonly better: number;
  readonly worse: number;
  /** Seeds in which McNemar's p, after Holm's correction where several arms are compared, is below 0.05. */
  readonly significant: number;
  /** Seeds in which most classifiers of one of the two learned nothing, so that the difference is none of the sentences. */
  readonly untrained: number;
}

export interface SummaryRow {
  readonly group: string;
  readonly label: string;
  readonly x: number | undefined;
  readonly paper: Figures | undefined;
  /** Undefined where no run has it. */
  readonly ours: { readonly precision: OverSeeds; readonly recall: OverSeeds; readonly f1: OverSeeds } | undefined;
  /** Of DARE over this row, in the same runs. */
  readonly dareOver: DifferenceOverSeeds | undefined;
  /** Of two runs: what the row's `pair` says. */
  readonly pair: DifferenceOverSeeds | undefined;
}

const SIGNIFICANT = 0.05;

/** The rows of an experiment; of what has no results yet, those for which the paper has figures. */
export function summaryOf(experiment: Experiment, { cells, pairs }: ExperimentResult): SummaryRow[] {
  const runsOf = ({ name, seed }: PairResult): CellResult[] => {
    const pair = experiment.pairs?.(cells).find((each) => each.name === name && each.seed === seed);
    return cells.filter(({ id }) => id === pair?.first || id === pair?.second);
  };
  const compared = pairs.map((pair) => ({
    ...pair,
    isUntrained: runsOf(pair).some((cell) => isUntrained(cell, ['dare'])),
  }));
  return experiment.rows(cells).map((row) => ({
    ...{ group: row.group, label: row.label, x: row.x, paper: row.paper },
    ours: scoresOver(row, cells),
    dareOver: differenceOver(
      cells.flatMap((cell) => {
        const comparison = row.comparison?.(cell);
        return comparison
          ? { ...comparison, isUntrained: isUntrained(cell, [comparison.first, comparison.second]) }
          : [];
      }),
    ),
    pair: differenceOver(compared.filter((pair) => row.pair?.(pair) ?? false)),
  }));
}

function scoresOver(row: Row, cells: readonly CellResult[]): SummaryRow['ours'] {
  const scores = cells.flatMap((cell) => row.scores(cell) ?? []);
  if (scores.length === 0) return undefined;
  return {
    precision: overSeeds(scores.map(({ precision = 0 }) => precision)),
    recall: overSeeds(scores.map(({ recall = 0 }) => recall)),
    f1: overSeeds(scores.map(({ f1 }) => f1)),
  };
}

/** Whether most classifiers of one of these ensembles learned nothing. */
export const isUntrained = ({ arms }: CellResult, names: readonly Arm[]): boolean =>
  names.some((name) => {
    const arm = arms[name];
    return arm !== undefined && 2 * arm.collapse.remaining > arm.memberF1.length;
  });

interface Compared {
  readonly isUntrained?: boolean;
  readonly difference: number;
  readonly interval: readonly [number, number];
  readonly mcNemar: { readonly pValue: number; readonly adjusted?: number };
}

function differenceOver(compared: readonly Compared[]): DifferenceOverSeeds | undefined {
  if (compared.length === 0) return undefined;
  return {
    ...overSeeds(compared.map(({ difference }) => difference)),
    better: compared.filter(({ interval }) => interval[0] > 0).length,
    worse: compared.filter(({ interval }) => interval[1] < 0).length,
    untrained: compared.filter((each) => each.isUntrained).length,
    significant: compared.filter(({ mcNemar: { pValue, adjusted = pValue } }) => adjusted < SIGNIFICANT).length,
  };
}
