/**
 * The runs that share a store, by a list in it (`.runs/`), so that nobody deletes what another run refers to.
 *
 * A run is put on the list before it reads its corpus, as one that begins: what it refers to is known only when its plan stands. Who cleans the
 * store has the list alone meanwhile, so that no run begins unseen.
 */
import { readdir, rmdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { readJson, removeFileScratch, writeJson } from '../foundation/files.ts';
import { awaitFolder, isHeld } from '../foundation/folder-lock.ts';
import { sha256 } from '../foundation/hash.ts';
import { Monitor } from '../foundation/progress.ts';

const LIST = '.runs';
const ENTRY = /^[0-9a-f]{12}\.json$/;

const entrySchema = z.object({ folder: z.string(), begins: z.boolean().default(false) });

/** Puts a run on the list: as one whose plan stands, or as one that begins. */
async function enter(folder: string, store: string, begins: boolean): Promise<void> {
  const own = resolve(folder);
  const entry = { folder: own, ...(begins && { begins }) };
  await writeJson(join(store, LIST, `${sha256(own).slice(0, 12)}.json`), entry);
}

/** Deletes what processes that were killed while they wrote an entry have left. */
async function removeEntryScratch(list: string): Promise<void> {
  const entries = (await readdir(list)).map((name) => name.replace(/\.\d+$/, '')).filter((name) => ENTRY.test(name));
  await removeFileScratch(list, entries);
}

/** Makes a run known to a store that it shares, before it does anything there; waits while the store is cleaned. @throws Interrupted. */
export async function beginIn(store: string, folder: string, monitor: Monitor): Promise<void> {
  const release = await awaitFolder(
    join(store, LIST),
    monitor,
    `waiting for another process that looks after ${store}`,
  );
  try {
    await removeEntryScratch(join(store, LIST));
    await enter(folder, store, true);
  } finally {
    await release();
  }
}

/** Its plan stands. */
export const hasPlanIn = (store: string, folder: string): Promise<void> => enter(folder, store, false);

/** No run begins in a store until the function that is returned is called. */
export async function holdBeginnings(store: string): Promise<() => Promise<void>> {
  const list = join(store, LIST);
  const release = await awaitFolder(list, new Monitor(), '');
  return async () => {
    await release();
    // Where no run shares the store there was no list.
    await rmdir(list).catch(() => undefined);
  };
}

export interface StoreRun {
  readonly folder: string;
  /** A process is at work on it that has not planned it yet. */
  readonly begins: boolean;
}

/** The runs that share a store with the run of this folder. */
export async function otherRuns(folder: string, store: string): Promise<StoreRun[]> {
  const runs: StoreRun[] = [];
  for (const name of await readdir(join(store, LIST)).catch(() => [])) {
    if (!ENTRY.test(name)) continue;
    const { folder: other, begins } = await readJson(join(store, LIST, name), entrySchema);
    // One that was stopped before it had a plan begins no more.
    if (other !== resolve(folder)) runs.push({ folder: other, begins: begins && (await isHeld(other)) });
  }
  return runs;
}
