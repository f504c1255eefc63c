/**
 * What a run's folder, or a store, holds that nobody needs: results that no run refers to any more (a setting was changed), what killed processes
 * left, and weights of generators whose sentences are written.
 */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../foundation/errors.ts';
import { isScratch } from '../foundation/files.ts';
import { deleteHeld, lockFolder } from '../foundation/folder-lock.ts';
import { needlessWeights, otherPlans, readPlanFile } from './plan-file.ts';
import { TaskStore } from './store.ts';
import { holdBeginnings, otherRuns } from './store-runs.ts';

export interface CleanOptions {
  /** Only says what would be freed. */
  readonly dryRun: boolean;
  /** Checkpoints of this run's unfinished steps as well: these then begin anew. */
  readonly checkpoints: boolean;
}

export interface Freed {
  readonly path: string;
  readonly reason: 'no run refers to it' | 'left by a killed process' | 'checkpoint' | 'weights of a generator';
  readonly bytes: number;
}

/** Frees space. @throws UserError where there is no run, one is being carried out, or another begins in its store. */
export async function cleanRun(folder: string, { dryRun, checkpoints }: CleanOptions): Promise<Freed[]> {
  const plan = await readPlanFile(folder);
  // Runs that are done together (a sweep, a reproduction) hold their store, and not each its folder.
  const held = [folder, ...(plan.store === null ? [] : [plan.store])];
  const releases: (() => Promise<void>)[] = [];
  try {
    for (const each of held) releases.push(await lockFolder(each));
    const store = new TaskStore(plan.store ?? folder);
    releases.push(await holdBeginnings(store.root));
    await refuseBeginnings(folder, store.root);
    const others = await otherPlans(folder, plan.store ?? folder);
    const own = new Set(plan.steps.map((step) => step.folder));
    const referred = new Set([...own, ...others.flatMap(({ steps }) => steps.map((step) => step.folder))]);
    const freed: Freed[] = [];
    const tell = async (path: string, reason: Freed['reason']): Promise<void> => {
      freed.push({ path, reason, bytes: await bytesOf(path) });
    };
    const free = async (path: string, reason: Freed['reason'], how: () => Promise<void>): Promise<void> => {
      await tell(path, reason);
      if (!dryRun) await how();
    };

    for (const name of await readdir(store.results).catch(() => [])) {
      const path = join(store.results, name);
      const remove = (): Promise<void> => rm(path, { recursive: true, force: true });
      // What is half-written may be another run's that is at work right now.
      if (isScratch(name)) {
        if (others.length === 0) await free(path, 'left by a killed process', remove);
      } else if (!referred.has(name)) await free(path, 'no run refers to it', remove);
    }
    for (const name of await readdir(store.work).catch(() => [])) {
      const path = join(store.work, name);
      const isOwn = own.has(name) && checkpoints;
      if (referred.has(name) && !isOwn) continue;
      const release = await lockFolder(path).catch(() => undefined);
      if (!release) continue;
      await tell(path, isOwn ? 'checkpoint' : 'no run refers to it');
      await (dryRun ? release() : deleteHeld(path, release));
    }
    const needless = await needlessWeights(plan, others, (each) => store.stands(each));
    const halfDropped = (await store.halfDropped()).filter((name) => referred.has(name));
    for (const name of [...needless.map((step) => step.folder), ...halfDropped]) {
      const model = join(store.results, name, 'model');
      await free(model, 'weights of a generator', () => store.dropModel(name));
    }
    return freed;
  } finally {
    for (const release of releases) await release();
  }
}

/** @throws UserError where another run of the store is at work that has not said yet what it refers to. */
async function refuseBeginnings(folder: string, store: string): Promise<void> {
  const beginning = (await otherRuns(folder, store)).find(({ begins }) => begins);
  if (!beginning) return;
  throw new UserError('this run, which shares the store, is just beginning: what it needs of it is not known yet', {
    where: beginning.folder,
    remedy: 'clean when it has read its corpus',
  });
}

async function bytesOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isDirectory()) return found?.size ?? 0;
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const sizes = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => (await stat(join(entry.parentPath, entry.name)).catch(() => undefined))?.size ?? 0),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
