/**
 * The training loop.
 *
 * Epochs of batches by length; gradients of `accumulation` batches make one update of AdamW, under a warmed-up, decaying learning
 * rate and clipped to a norm; after each epoch the validation loss, and at the end the weights of the best epoch. What is trained is told
 * by a `TrainingJob`; the loop knows nothing of it but losses.
 */
import { z } from 'zod';
import { hashOf } from '../foundation/hash.ts';
import { RandomStream } from '../foundation/random.ts';
import type { StreamName } from '../foundation/random.ts';
import type { Monitor } from '../foundation/progress.ts';
import type { Feeds, Parameters, TrainingProgram } from '../runtime/device.ts';
import { planEpoch } from './batching.ts';
import { splitBatch } from './micro-batch.ts';
import { learningRateAt } from './schedule.ts';
import type { Schedule } from './schedule.ts';
import { checkBest, loadBest, loadCheckpoint, saveBest, saveCheckpoint } from './training-checkpoint.ts';
import { diverged, runUpdate } from './update.ts';

export interface TrainingSettings {
  readonly epochs: number;
  /** Examples of a batch. */
  readonly batchSize: number;
  /** Examples run at once, where memory does not hold a batch: it is then run in parts (micro-batch.ts). */
  readonly microBatch?: number | undefined;
  /** Batches of an update. */
  readonly accumulation: number;
  readonly learningRate: number;
  /** Part of all updates during which the learning rate rises. */
  readonly warmup: number;
  readonly decay: Schedule['decay'];
  /** Gradients are clipped to this global norm. */
  readonly maxGradientNorm: number;
  /** Which epoch's weights are kept: that with the lowest validation loss, or the last. */
  readonly keep: 'best' | 'last';
}

/** What is trained: examples by number, and what the model is fed for some of them. */
export interface TrainingJob {
  /** Tokens of each example. */
  readonly lengths: readonly number[];
  /** How much each example counts in the mean loss (tokens of a language model, class weight of a classifier). */
  readonly weights: readonly number[];
  /** @param totalWeight the weights of all examples of the update; the loss is a mean over these. */
  feeds(examples: readonly number[], totalWeight: number): Feeds;
  /** The loss on validation data, with the current weights. Left out: the last epoch is kept. */
  validationLoss?(): Promise<number>;
}

export interface TrainingContext {
  /** For people: what is being trained. */
  readonly stage: string;
  readonly seed: number;
  /** Names this training's random streams. */
  readonly stream: readonly StreamName[];
  readonly monitor: Monitor;
  /** Where checkpoints go. */
  readonly folder: string;
  /** Seconds between checkpoints. */
  readonly checkpointSeconds: number;
}

export interface EpochRecord {
  readonly epoch: number;
  readonly trainingLoss: number;
  readonly validationLoss?: number | undefined;
  /** Updates done at the end of the epoch. */
  readonly updates: number;
}

/** How far a training by epochs has come. */
const progressSchema = z.object({
  key: z.string(),
  updates: z.int().min(0),
  /** Mean training loss so far in the running epoch: sum and number of updates. */
  epochLoss: z.object({ sum: z.number(), updates: z.int().min(0) }),
  history: z.array(
    z.object({ epoch: z.int(), trainingLoss: z.number(), validationLoss: z.number().optional(), updates: z.int() }),
  ),
});
type TrainingProgress = z.infer<typeof progressSchema>;

/** Weight decay as is usual for transformers: none on biases and norms. */
export function decayFor(name: string, weightDecay: number): number {
  return name.endsWith('.bias') || /(?:LayerNorm|\.ln_\w+)\.weight$/.test(name) ? 0 : weightDecay;
}

/**
 * Trains; leaves the chosen weights in `parameters`.
 * @returns a record of each epoch.
 * @throws UserError when the loss is no longer finite, or the weights of the best epoch are damaged on disk; Interrupted when the user stops (a checkpoint is
 * then written), unless that was after the last update.
 */
export async function train(
  program: TrainingProgram,
  parameters: Parameters,
  job: TrainingJob,
  settings: TrainingSettings,
  context: TrainingContext,
): Promise<EpochRecord[]> {
  const { monitor, seed, stream, folder, stage } = context;
  const updatesPerEpoch = Math.ceil(Math.ceil(job.lengths.length / settings.batchSize) / settings.accumulation);
  const totalUpdates = updatesPerEpoch * settings.epochs;
  const schedule: Schedule = {
    peak: settings.learningRate,
    totalUpdates,
    warmupUpdates: Math.round(totalUpdates * settings.warmup),
    decay: settings.decay,
  };
  const key = hashOf({
    settings: { ...settings },
    seed,
    stream: [...stream],
    lengths: job.lengths,
    weights: job.weights,
  });
  // The best epoch's weights lie beside the checkpoint, and are needed in the end unless a later epoch is better.
  const check = async ({ history }: TrainingProgress): Promise<void> => {
    if (settings.keep === 'best' && history.length > 0)
      await checkBest(folder, key, history[bestEpoch(history, settings)]!.updates);
  };
  const progress: TrainingProgress = (await loadCheckpoint(
    folder,
    parameters,
    progressSchema,
    key,
    monitor,
    check,
  )) ?? { key, updates: 0, epochLoss: { sum: 0, updates: 0 }, history: [] };
  if (progress.updates > 0) monitor.note(`${stage}: going on from update ${progress.updates} of ${totalUpdates}`);
  program.updates = progress.updates;

  const start = performance.now();
  let savedAt = start;
  let examplesDone = 0;
  while (progress.updates < totalUpdates) {
    const epoch = Math.floor(progress.updates / updatesPerEpoch);
    const batches = planEpoch(job.lengths, settings.batchSize, RandomStream.named(seed, ...stream, 'epoch', epoch));
    for (let index = progress.updates % updatesPerEpoch; index < updatesPerEpoch; index++) {
      const group = batches.slice(index * settings.accumulation, (index + 1) * settings.accumulation);
      const totalWeight = group.flat().reduce((sum, example) => sum + job.weights[example]!, 0);
      const parts = group.flatMap((batch, number) =>
        splitBatch(batch, settings.microBatch, job.lengths).map(({ examples, part }) => ({
          number,
          feeds: () => job.feeds(examples, totalWeight),
          part,
        })),
      );
      const loss = await runUpdate(program, parts, {
        learningRate: learningRateAt(progress.updates, schedule),
        maxGradientNorm: settings.maxGradientNorm,
        maskSeed: [seed, ...stream, 'dropout', progress.updates],
      });
      if (!Number.isFinite(loss)) throw diverged(stage, progress.updates, settings);
      progress.updates++;
      progress.epochLoss.sum += loss;
      progress.epochLoss.updates++;
      examplesDone += group.reduce((sum, batch) => sum + batch.length, 0);
      const seconds = (performance.now() - start) / 1000;
      const figures = { epoch: epoch + 1, loss, 'sentences/s': examplesDone / seconds };
      monitor.report({ kind: 'step', stage, done: progress.updates, total: totalUpdates, figures });
      // The epoch is closed before a checkpoint is written, so that a checkpoint never lacks an epoch's record.
      if (index + 1 === updatesPerEpoch) await endEpoch(epoch, parameters, job, settings, progress, context);
      const isDone = progress.updates === totalUpdates;
      const isDue = performance.now() - savedAt > context.checkpointSeconds * 1000;
      if (!isDone && (isDue || monitor.signal?.aborted)) {
        await saveCheckpoint(folder, parameters, progress);
        savedAt = performance.now();
      }
      // What is finished is written by who asked for it, and stops then: there is no checkpoint to go on from.
      if (!isDone) monitor.checkpoint();
    }
  }
  const best = bestEpoch(progress.history, settings);
  if (best !== progress.history.length - 1) await loadBest(folder, parameters, key, progress.history[best]!.updates);
  return progress.history;
}

async function endEpoch(
  epoch: number,
  parameters: Parameters,
  job: TrainingJob,
  settings: TrainingSettings,
  progress: TrainingProgress,
  { stage, folder }: TrainingContext,
): Promise<void> {
  const validationLoss = await job.validationLoss?.();
  // No epoch would be better than one whose loss is no number.
  if (validationLoss !== undefined && !Number.isFinite(validationLoss))
    throw diverged(stage, progress.updates - 1, settings);
  const trainingLoss = progress.epochLoss.sum / progress.epochLoss.updates;
  progress.history.push({
    epoch: epoch + 1,
    trainingLoss,
    ...(validationLoss !== undefined && { validationLoss }),
    updates: progress.updates,
  });
  progress.epochLoss = { sum: 0, updates: 0 };
  const isLast = epoch + 1 === settings.epochs;
  if (!isLast && settings.keep === 'best' && bestEpoch(progress.history, settings) === epoch) {
    await saveBest(folder, parameters, progress.key, progress.updates);
  }
}

/** The index of the epoch whose weights are kept; the earlier of two equals. */
function bestEpoch(history: readonly EpochRecord[], settings: TrainingSettings): number {
  const losses = history.map((record) => record.validationLoss);
  if (settings.keep === 'last' || losses.some((loss) => loss === undefined)) return history.length - 1;
  return losses.reduce<number>((best, loss, index) => (loss! < losses[best]! ? index : best), 0);
}
