/** One update of a model's weights, which every training loop is made of. */
import { UserError } from '../foundation/errors.ts';
import type { StreamName } from '../foundation/random.ts';
import type { BatchPart, Feeds, TrainingProgram } from '../runtime/device.ts';

export interface UpdateOptions {
  readonly learningRate: number;
  readonly maxGradientNorm: number;
  /** Names the update's dropout masks; the batch's number is added. */
  readonly maskSeed: readonly StreamName[];
}

/** A batch, or a part of one, to be run when it is its turn. */
export interface UpdateBatch {
  /** The batch's number in the update. */
  readonly number: number;
  readonly feeds: () => Feeds;
  readonly part?: BatchPart | undefined;
}

/**
 * Gradients of some batches, then one step of AdamW.
 * @param batches their losses add up to the update's.
 * @returns the loss; NaN where a gradient is not finite.
 */
export async function runUpdate(
  program: TrainingProgram,
  batches: readonly UpdateBatch[],
  options: UpdateOptions,
): Promise<number> {
  let loss = 0;
  for (const { number, feeds, part } of batches) {
    const results = await program.accumulate(feeds(), [...options.maskSeed, number], part);
    loss += results.loss!.data[0]!;
  }
  const { gradientNorm } = await program.update(options);
  return Number.isFinite(gradientNorm) ? loss : NaN;
}

/** What a loop throws when the loss is no longer finite. @param update the failed one, from 0. */
export function diverged(
  stage: string,
  update: number,
  settings: { readonly learningRate: number; readonly maxGradientNorm: number },
): UserError {
  return new UserError(`${stage}: training diverged at update ${update + 1}, the loss is not finite`, {
    remedy: `try a lower learning rate than ${settings.learningRate}, a longer warm-up, or a lower gradient norm than ${settings.maxGradientNorm}`,
    exitCode: 1,
  });
}
