/**
 * Micro-batches: as much of a batch as memory holds at once.
 *
 * A batch that does not fit is run in parts, whose gradients add up to those of the batch. On the processor the parts' dropout masks are cut out of the
 * batch's, so that an update is the same whatever their size, but for rounding: sums over rows are taken in another order. The bytes of the weights do depend on
 * it, so that the choice must be the same whenever a training is taken up again.
 */
import { UserError } from '../foundation/errors.ts';
import type { Monitor } from '../foundation/progress.ts';
import type { BatchPart } from '../runtime/device.ts';

/** Examples of a batch that are run at once. */
export interface MicroBatch {
  readonly examples: readonly number[];
  /** Left out when they are the whole batch. */
  readonly part?: BatchPart;
}

/**
 * Cuts a batch into parts of `size` examples, in their order; the last may be smaller.
 * @param lengths tokens of every example; a batch is as long as its longest.
 */
export function splitBatch(
  batch: readonly number[],
  size: number | undefined,
  lengths: readonly number[],
): MicroBatch[] {
  if (size === undefined || size >= batch.length) return [{ examples: batch }];
  const whole = { batch: batch.length, sequence: Math.max(...batch.map((example) => lengths[example]!)) };
  return Array.from({ length: Math.ceil(batch.length / size) }, (_, index) => ({
    examples: batch.slice(index * size, (index + 1) * size),
    part: { whole, offsets: { batch: index * size } },
  }));
}

export interface MicroBatchRequest {
  /** Examples of a batch. */
  readonly batchSize: number;
  /** Bytes that a training needs which runs this many examples at once. */
  readonly bytesFor: (examples: number) => number;
  /** Bytes that it may take. */
  readonly budget: number;
}

/** A training that is about to be done, on a device that `--device auto` may have picked: its memory is then the one to name. */
export interface PlacedRequest extends MicroBatchRequest {
  readonly isOnGpu: boolean;
}

/**
 * The whole batch if it fits, or else half of it, a quarter, and so on.
 * @returns undefined when even one example does not fit.
 */
export function chooseMicroBatch({ batchSize, bytesFor, budget }: MicroBatchRequest): number | undefined {
  for (let examples = batchSize; ; examples = Math.ceil(examples / 2)) {
    if (bytesFor(examples) <= budget) return examples;
    if (examples === 1) return undefined;
  }
}

/**
 * The same, for a training that is about to be done: it is said where a batch is cut, and refused where not even one example fits.
 * @param what is trained: `generator`.
 * @param remedies what to do about it, as imperative phrases.
 * @throws UserError when not even one example fits.
 */
export function fitBatch(what: string, request: PlacedRequest, remedies: readonly string[], monitor: Monitor): number {
  const { batchSize, bytesFor, budget, isOnGpu } = request;
  const memory = isOnGpu ? 'the GPU’s memory' : 'memory';
  const chosen = chooseMicroBatch(request);
  if (chosen === undefined) {
    throw new UserError(
      `${what}: training needs about ${gigabytes(bytesFor(1))} of ${memory} for a single example, and may take ${gigabytes(budget)}`,
      { remedy: [...remedies, ...(isOnGpu ? ['choose --device cpu'] : [])].join(', or ') },
    );
  }
  if (chosen < batchSize) {
    monitor.note(
      `${what}: a batch of ${batchSize} takes about ${gigabytes(bytesFor(batchSize))} of ${memory} to train on; ` +
        `${chosen} at a time (${gigabytes(bytesFor(chosen))}) fit into ${gigabytes(budget)}`,
    );
  }
  return chosen;
}

/** Bytes for people. */
export const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
