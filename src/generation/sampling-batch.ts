/**
 * How many sentences to write at once.
 *
 * A step reads all weights whatever the number of rows, so that more rows cost little until the products are bound by arithmetic; every row needs
 * its stretch of the key/value cache. On a processor the choice changes the speed and nothing else: sentence i is the same in any batch. On a GPU it is so
 * but for what kernels that are chosen by a product's shape may round differently, and the number is part of what a run's pool depends on.
 */
import type { Gpt2Config } from '../checkpoint/config.ts';
import { memoryToRun, workingMemory } from '../nn/model-memory.ts';
import type { RunningPlace } from '../nn/model-memory.ts';

/**
 * On a processor four times as many rows are a fifth to a quarter faster (docs/benchmarks.md, "Sampling"), and what is half written when a pool is full is thrown
 * away; a GPU has a use for more.
 */
const LARGEST_BATCH = { processor: 64, gpu: 512 };
/** A product with a single row is computed in another order than with several, and would round differently. */
export const FEWEST_ROWS = 2;
/** The part of the memory that rows may take, beside what the system and other programs do with it. */
const SHARE = 1 / 4;

/** Where sentences are written, as far as memory goes. */
export interface SamplingPlace extends RunningPlace {
  /** Bytes that may be had, weights and all: a run's budget, the device's own. Where there is none, what the system says is free beside what this process has by now. */
  readonly memory: number | null;
  /** Of a GPU: whether it told its memory, or a user did; it is so unless given, where there is a number. */
  readonly isMemoryTold?: boolean;
}

const ANYWHERE: SamplingPlace = { memory: null, isOnGpu: false };

export function chooseBatch(config: Gpt2Config, capacity: number, place = ANYWHERE): number {
  const { memory, isOnGpu, isMemoryTold = memory !== null } = place;
  // The weights come first: a large model's, with their copy, may leave less than rows would take of a memory that had nothing else to hold.
  const room =
    memory === null
      ? process.availableMemory() * SHARE
      : Math.min(memory * SHARE, memory - memoryToRun(config, { batch: 0, sequence: capacity }, place));
  // Of a GPU that does not tell its memory nobody knows how many rows it holds.
  let batch = LARGEST_BATCH[isOnGpu && isMemoryTold ? 'gpu' : 'processor'];
  while (batch > FEWEST_ROWS && workingMemory(config, { batch, sequence: capacity }, place) > room) batch--;
  return batch;
}

/**
 * Sentences that are written at once, and the bytes that this takes.
 * @param settings those of the sampling: a batch of null is chosen.
 */
export function samplingNeeds(
  config: Gpt2Config,
  settings: { readonly batchSize: number | null; readonly maxTokens: number },
  place: SamplingPlace = ANYWHERE,
): { batch: number; bytes: number } {
  const capacity = settings.maxTokens + 1;
  const batch = settings.batchSize ?? chooseBatch(config, capacity, place);
  return { batch, bytes: memoryToRun(config, { batch, sequence: capacity }, place) };
}
