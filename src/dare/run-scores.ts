/**
 * What a run says of its arms: `scores.json`, as one schema.
 *
 * Micro-F1 counts relations; null ("no relation holds") is no class of its own. Intervals are 95% bootstrap intervals, resampled by document;
 * a comparison's are of the paired difference, on the same resamples. Those of the differences by relation hold for all relations together
 * (Bonferroni). Probabilities of an arm are the means over its members.
 */
import { z } from 'zod';
import { ARMS } from './arms/arms.ts';
import { collapseSchema } from './member.ts';

const interval = z.tuple([z.number(), z.number()]);

const precisionRecall = z.object({
  precision: z.number(),
  recall: z.number(),
  f1: z.number(),
  correct: z.int(),
  predicted: z.int(),
  gold: z.int(),
});

const scored = precisionRecall.extend({ interval });

const calibration = z.object({
  bins: z.array(z.object({ confidence: z.number(), accuracy: z.number(), count: z.int() })),
  expectedError: z.number(),
  negativeLogLikelihood: z.number(),
  brierScore: z.number(),
});

export const armScoresSchema = scored.extend({
  macroF1: z.number(),
  relations: z.record(z.string(), scored),
  /** Facts of whole documents, where the corpus states these (CDR's own unit of evaluation). */
  documents: scored.optional(),
  members: z.int(),
  /** Micro-F1 of each member by itself. */
  memberF1: z.array(z.number()),
  thresholds: z.array(z.number()),
  collapse: collapseSchema,
  confusion: z.object({ labels: z.array(z.string().nullable()), counts: z.array(z.array(z.int())) }),
  curve: z.object({
    points: z.array(z.object({ threshold: z.number(), precision: z.number(), recall: z.number(), f1: z.number() })),
    averagePrecision: z.number(),
  }),
  /** Before and after temperature scaling; the temperature is fitted on the validation data. */
  calibration: z.object({ temperature: z.number(), before: calibration, after: calibration }),
});
/** An arm's ensemble on the test data. */
export type ArmScores = z.infer<typeof armScoresSchema>;

const difference = { difference: z.number(), interval };
/** A comparison over all relations. */
export const overallComparisonSchema = z.object({
  first: z.enum(ARMS),
  second: z.enum(ARMS),
  /** Micro-F1 of the first arm minus the second's. */
  ...difference,
  /** Share of the resamples in which the first arm is better; equal ones count half. */
  firstIsBetter: z.number(),
  /** Of the labels, null included: exact, two-sided; `adjusted` by Holm's correction over the comparisons. */
  mcNemar: z.object({ onlyFirst: z.int(), onlySecond: z.int(), pValue: z.number(), adjusted: z.number() }),
  /** The same difference in facts of whole documents. */
  documents: z.object(difference).optional(),
});
export type OverallComparison = z.infer<typeof overallComparisonSchema>;

const comparisonSchema = overallComparisonSchema.extend({
  /** The difference in F1 of each relation; its intervals hold together with 95%. */
  relations: z.record(z.string(), z.object(difference)),
});
export type Comparison = z.infer<typeof comparisonSchema>;

export const runScoresSchema = z.object({
  /** What micro-F1 counts, for people. */
  definition: z.string(),
  relations: z.array(z.string()),
  arms: z.partialRecord(z.enum(ARMS), armScoresSchema),
  /** DARE, or the arm that stands for it, with each of the others (compare-arms.ts). */
  comparisons: z.array(comparisonSchema),
});
/** A run's scores, as in its `scores.json`. */
export type RunScores = z.infer<typeof runScoresSchema>;

export const predictionSchema = z.object({
  id: z.string(),
  document: z.string(),
  relation: z.string().nullable(),
  predicted: z.partialRecord(z.enum(ARMS), z.string().nullable()),
  /** L in its order, then null. */
  probabilities: z.partialRecord(z.enum(ARMS), z.array(z.number())),
});
/** What the arms say of a test example: a line of `predictions.jsonl`. */
export type Prediction = z.infer<typeof predictionSchema>;
