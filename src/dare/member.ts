/**
 * One member of an ensemble: a classifier fine-tuned on what its arm gives it, and its word on validation and test data.
 *
 * A member that collapses (collapse.ts) is trained again from the next seed, on the same sentences, up to a limit; of several that all collapsed the one
 * of lowest loss is kept. Each try is kept until the member is done, so that an interrupted member goes on with the try it was in.
 */
import { cp, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { fineTuneClassifier } from '../classification/relation-classifier.ts';
import type { ClassifierFineTuning, LabelledSentence } from '../classification/relation-classifier.ts';
import { asRead } from '../corpus/placeholders.ts';
import { chooseThreshold } from '../evaluation/threshold.ts';
import { kindAt, readJson, writeJson } from '../foundation/files.ts';
import type { StreamName } from '../foundation/random.ts';
import type { Device } from '../runtime/device.ts';
import type { EpochRecord, TrainingContext } from '../training/train.ts';
import type { TrainingData } from './arms/arm.ts';
import { checkLearning, describeLosses } from './collapse.ts';
import type { PreparedCorpus } from './prepared-corpus.ts';
import type { TrainingSentence } from './training-sentence.ts';

export interface MemberTraining extends Pick<
  ClassifierFineTuning,
  'base' | 'head' | 'placeholders' | 'addPlaceholderTokens' | 'maxLength' | 'weightDecay' | 'settings' | 'checkpointing'
> {
  readonly corpus: PreparedCorpus;
  readonly data: TrainingData;
  /** How often it is trained anew at most when it collapses. */
  readonly retries: number;
}

export interface TrainedMember {
  readonly history: readonly EpochRecord[];
  readonly threshold: number;
  /** Micro-F1 on validation data at that threshold. */
  readonly validationF1: number;
  /** Probabilities, L in its order, then null. */
  readonly validation: readonly (readonly number[])[];
  readonly test: readonly (readonly number[])[];
  readonly training: MemberRecord;
}

export const memberRecordSchema = z.object({
  /** How often it was trained. */
  attempts: z.int(),
  /** Whether the one that is kept collapsed as well. */
  collapsed: z.boolean(),
  loss: z.number(),
  priorLoss: z.number(),
  spread: z.number(),
});
/** How a member's training went. */
export type MemberRecord = z.infer<typeof memberRecordSchema>;

export const collapseSchema = z.object({
  /** Members that collapsed at least once. */
  members: z.int(),
  /** How often members were trained anew. */
  retrainings: z.int(),
  /** Members that had collapsed when the limit was reached, and vote all the same. */
  remaining: z.int(),
});
/** How much of an ensemble collapsed. */
export type CollapseCounts = z.infer<typeof collapseSchema>;

export function countCollapse(records: readonly MemberRecord[]): CollapseCounts {
  return {
    members: records.filter(({ attempts, collapsed }) => collapsed || attempts > 1).length,
    retrainings: records.reduce((sum, { attempts }) => sum + attempts - 1, 0),
    remaining: records.filter(({ collapsed }) => collapsed).length,
  };
}

/**
 * How much of an ensemble collapsed, for people; undefined where none did.
 * @example describeCollapse({ members: 2, retrainings: 3, remaining: 1 }, 20)
 * // '2 of 20 classifiers learned nothing at first; trained anew (3 times), 1 of them still learned nothing and votes all the same'
 */
export function describeCollapse(
  { members, retrainings, remaining }: CollapseCounts,
  ensemble: number,
): string | undefined {
  if (members === 0) return undefined;
  const nothing = `${members} of ${ensemble} classifiers learned nothing`;
  const all = remaining === 1 ? 'votes all the same' : 'vote all the same';
  if (retrainings === 0) return `${nothing} and ${all}`;
  const anew = `${nothing} at first; trained anew (${retrainings} time${retrainings === 1 ? '' : 's'})`;
  return remaining === 0
    ? `${anew}, ${members === 1 ? 'it' : 'each of them'} learned`
    : `${anew}, ${remaining} of them still learned nothing and ${all}`;
}

const rowsSchema = z.array(z.array(z.number()));
const attemptSchema = z.object({
  history: z.array(
    z.object({ epoch: z.int(), trainingLoss: z.number(), validationLoss: z.number().optional(), updates: z.int() }),
  ),
  validation: rowsSchema,
  test: rowsSchema,
  check: z.object({ loss: z.number(), priorLoss: z.number(), spread: z.number(), collapsed: z.boolean() }),
});
type Attempt = z.infer<typeof attemptSchema>;

/**
 * Trains a member.
 * @param output where its weights go; undefined to keep none.
 * @param context names its first try's random streams, and the folder where unfinished work is kept.
 */
export async function trainMember(
  device: Device,
  options: MemberTraining,
  output: string | undefined,
  context: TrainingContext,
): Promise<TrainedMember> {
  let best: { attempt: Attempt; folder: string } | undefined;
  let attempts = 0;
  while (!best || (best.attempt.check.collapsed && attempts <= options.retries)) {
    const folder = join(context.folder, `attempt-${attempts + 1}`);
    const stream: StreamName[] = attempts === 0 ? [...context.stream] : [...context.stream, 'attempt', attempts];
    const attempt = await finishAttempt(device, options, output !== undefined, { ...context, stream, folder });
    attempts++;
    const { loss, collapsed } = attempt.check;
    if (collapsed) {
      const rest = attempts <= options.retries ? 'trained anew from the next seed' : 'kept (see ensemble.retries)';
      context.monitor.note(`${context.stage}: learned nothing (${describeLosses(attempt.check)}); ${rest}`);
    }
    const isBetter = !best || !collapsed || loss < best.attempt.check.loss;
    const loser = isBetter ? best?.folder : folder;
    if (loser !== undefined) await rm(join(loser, WEIGHTS), { recursive: true, force: true });
    if (isBetter) best = { attempt, folder };
  }
  // A collapsed try counts as finished with its weights beside it, so these stay there until the member is done.
  const weights = join(best.folder, WEIGHTS);
  if (output !== undefined)
    await (best.attempt.check.collapsed ? cp(weights, output, { recursive: true }) : rename(weights, output));
  const { history, validation, test, check } = best.attempt;
  const { threshold, f1 } = chooseThreshold(
    validation,
    options.corpus.validation.map(({ relation }) => relation),
    options.corpus.relations,
  );
  return { history, threshold, validationF1: f1, validation, test, training: { attempts, ...check } };
}

const RESULT = 'result.json';
const WEIGHTS = 'classifier';
const UNFINISHED = 'training';

/** Trains once, or takes the result of a try that collapsed before an interruption. */
async function finishAttempt(
  device: Device,
  { corpus, data, ...options }: MemberTraining,
  keepsWeights: boolean,
  context: TrainingContext,
): Promise<Attempt> {
  const { folder } = context;
  const result = join(folder, RESULT);
  if ((await kindAt(result)) === 'file') return readJson(result, attemptSchema);
  await mkdir(join(folder, UNFINISHED), { recursive: true });

  await rm(join(folder, WEIGHTS), { recursive: true, force: true });
  const { relations } = corpus;
  const forClassifier = (text: string) => asRead(text, corpus.placeholders, options.placeholders);
  const labelled = (sentences: readonly TrainingSentence[]): LabelledSentence[] =>
    sentences.map(({ text, relation, target }) => ({
      text: forClassifier(text),
      label: relation === null ? relations.length : relations.indexOf(relation),
      ...(target && { target }),
    }));
  const training = labelled([...data.gold, ...data.added]);
  const validation = labelled(corpus.validation);
  const { history, probabilities } = await fineTuneClassifier(
    device,
    { ...options, relations, training, validation, ...(data.classWeights && { classWeights: data.classWeights }) },
    [corpus.validation, corpus.test].map((examples) => examples.map(({ text }) => forClassifier(text))),
    keepsWeights ? join(folder, WEIGHTS) : undefined,
    { ...context, folder: join(folder, UNFINISHED) },
  );

  const prior = [...relations, null].map(() => 0);
  for (const { label } of training) prior[label]! += data.classWeights?.[label] ?? 1;
  const [validationRows = [], testRows = []] = probabilities;
  const check = checkLearning(
    validationRows,
    validation.map(({ label }) => label),
    prior,
  );
  const plain = (rows: readonly Float32Array[]) => rows.map((row) => [...row]);
  const attempt = { history: [...history], validation: plain(validationRows), test: plain(testRows), check };
  // Of a try that succeeded the member's own result is made at once.
  if (check.collapsed) {
    await writeJson(result, attempt);
    await rm(join(folder, UNFINISHED), { recursive: true });
  }
  return attempt;
}
