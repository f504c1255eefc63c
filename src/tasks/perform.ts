/**
 * Doing what a plan still lacks.
 *
 * A task is needed when a goal, or an unfinished task that is needed itself, asks for it: the inputs of a result that stands are not looked for.
 * Needed tasks start in the plan's order as soon as their inputs stand and the executor has room, so that what others wait for goes first.
 */
import { UserError } from '../foundation/errors.ts';
import type { Monitor } from '../foundation/progress.ts';
import { WorkerDied } from './executor.ts';
import type { TaskExecutor } from './executor.ts';
import type { TaskStore } from './store.ts';
import { inOrder, threadsOf } from './task.ts';
import type { Task } from './task.ts';

/** How often a task is given to a process, when processes die of it. */
const TRIES = 2;

/** The tasks that must be done for these goals, in an order in which they can be; and those that stand. */
export async function missingFor(
  goals: readonly Task[],
  store: TaskStore,
): Promise<{ missing: Task[]; standing: Task[] }> {
  const standing: Task[] = [];
  const order = inOrder(goals);
  for (const task of order) if (await store.has(task)) standing.push(task);
  const stands = new Set(standing.map(({ key }) => key));
  const missing = inOrder(goals, ({ key }) => stands.has(key)).filter(({ key }) => !stands.has(key));
  return { missing, standing };
}

/**
 * Does all that these goals need. When a task fails the others are asked to stop, keep what they have, and the failure is thrown.
 * @param done is told of every task that was done.
 */
export async function perform(
  goals: readonly Task[],
  store: TaskStore,
  executor: TaskExecutor,
  monitor: Monitor,
  done: (task: Task) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const { missing, standing } = await missingFor(goals, store);
  for (const { name } of standing) monitor.report({ kind: 'cached', stage: name });

  const waiting = [...missing];
  const unfinished = new Set(missing.map(({ key }) => key));
  const running = new Map<string, { threads: number; ended: Promise<void> }>();
  const deaths = new Map<string, number>();
  let failure: { error: unknown } | undefined;
  const fail = (error: unknown): void => {
    if (failure) return;
    failure = { error };
    executor.stop();
  };

  const run = async (task: Task): Promise<void> => {
    try {
      await executor.execute(task);
      await done(task);
      unfinished.delete(task.key);
    } catch (error) {
      if (!(error instanceof WorkerDied)) fail(error);
      else {
        const count = (deaths.get(task.key) ?? 0) + 1;
        deaths.set(task.key, count);
        if (count >= TRIES) fail(afterDeaths(error));
        waiting.unshift(task);
      }
    } finally {
      running.delete(task.key);
    }
  };
  const fits = (task: Task): boolean => {
    const { tasks, threads } = executor.capacity;
    const busy = [...running.values()].reduce((sum, other) => sum + other.threads, 0);
    return running.size < tasks && (running.size === 0 || busy + threadsOf(task) <= threads);
  };
  const isReady = (task: Task): boolean => Object.values(task.inputs).every(({ key }) => !unfinished.has(key));

  for (;;) {
    while (!failure) {
      const next = waiting.findIndex((task) => isReady(task) && fits(task));
      if (next < 0) break;
      try {
        monitor.checkpoint();
      } catch (error) {
        fail(error);
        break;
      }
      const [task] = waiting.splice(next, 1);
      running.set(task!.key, { threads: threadsOf(task!), ended: run(task!) });
    }
    if (running.size === 0) break;
    await Promise.race([...running.values()].map(({ ended }) => ended));
  }
  if (failure) throw failure.error;
}

function afterDeaths(error: WorkerDied): UserError {
  return new UserError(error.message, {
    remedy: `run the same command again to go on from the last checkpoint; ${error.remedy}`,
    exitCode: 1,
    cause: error,
  });
}
