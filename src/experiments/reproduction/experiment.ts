/**
 * An experiment of the paper as data: which runs it consists of, and how their scores become the rows of its table.
 *
 * A cell is one run: a corpus, a seed, and what is varied. Cells say nothing of how things are done; what two cells have in common is found by the
 * runs' tasks, so that an experiment shares all it can with any other.
 */
import type { Arm } from '../../dare/arms/arms.ts';
import type { OverallComparison } from '../../dare/run-scores.ts';
import type { CorpusName } from './corpora.ts';
import type { CellResult, PairResult } from './results.ts';

/** Which model generators start from: one that first learned from text of the field, or one that did not. */
export type Start = 'adapted' | 'vanilla';

export interface Cell {
  /** Names the run, and its folder; a cell that several experiments have goes by the same name. */
  readonly id: string;
  readonly corpus: CorpusName;
  readonly seed: number;
  readonly arms: readonly Arm[];
  /** Gold positives kept; all when null. */
  readonly positives: number | null;
  readonly ratio: number;
  /** Largest ratio of cells that are to draw from the same pools. */
  readonly poolRatio: number;
  readonly start: Start;
}

/** What a cell's settings are unless an experiment varies them. */
export const PLAIN = { positives: null, ratio: 1, poolRatio: 1, start: 'adapted' } as const;

/** What is known before an experiment's cells are. */
export interface Circumstances {
  readonly seeds: number;
  readonly figure1Seeds: number;
  readonly armsSeeds: number;
  /** Positives that CDR's training data has, in the seed that has fewest. */
  readonly positives: number;
}

export interface Figures {
  readonly precision?: number;
  readonly recall?: number;
  readonly f1: number;
}

/** A row of an experiment's table: how the runs of all seeds are asked for it. */
export interface Row {
  /** What it is within: a corpus, a number of positives, a relation. */
  readonly group: string;
  readonly label: string;
  /** Where it stands in a figure. */
  readonly x?: number;
  /** What the paper has for it. */
  readonly paper?: Figures | undefined;
  readonly scores: (cell: CellResult) => Figures | undefined;
  /** DARE's comparison with it in the same run. */
  readonly comparison?: (cell: CellResult) => OverallComparison | undefined;
  /** A comparison of two runs. */
  readonly pair?: (pair: PairResult) => boolean;
}

/** Two runs of one seed, scored on the same test data, that are compared. */
export interface Pair {
  /** What the first has that the second has not. */
  readonly name: string;
  readonly seed: number;
  readonly first: string;
  readonly second: string;
}

/** DARE's comparison with another arm of a run, where that has both. */
export const dareOver = ({ comparisons }: CellResult, arm: Arm): OverallComparison | undefined =>
  comparisons.find(({ first, second }) => first === 'dare' && second === arm);

export interface Experiment {
  readonly id: string;
  readonly title: string;
  /** What the group of a row is. */
  readonly groupTitle: string;
  /** What is shown, and what the paper did. */
  readonly caption: string;
  readonly corpora: readonly CorpusName[];
  cells(circumstances: Circumstances): Cell[];
  pairs?(cells: readonly Pick<Cell, 'id' | 'seed' | 'ratio' | 'start'>[]): Pair[];
  /** What the comparison of runs in a row of DARE's own is. */
  readonly pairMeaning?: string;
  /** @param cells results that there are, of any number of seeds. */
  rows(cells: readonly CellResult[]): Row[];
}

/** 1, 2, …, n. */
export const seedsUpTo = (n: number): number[] => Array.from({ length: n }, (_, index) => index + 1);
