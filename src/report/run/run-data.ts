/**
 * All that a run's report shows, read from the run's folder: scores, predictions, pools beside gold, losses, times.
 *
 * Figures that stand in files are taken as they are; what is worked out here (quality of the pools, shared spans) is a function of these files.
 */
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import type { TESTED_ON } from '../../corpus/splits.ts';
import { ARMS, type Arm } from '../../dare/arms/arms.ts';
import type { Learned } from '../../dare/learned-from.ts';
import { filterMaterial } from '../../dare/pool-filters.ts';
import { readPreparedCorpus, type PreparedCorpus } from '../../dare/prepared-corpus.ts';
import { predictionSchema, runScoresSchema, type Prediction, type RunScores } from '../../dare/run-scores.ts';
import { openRun, type FinishedRun } from '../../deployment/finished-run.ts';
import { kindAt, readJson, readText } from '../../foundation/files.ts';
import { readAllJsonLines } from '../../foundation/json-lines.ts';
import { measureQuality, type Quality } from '../../generation/quality/quality.ts';
import { CONFIGURATION_FILE } from '../../tasks/run-index.ts';
import { LOG_FILE, readRunLog, type RunLog } from '../../tasks/run-log.ts';
import type { DataFindings } from '../inspection-sections.ts';
import { inspectData } from './data-inspection.ts';
import { sharedSpan, type SharedSpan } from './shared-span.ts';

/** A synthetic sentence beside gold. */
export interface ShownSentence {
  readonly text: string;
  /** 4-grams that gold does not have, as a part of all. */
  readonly novelty: number;
  /** Words of the longest stretch that any one gold sentence has too. */
  readonly longestCopy: number;
  /** The gold sentence that it resembles most, how much (0 to 1), and the longest stretch of both. */
  readonly nearest:
    { readonly text: string; readonly similarity: number; readonly shared: SharedSpan | undefined } | undefined;
}

export interface PoolReport {
  readonly relation: string;
  /** Its sentences are from elsewhere (`--pool`). */
  readonly given: boolean;
  readonly gold: number;
  readonly wanted: number;
  readonly accepted: number;
  readonly missing: number;
  readonly attempts: number;
  /** Sentences by verdict, the accepted ones too. */
  readonly counts: Readonly<Record<string, number>>;
  readonly quality: Quality;
  /** The first accepted sentences, in the order in which they were written: no choice of the best. */
  readonly shown: readonly ShownSentence[];
  /** Some that were dropped, by reason. */
  readonly dropped: Readonly<Record<string, readonly string[]>>;
}

export interface MemberReport {
  readonly arm: Arm;
  /** Of the ensemble, from 1. */
  readonly number: number;
  readonly epochs: readonly {
    readonly epoch: number;
    readonly trainingLoss: number;
    readonly validationLoss?: number | undefined;
  }[];
}

export interface GeneratorReport {
  /** Its relation, or "shared" where one is for all. */
  readonly name: string;
  readonly epochs: readonly { readonly epoch: number; readonly trainingLoss: number }[];
}

export interface RunReport {
  readonly name: string;
  readonly folder: string;
  readonly run: FinishedRun;
  /** The whole configuration, as YAML. */
  readonly configuration: string;
  readonly corpus: PreparedCorpus;
  readonly scores: RunScores;
  readonly predictions: readonly Prediction[];
  readonly pools: readonly PoolReport[];
  readonly members: readonly MemberReport[];
  /** Those of which the losses were kept. */
  readonly generators: readonly GeneratorReport[];
  /** What is odd about the data. */
  readonly findings: DataFindings;
  /** What was done, on what, and how long it took, of all sessions of the run. */
  readonly log: RunLog;
}

/** What a pool goes by. */
export const poolTitle = ({ relation, given }: Pick<PoolReport, 'relation' | 'given'>): string =>
  given ? `${relation}, given` : relation;

const SHOWN_ACCEPTED = 12;
const SHOWN_DROPPED = 3;

const summarySchema = z.object({
  wanted: z.int(),
  accepted: z.int(),
  missing: z.int(),
  attempts: z.int(),
  counts: z.record(z.string(), z.int()),
});
const sentenceSchema = z.object({ text: z.string(), verdict: z.string() });
const historySchema = z.array(
  z.object({ epoch: z.int(), trainingLoss: z.number(), validationLoss: z.number().optional() }),
);

/** Reads a finished run. @throws UserError where the folder holds none, or one of another version. */
export async function readRunReport(folder: string): Promise<RunReport> {
  const run = await openRun(folder);
  const corpus = await readPreparedCorpus(run.index.corpus);
  const from = run.configuration.generator.shared ? 'all' : 'own';
  const pools = [
    ...Object.entries(run.index.pools).map(([relation, path]) =>
      readPool({ relation, given: false }, path, corpus, from),
    ),
    ...Object.entries(run.index.given).map(([relation, path]) =>
      readPool({ relation, given: true }, path, corpus, 'own'),
    ),
  ];
  return {
    name: basename(resolve(folder)),
    folder,
    run,
    configuration: await readText(join(folder, CONFIGURATION_FILE)),
    corpus,
    scores: await readJson(join(folder, 'scores.json'), runScoresSchema),
    predictions: await readAllJsonLines(join(folder, 'predictions.jsonl'), predictionSchema),
    pools: await Promise.all(pools),
    members: await readMembers(run),
    generators: await readGenerators(run),
    findings: await inspectData(run, corpus),
    log: await readRunLog(join(folder, LOG_FILE)),
  };
}

async function readPool(
  { relation, given }: Pick<PoolReport, 'relation' | 'given'>,
  path: string,
  corpus: PreparedCorpus,
  from: Learned,
): Promise<PoolReport> {
  const summary = await readJson(join(path, 'summary.json'), summarySchema);
  const sentences = await readAllJsonLines(join(path, 'sentences.jsonl'), sentenceSchema);
  const { placeholders, own: gold, learned } = filterMaterial(corpus, relation, from);
  const accepted = sentences.flatMap(({ text, verdict }) => (verdict === 'accepted' ? text : []));
  const quality = measureQuality(accepted, gold, { learned, placeholders });
  const shown = accepted.slice(0, SHOWN_ACCEPTED).map((text, index): ShownSentence => {
    const { nearestGold, novelty, longestCopy } = quality.bySentence[index]!;
    if (!nearestGold) return { text, novelty, longestCopy, nearest: undefined };
    const gold = learned[nearestGold.index]!;
    const nearest = { text: gold, similarity: nearestGold.similarity, shared: sharedSpan(text, gold) };
    return { text, novelty, longestCopy, nearest };
  });
  const dropped: Record<string, string[]> = {};
  for (const { text, verdict } of sentences) {
    if (verdict === 'accepted') continue;
    const ofReason = (dropped[verdict] ??= []);
    if (ofReason.length < SHOWN_DROPPED) ofReason.push(text);
  }
  return { relation, given, gold: gold.length, ...summary, quality, shown, dropped };
}

async function readMembers({ index }: FinishedRun): Promise<MemberReport[]> {
  const members = ARMS.flatMap((arm) => (index.members[arm] ?? []).map((path, i) => ({ arm, number: i + 1, path })));
  return Promise.all(
    members.map(async ({ arm, number, path }) => ({
      ...{ arm, number },
      epochs: await readJson(join(path, 'history.json'), historySchema),
    })),
  );
}

/** A result whose weights were deleted keeps its losses; one of a store that was cleaned may be gone. */
async function readGenerators({ index, configuration }: FinishedRun): Promise<GeneratorReport[]> {
  const { shared } = configuration.generator;
  const found = Object.entries(index.generators).slice(0, shared ? 1 : undefined);
  const reports = await Promise.all(
    found.map(async ([relation, path]) => {
      const history = join(path, 'history.json');
      if ((await kindAt(history)) !== 'file') return [];
      return [{ name: shared ? 'shared' : relation, epochs: await readJson(history, historySchema) }];
    }),
  );
  return reports.flat();
}

/** Where the scored data comes from, in words. */
export const TESTED_ON_WORDS: Readonly<Record<(typeof TESTED_ON)[number], string>> = {
  test: 'test data',
  development: 'development data, since the corpus has no test data here',
  'held-out training documents': 'documents held out of the training data',
  'held-out training examples': 'sentences held out of the training data',
};
