/**
 * A run's plan on disk, `plan.json`: its steps by the names of their folders. Who looks after a run (status, clean) needs neither the corpus nor
 * the models for it.
 */
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { UserError } from '../foundation/errors.ts';
import { kindAt, readJson, writeJson } from '../foundation/files.ts';
import { refuseFolds } from './folds.ts';
import { RUN_FORMAT } from './run-format.ts';
import { folderName } from './store.ts';
import { hasPlanIn, otherRuns } from './store-runs.ts';
import type { TaskStore } from './store.ts';
import { inOrder, TASK_KINDS } from './task.ts';
import type { Task } from './task.ts';

export const PLAN_FILE = 'plan.json';

const stepSchema = z.object({
  name: z.string(),
  kind: z.enum(TASK_KINDS),
  /** Names of the folders of its result, and of those that it reads. */
  folder: z.string(),
  inputs: z.array(z.string()),
  /** Its weights go when all that reads them stands. */
  dropped: z.boolean(),
});
const planSchema = z.object({
  /** Of the run's files (run-format.ts); the first had none. */
  format: z.int().default(1),
  /** The store's folder; null where it is the run's own. */
  store: z.string().nullable(),
  steps: z.array(stepSchema),
});
export type PlannedStep = z.infer<typeof stepSchema>;
/** A run's plan as it stands on disk. */
export type PlanFile = z.infer<typeof planSchema>;

/** The steps that lead to these goals. */
export function stepsOf(goals: readonly Task[], isDropped: (task: Task) => boolean): PlannedStep[] {
  return inOrder(goals).map((task) => ({
    name: task.name,
    kind: task.kind,
    folder: folderName(task),
    inputs: Object.values(task.inputs).map(folderName),
    dropped: isDropped(task),
  }));
}

/** Writes a run's plan, and makes the run known to a store that is not its own. */
export async function writePlanFile(
  folder: string,
  store: string | null,
  goals: readonly Task[],
  isDropped: (task: Task) => boolean,
): Promise<PlanFile> {
  const plan = { format: RUN_FORMAT, store: store === null ? null : resolve(store), steps: stepsOf(goals, isDropped) };
  await writeJson(join(folder, PLAN_FILE), plan);
  if (plan.store !== null) await hasPlanIn(plan.store, folder);
  return plan;
}

/** @throws UserError where no run has been planned. */
export async function readPlanFile(folder: string): Promise<PlanFile> {
  const path = join(folder, PLAN_FILE);
  if ((await kindAt(path)) !== 'file') {
    await refuseFolds(folder);
    throw new UserError('no run is here, or its corpus is still being read', {
      where: folder,
      remedy: 'name the folder that dare run was given with --out',
    });
  }
  return readJson(path, planSchema);
}

/** Plans of the other runs that share a run's store, which may be its own folder. Runs that are gone are left out. */
export async function otherPlans(folder: string, store: string): Promise<PlanFile[]> {
  const plans: PlanFile[] = [];
  for (const run of await otherRuns(folder, store)) {
    if ((await kindAt(join(run.folder, PLAN_FILE))) === 'file') plans.push(await readPlanFile(run.folder));
  }
  return plans;
}

/**
 * Steps whose weights nobody needs any more: all that reads them stands, in this plan and in the others of the store.
 * @param stands whether there is a result of this name.
 */
export async function needlessWeights(
  plan: Pick<PlanFile, 'steps'>,
  others: readonly Pick<PlanFile, 'steps'>[],
  stands: (folder: string) => Promise<boolean>,
): Promise<PlannedStep[]> {
  const needless: PlannedStep[] = [];
  const steps = [plan, ...others].flatMap((each) => each.steps);
  for (const step of plan.steps) {
    const isKept = steps.some(({ folder, dropped }) => folder === step.folder && !dropped);
    if (isKept || !(await stands(step.folder))) continue;
    const readers = steps.filter(({ inputs }) => inputs.includes(step.folder));
    const done = await Promise.all(readers.map(({ folder }) => stands(folder)));
    if (done.every(Boolean)) needless.push(step);
  }
  return needless;
}

/** Deletes weights that no step of this plan needs any more; for a store that no other run uses. */
export async function dropNeedlessWeights(plan: Pick<PlanFile, 'steps'>, store: TaskStore): Promise<void> {
  for (const step of await needlessWeights(plan, [], (name) => store.stands(name))) await store.dropModel(step.folder);
}
