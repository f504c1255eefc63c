/** Where a run's folder holds what a kind of task has made. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of the first task of a kind (`corpus`, `generator`, `pool`) in a run's folder. */
export function taskFolder(run: string, kind: string): string {
  const tasks = join(run, 'tasks');
  const name = readdirSync(tasks).find((each) => each.startsWith(`${kind}-`));
  if (name === undefined) throw new Error(`no task "${kind}" in ${tasks}`);
  return join(tasks, name);
}
