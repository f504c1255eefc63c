/** What an experiment came to, as a file: everything that its tables and figures are made from, and nothing of the machine's folders. */
import { z } from 'zod';
import { ARMS } from '../../dare/arms/arms.ts';
import { CORPORA } from './corpora.ts';
import { TESTED_ON } from '../../corpus/splits.ts';
import { collapseSchema } from '../../dare/member.ts';
import { overallComparisonSchema } from '../../dare/run-scores.ts';
import { reproductionSchema } from './settings.ts';

const interval = z.tuple([z.number(), z.number()]);
const scores = z.object({ precision: z.number(), recall: z.number(), f1: z.number() });

export const cellSchema = z.object({
  id: z.string(),
  corpus: z.enum(CORPORA),
  seed: z.int(),
  positives: z.int().nullable(),
  ratio: z.number(),
  start: z.enum(['adapted', 'vanilla']),
  sizes: z.object({
    train: z.int(),
    trainPositives: z.int(),
    /** Training examples of each relation. */
    relations: z.record(z.string(), z.int()),
    validation: z.int(),
    test: z.int(),
    testPositives: z.int(),
    testedOn: z.enum(TESTED_ON),
  }),
  arms: z.partialRecord(
    z.enum(ARMS),
    scores.extend({
      macroF1: z.number(),
      /** 95% bootstrap interval of F1, by document. */
      interval,
      relations: z.record(z.string(), scores),
      memberF1: z.array(z.number()),
      collapse: collapseSchema,
    }),
  ),
  comparisons: z.array(overallComparisonSchema),
  pools: z.array(z.object({ relation: z.string(), wanted: z.int(), accepted: z.int(), attempts: z.int() })),
});
/** A run's sizes and scores. */
export type CellResult = z.infer<typeof cellSchema>;

const pairSchema = z.object({
  name: z.string(),
  seed: z.int(),
  difference: z.number(),
  interval,
  mcNemar: z.object({ onlyFirst: z.int(), onlySecond: z.int(), pValue: z.number() }),
});
/** DARE in one run compared with DARE in another, on the same test data. */
export type PairResult = z.infer<typeof pairSchema>;

/** Examples of a corpus's own splits, before any is left out. */
const splitSizes = z.object({ examples: z.int(), relations: z.record(z.string(), z.int()) });
const corpusSchema = z.object({ train: splitSizes, development: splitSizes, test: splitSizes });
export type CorpusSizes = z.infer<typeof corpusSchema>;

const machine = z.object({ processor: z.string(), cores: z.int() });
export type Machine = z.infer<typeof machine>;

/** Hashes of what figures come from beside settings (sources.ts). */
const sources = z.object({
  /** How the steps of a run are done. */
  steps: z.string(),
  /** Weights; `random` where there are none to begin with. */
  models: z.object({ generator: z.string(), adapted: z.string(), classifier: z.string() }),
  /** By name; `mesh` is the tree of diseases, where there is one. */
  corpora: z.record(z.string(), z.string()),
});
export type Sources = z.infer<typeof sources>;

export const experimentResultSchema = z.object({
  experiment: z.string(),
  /** Where its runs were done; more than one where some were taken over from an earlier reproduction. */
  machines: z.array(machine).min(1),
  versions: z.object({ dare: z.string(), node: z.string() }),
  settings: reproductionSchema,
  sources,
  /** Cells of the whole experiment; those whose results stand are below. */
  cellsInAll: z.int(),
  corpora: z.partialRecord(z.enum(CORPORA), corpusSchema),
  cells: z.array(cellSchema),
  pairs: z.array(pairSchema),
});
export type ExperimentResult = z.infer<typeof experimentResultSchema>;
