/** All arms on CDR and ChemProt: does synthetic data help, by how much, and is it more than what costs next to nothing? Not an experiment of the paper. */
import { arms } from '../../dare/arms/arms.ts';
import type { Arm } from '../../dare/arms/arms.ts';
import { publications } from './corpora.ts';
import { dareOver, PLAIN, seedsUpTo } from './experiment.ts';
import type { Experiment, Row } from './experiment.ts';

const CORPORA = ['cdr', 'chemprot'] as const;
const COMPARED: readonly Arm[] = ['dare', 'gold', 'class-weighting', 'balanced-bagging', 'oversampling', 'token-edits'];

export const allArms: Experiment = {
  id: 'arms',
  title: 'All arms',
  groupTitle: 'corpus',
  caption:
    'Precision, recall and micro-F1 of each ensemble. Oversampling and token edits add as many sentences as DARE does.',
  corpora: CORPORA,
  cells: ({ armsSeeds }) =>
    seedsUpTo(armsSeeds).flatMap((seed) =>
      CORPORA.map((corpus) => ({ ...PLAIN, id: `arms/${corpus}-seed-${seed}`, corpus, seed, arms: COMPARED })),
    ),
  rows: () =>
    CORPORA.flatMap((corpus) =>
      COMPARED.map((arm): Row => ({
        ...{ group: publications[corpus].title, label: arms[arm].title },
        scores: (cell) => (cell.corpus === corpus ? cell.arms[arm] : undefined),
        comparison: (cell) => (cell.corpus === corpus ? dareOver(cell, arm) : undefined),
      })),
    ),
};
