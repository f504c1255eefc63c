/**
 * The training loop over an endless stream of batches, for as long as a budget of tokens or of time lasts.
 *
 * All that varies over the training is a function of the part of the budget used: the learning rate, which is 0 when the budget is spent, and the points of the
 * learning curve. Of a token budget that part is the same in every run; of a time budget it depends on the machine, so that only
 * the part already used, kept in the checkpoint, is carried over an interruption. An interrupted training by tokens ends, on the same
 * device with as many threads, with the bytes of an uninterrupted one: batches are found by their position in the stream, all else random by the number of the update.
 */
import { z } from 'zod';
import { Interrupted } from '../foundation/errors.ts';
import type { Parameters, TrainingProgram } from '../runtime/device.ts';
import { learningRateOfBudget } from './schedule.ts';
import type { BudgetSchedule } from './schedule.ts';
import type { TrainingContext } from './train.ts';
import { loadCheckpoint, saveCheckpoint } from './training-checkpoint.ts';
import { diverged, runUpdate } from './update.ts';
import type { UpdateBatch } from './update.ts';

export interface BudgetSettings {
  /** Batches of an update. */
  readonly accumulation: number;
  readonly schedule: BudgetSchedule;
  /** Gradients are clipped to this global norm. */
  readonly maxGradientNorm: number;
  /** The training ends when either is used up; at least one is given. */
  readonly budget: { readonly tokens?: number | undefined; readonly seconds?: number | undefined };
  /** Evenly spaced over the budget; there is one more at the start. */
  readonly evaluations: number;
}

/** A batch of the stream. */
export interface StreamBatch<P> {
  /** Tokens in it, without padding. */
  readonly tokens: number;
  /** How much it counts in the mean loss of its update: the tokens it predicts. */
  readonly weight: number;
  /** What is run for it, one after the other. @param totalWeight the weights of all batches of the update; the loss is a mean over these. */
  parts(totalWeight: number): readonly Omit<UpdateBatch, 'number'>[];
  /** The position of the batch behind it. */
  readonly next: P;
}

const figuresSchema = z.record(z.string(), z.number());
export const curvePointSchema = z.object({
  update: z.int(),
  tokens: z.int(),
  seconds: z.number(),
  learningRate: z.number(),
  /** Mean training loss since the point before; absent at the start. */
  loss: z.number().optional(),
  /** What `evaluate` gave, at every point that is an evaluation. */
  heldOut: figuresSchema.optional(),
});
/** A point of the learning curve. */
export type CurvePoint = z.infer<typeof curvePointSchema>;

/** What is trained. @typeParam P a position in the stream, plain data. */
export interface StreamJob<P> {
  readonly start: P;
  readonly position: z.ZodType<P>;
  /** Batches from a position on, without end. */
  batches(from: P): AsyncGenerator<StreamBatch<P>>;
  /**
   * Figures on held-out text, with the current weights. It must leave no trace in the training, and may throw Interrupted.
   * @param onProgress is told how far it is, in figures to show.
   */
  evaluate(
    update: number,
    onProgress: (figures: Record<string, number>) => void,
  ): Promise<Readonly<Record<string, number>>>;
  /** The curve has grown. */
  record(curve: readonly CurvePoint[]): Promise<void>;
}

export interface BudgetOutcome {
  readonly updates: number;
  readonly tokens: number;
  /** Time used, evaluations included, interruptions not. */
  readonly seconds: number;
  readonly curve: readonly CurvePoint[];
}

/** Points of the curve from one evaluation to the next. */
const POINTS_PER_EVALUATION = 10;

/** The part of a time budget from which it is told of that measuring takes it: there it counts as time used. */
const NOTED_MEASURING = 0.1;

/**
 * Trains until the budget is used.
 * @param key hash of everything the training depends on; a checkpoint of another key is not used.
 * @throws UserError when the loss is no longer finite; Interrupted when the user stops (a checkpoint is then written).
 */
export async function trainByBudget<P>(
  program: TrainingProgram,
  parameters: Parameters,
  job: StreamJob<P>,
  settings: BudgetSettings,
  key: string,
  context: TrainingContext,
): Promise<BudgetOutcome> {
  const { monitor, seed, stream, folder, stage } = context;
  const { budget, schedule } = settings;
  const progressSchema = z.object({
    key: z.string(),
    updates: z.int().min(0),
    tokens: z.int().min(0),
    seconds: z.number().min(0),
    position: job.position,
    /** Training loss since the last point of the curve. */
    recent: z.object({ loss: z.number(), updates: z.int().min(0) }),
    /** Number of the next point. */
    nextPoint: z.int().min(0),
    curve: z.array(curvePointSchema),
  });
  const progress = (await loadCheckpoint(folder, parameters, progressSchema, key, monitor)) ?? {
    key,
    updates: 0,
    tokens: 0,
    seconds: 0,
    position: job.start,
    recent: { loss: 0, updates: 0 },
    nextPoint: 0,
    curve: [],
  };
  if (progress.updates > 0) {
    monitor.note(`${stage}: going on from update ${progress.updates}, ${progress.tokens} tokens`);
    await job.record(progress.curve);
  }
  program.updates = progress.updates;

  const usedPart = (): number =>
    Math.min(
      1,
      Math.max(progress.tokens / (budget.tokens ?? Infinity), progress.seconds / (budget.seconds ?? Infinity)),
    );
  // Of two budgets nobody knows which will be used up first: a percentage stays what it is when the other takes the lead.
  const progressOf = (): { done: number; total: number; unit: string } =>
    budget.seconds === undefined
      ? { done: progress.tokens, total: budget.tokens!, unit: 'tokens' }
      : budget.tokens === undefined
        ? { done: progress.seconds, total: budget.seconds, unit: 's' }
        : { done: 100 * usedPart(), total: 100, unit: '%' };
  const secondsBefore = progress.seconds;
  const tokensBefore = progress.tokens;
  const start = performance.now();
  const lookAtClock = (): void => {
    progress.seconds = secondsBefore + (performance.now() - start) / 1000;
  };
  const report = (figures: Record<string, number>): void => {
    lookAtClock();
    monitor.report({ kind: 'step', stage, ...progressOf(), figures });
  };
  let evaluationSeconds = 0;

  const noteMeasuring = (secondsEach: number): void => {
    const share = (secondsEach * (settings.evaluations + 1)) / (budget.seconds ?? Infinity);
    if (share <= NOTED_MEASURING) return;
    const part = share < 1 ? `about ${Math.round(100 * share)}%` : 'nearly all';
    monitor.note(
      `${stage}: measuring will take ${part} of the hours: fewer --evaluations or --held-out documents leave more for learning`,
    );
  };

  const addPoint = async (used: number): Promise<void> => {
    const point = Math.floor(used * settings.evaluations * POINTS_PER_EVALUATION);
    if (point < progress.nextPoint) return;
    // A single update may pass several points; an evaluation among them is not left out.
    const isEvaluation = Math.floor(point / POINTS_PER_EVALUATION) * POINTS_PER_EVALUATION >= progress.nextPoint;
    const before = performance.now();
    const heldOut = isEvaluation ? await job.evaluate(progress.updates, report) : undefined;
    const took = (performance.now() - before) / 1000;
    evaluationSeconds += took;
    if (heldOut && point === 0) noteMeasuring(took);
    lookAtClock();
    const { recent, updates, tokens, seconds } = progress;
    progress.curve.push({
      update: updates,
      tokens,
      seconds: Math.round(seconds * 10) / 10,
      learningRate: learningRateOfBudget(used, schedule),
      ...(recent.updates > 0 && { loss: recent.loss / recent.updates }),
      ...(heldOut && { heldOut: { ...heldOut } }),
    });
    progress.recent = { loss: 0, updates: 0 };
    progress.nextPoint = point + 1;
    await job.record(progress.curve);
  };

  const batches = job.batches(progress.position);
  let savedAt = performance.now();
  const save = async (): Promise<void> => {
    await saveCheckpoint(folder, parameters, progress);
    savedAt = performance.now();
  };
  try {
    for (;;) {
      const used = usedPart();
      try {
        await addPoint(used);
      } catch (error) {
        if (error instanceof Interrupted) await save();
        throw error;
      }
      if (used >= 1) break;
      const group: StreamBatch<P>[] = [];
      while (group.length < settings.accumulation) group.push((await batches.next()).value as StreamBatch<P>);
      const totalWeight = group.reduce((sum, batch) => sum + batch.weight, 0);
      const loss = await runUpdate(
        program,
        group.flatMap((batch, number) => batch.parts(totalWeight).map((part) => ({ number, ...part }))),
        {
          learningRate: learningRateOfBudget(used, schedule),
          maxGradientNorm: settings.maxGradientNorm,
          maskSeed: [seed, ...stream, 'dropout', progress.updates],
        },
      );
      if (!Number.isFinite(loss)) {
        throw diverged(stage, progress.updates, {
          learningRate: schedule.peak,
          maxGradientNorm: settings.maxGradientNorm,
        });
      }
      progress.updates++;
      progress.tokens += group.reduce((sum, batch) => sum + batch.tokens, 0);
      progress.position = group.at(-1)!.next;
      progress.recent.loss += loss;
      progress.recent.updates++;
      lookAtClock();
      const rate = (progress.tokens - tokensBefore) / (progress.seconds - secondsBefore - evaluationSeconds);
      report({ loss, 'tokens/s': rate });
      if (performance.now() - savedAt > context.checkpointSeconds * 1000 || monitor.signal?.aborted) await save();
      monitor.checkpoint();
    }
  } finally {
    await batches.return(undefined);
  }
  // What follows (writing the model) may be interrupted as well.
  await save();
  const { updates, tokens, seconds, curve } = progress;
  return { updates, tokens, seconds, curve };
}
