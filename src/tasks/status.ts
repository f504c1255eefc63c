/** What of a run stands, what runs, and what is missing: read from its folder alone. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { holderOf } from '../foundation/folder-lock.ts';
import { readPlanFile } from './plan-file.ts';
import { requireFormat } from './run-format.ts';
import { TaskStore } from './store.ts';
import type { TaskKind } from './task.ts';

/**
 * `done`: its result stands. `running`: a process is at it. `begun`: a checkpoint waits for a run that goes on. `not needed`: all that reads it stands
 * (a generator whose sentences are written). `missing`: nothing is there.
 */
export type StepState = 'done' | 'running' | 'begun' | 'not needed' | 'missing';

export interface StepStatus {
  readonly name: string;
  readonly kind: TaskKind;
  readonly state: StepState;
  /** Of the process that is at it. */
  readonly process: number | null;
  readonly folder: string;
}

export interface RunStatus {
  readonly folder: string;
  readonly store: string;
  /** The process that carries the run out. */
  readonly process: number | null;
  readonly steps: readonly StepStatus[];
}

/** @throws UserError where no run has been planned, or one by another version. */
export async function statusOf(folder: string): Promise<RunStatus> {
  const plan = await readPlanFile(folder);
  requireFormat(plan.format, folder);
  const store = new TaskStore(plan.store ?? folder);
  const standing = new Set<string>();
  for (const step of plan.steps) if (await store.stands(step.folder)) standing.add(step.folder);
  const isNeeded = (name: string): boolean =>
    plan.steps.some(({ inputs, folder: reader }) => inputs.includes(name) && !standing.has(reader));
  const steps: StepStatus[] = [];
  for (const { name, kind, folder: place, dropped } of plan.steps) {
    const work = join(store.work, place);
    const process = (await holderOf(work)) ?? null;
    const hasBegun = (await readdir(work).catch(() => [])).some((entry) => !entry.startsWith('.'));
    const isDone = standing.has(place);
    const state: StepState = isDone
      ? 'done'
      : process !== null
        ? 'running'
        : dropped && !isNeeded(place)
          ? 'not needed'
          : hasBegun
            ? 'begun'
            : 'missing';
    steps.push({ name, kind, state, process: isDone ? null : process, folder: join(store.results, place) });
  }
  return { folder, store: store.root, process: (await holderOf(folder)) ?? null, steps };
}
