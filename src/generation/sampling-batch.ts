/**
 * How many sentences to write at once.
 *
 * A step reads all weights whatever the number of rows, so that more rows cost little until the products are bound by arithmetic; every row needs
 * its stretch of the key/value cache. The choice changes the speed and nothing else: sentence i is the same in any batch.
 */
import type { Gpt2Config } from '../checkpoint/config.ts';
import { memoryToRun } from '../nn/model-memory.ts';

/** More rows are hardly faster (docs/benchmarks.md, "Sampling"). */
const LARGEST_BATCH = 64;
/** The part of the memory that rows may take. */
const SHARE = 1 / 4;

/** Bytes of one row: keys and values of `capacity` positions in every layer, and the logits. */
function bytesPerSentence({ n_layer, n_embd, vocab_size }: Gpt2Config, capacity: number): number {
  return 4 * (2 * n_layer * n_embd * capacity + vocab_size);
}

/** @param memory bytes that may be had: a run's budget, the device's own; what the system says of this process where there is none. */
export function chooseBatch(config: Gpt2Config, capacity: number, memory: number | null = null): number {
  const fits = Math.floor(((memory ?? process.availableMemory()) * SHARE) / bytesPerSentence(config, capacity));
  return Math.max(2, Math.min(LARGEST_BATCH, fits));
}

/**
 * Sentences that are written at once, and the bytes that this takes.
 * @param settings those of the sampling: a batch of null is chosen.
 * @param memory see `chooseBatch`.
 */
export function samplingNeeds(
  config: Gpt2Config,
  settings: { readonly batchSize: number | null; readonly maxTokens: number },
  memory: number | null = null,
): { batch: number; bytes: number } {
  const capacity = settings.maxTokens + 1;
  const batch = settings.batchSize ?? chooseBatch(config, capacity, memory);
  return { batch, bytes: memoryToRun(config, { batch, sequence: capacity }) };
}
