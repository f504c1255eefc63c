/**
 * How the process ends where it does not simply come to its end: Ctrl-C for the second time, a reader that has seen enough, an error that nobody expected.
 *
 * A GPU that still computes must come to rest before: its driver ends a process that leaves meanwhile, with a crash in place of the exit code.
 */

/** Milliseconds for all to come to rest. */
const PATIENCE = 5_000;

const waits = new Set<() => Promise<void>>();
let isLeaving = false;

/** @param wait is called once, when the process is about to end; nothing that it looks after may begin afterwards. */
export function beforeLeaving(wait: () => Promise<void>): void {
  waits.add(wait);
}

/** Whether the process is about to end: what fails from then on is of no interest. */
export const isAboutToEnd = (): boolean => isLeaving;

/** Ends the process, at once where nothing has to come to rest. The first of several calls counts. */
export function leave(exitCode: number): void {
  if (isLeaving) return;
  isLeaving = true;
  if (waits.size === 0) process.exit(exitCode);
  setTimeout(() => process.exit(exitCode), PATIENCE);
  void Promise.allSettled([...waits].map((wait) => wait())).then(() => process.exit(exitCode));
}
