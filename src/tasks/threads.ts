/**
 * How many threads a task's model has, and how many tasks are done at once.
 *
 * The number of threads decides how a matrix product is divided among them, and so the last bits of its result. It is therefore part of a task, and
 * follows from the model and the machine alone: never from how many tasks happen to be done at once. One thread is the best use of a core, as
 * threads wait for each other after every operation, and a small model spends much of its time so: small models have one thread each and are
 * trained side by side. Large ones have all cores and are trained one after the other: several at once would not fit into memory.
 *
 * Memory decides how many are done at once and nothing else: what a training runs of a batch, which its last bits depend on as well, is chosen as if it
 * were alone (micro-batches.ts), and fewer are then done side by side.
 */
import { availableParallelism } from 'node:os';
import { memoryBudget } from '../runtime/training-memory.ts';

/** Parameters up to which a model counts as small. */
const SMALL = 30_000_000;

/** Part of the free memory that is planned with. */
const MEMORY_SHARE = 0.7;

/**
 * Threads of a model's tasks.
 * @param atOnce tasks that are there to be done side by side, where the corpus says how many (generators): fewer of them have more threads each.
 */
export function threadsFor(parameters: number, atOnce = Infinity, cores = availableParallelism()): number {
  return parameters > SMALL ? cores : Math.max(1, Math.floor(cores / atOnce));
}

/** A kind of task, as the machine is loaded with it. */
export interface Load {
  readonly threads: number;
  /** Memory that one takes. */
  readonly bytes: number;
}

/**
 * Tasks done at once unless the user says how many: as many as have cores, and fit into memory together.
 * @param setting gigabytes that they may take, where the user says so.
 */
export function defaultWorkers(
  loads: readonly Load[],
  setting: number | null,
  { cores = availableParallelism(), free = process.availableMemory() } = {},
): number {
  const limit = Math.min(memoryBudget(setting), setting === null ? MEMORY_SHARE * free : free);
  const fewest = Math.min(cores, ...loads.map(({ threads }) => threads));
  let workers = Math.floor(cores / fewest);
  // What has all cores runs alone, however many others do when it does not.
  const beside = loads.filter(({ threads }) => threads < cores);
  while (workers > 1 && bytesAtOnce(beside, workers, cores) > limit) workers--;
  return workers;
}

/** Memory of the heaviest tasks that so many workers may do side by side on so many cores. */
export function bytesAtOnce([load, ...others]: readonly Load[], workers: number, cores: number): number {
  if (!load) return 0;
  const most = Math.min(workers, Math.floor(cores / load.threads));
  const withThese = (count: number): number =>
    count * load.bytes + bytesAtOnce(others, workers - count, cores - count * load.threads);
  return Math.max(...Array.from({ length: most + 1 }, (_, count) => withThese(count)));
}
