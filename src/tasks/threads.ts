/**
 * How many threads a task's model has, and how many tasks are done at once.
 *
 * The number of threads decides how a matrix product is divided among them, and so the last bits of its result. It is therefore part of a task, and
 * follows from the model and the machine alone: never from how many tasks happen to be done at once. One thread is the best use of a core, as
 * threads wait for each other after every operation, and a small model spends much of its time so: small models have one thread each and are
 * trained side by side. Large ones have all cores and are trained one after the other: several at once would not fit into memory.
 */
import { availableParallelism } from 'node:os';

/** Parameters up to which a model counts as small. */
const SMALL = 30_000_000;

/** Bytes of a training: per parameter its weight, gradient, moments and half as much for activations; and the program itself. */
const TRAINING_BYTES = 24;
const PROCESS_BYTES = 2 ** 28;
/** Part of the free memory that is planned with. */
const MEMORY_SHARE = 0.7;

/**
 * Threads of a model's tasks.
 * @param atOnce tasks that are there to be done side by side, where the corpus says how many (generators): fewer of them have more threads each.
 */
export function threadsFor(parameters: number, atOnce = Infinity, cores = availableParallelism()): number {
  return parameters > SMALL ? cores : Math.max(1, Math.floor(cores / atOnce));
}

/** Tasks done at once unless the user says how many: as many as have cores and memory. */
export function defaultWorkers(
  models: readonly { readonly parameters: number; readonly threads: number }[],
  { cores = availableParallelism(), memory = process.availableMemory() } = {},
): number {
  const fewest = Math.min(cores, ...models.map(({ threads }) => threads));
  const largest = Math.max(0, ...models.map(({ parameters }) => parameters));
  const fitting = Math.floor((memory * MEMORY_SHARE) / (PROCESS_BYTES + TRAINING_BYTES * largest));
  return Math.max(1, Math.min(Math.floor(cores / fewest), fitting));
}
