/**
 * A folder for one process alone.
 *
 * The lock is a folder, which only one process can make, with a time stamp that its holder keeps fresh. Beside it stands who the holder is: on the
 * same machine a holder that has died is known at once, and its lock taken away. What other machines hold becomes free when its stamp is old.
 *
 * Who the holder is stands there at every moment: a process writes down a claim before it makes the lock, gives it the owner's name when the lock is
 * its own, and takes that name back before it gives the lock up. A lock without an owner is that of a claim.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { check, lock } from 'proper-lockfile';
import { z } from 'zod';
import { explainFileError, UserError } from './errors.ts';
import { kindAt } from './files.ts';
import type { Monitor } from './progress.ts';

const LOCK = '.lock';
const OWNER = '.lock-owner.json';
const CLAIM = '.lock-claim-';
const TAKEOVER = '.lock-takeover';

/** Milliseconds after which a stamp is old, and between two stamps. A step of a large model may hold the event loop for many seconds. */
const STALE = 60_000;
const UPDATE = 10_000;
/** Milliseconds in which a new holder has said who it is. */
const INTRODUCTION = 2_000;
/** Milliseconds between two looks at a folder that another process has, and looks in a row at one that is not there. */
const PATIENCE = 100;
const LOOKS = 20;

const ownerSchema = z.object({
  machine: z.string(),
  pid: z.int(),
  /** When the process started, in the machine's own measure; another process may get the number of a dead one. */
  started: z.string().nullable(),
});
type Owner = z.infer<typeof ownerSchema>;

/** Another process holds the folder. */
export class FolderHeld extends UserError {}

/**
 * Takes a folder for this process alone; it is made if need be. The lock of a process that died is free at once.
 * @returns a function that gives the folder back.
 * @throws FolderHeld when another process holds it.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  try {
    await mkdir(folder, { recursive: true });
    const deadline = Date.now() + INTRODUCTION;
    for (;;) {
      if (await isLeftBehind(folder)) await takeAway(folder);
      const owner = await readOwner(join(folder, OWNER));
      if (owner && (await holds(owner, folder))) throw refusal(folder, owner);
      const release = await claim(folder);
      if (release) return release;
      // A holder that has just begun says in a moment who it is.
      if (Date.now() > deadline) throw refusal(folder, owner);
      await delay(50);
    }
  } catch (error) {
    throw explainFileError(error);
  }
}

/** @returns `undefined` when the lock is held. */
async function claim(folder: string): Promise<(() => Promise<void>) | undefined> {
  const own = join(folder, `${CLAIM}${randomUUID().slice(0, 8)}`);
  const owner: Owner = { machine: machine(), pid: process.pid, started: processOf(process.pid)?.started ?? null };
  try {
    await writeFile(own, JSON.stringify(owner), { flush: true });
    const release = await tryLock(folder);
    if (!release) return undefined;
    try {
      await rename(own, join(folder, OWNER));
      await removeOldClaims(folder);
    } catch (error) {
      await release();
      throw error;
    }
    return async () => {
      await rename(join(folder, OWNER), own).catch(ignoreGone);
      await release();
      await rm(own, { force: true });
    };
  } finally {
    // It is gone where it has become the owner's.
    await rm(own, { force: true });
  }
}

/** Whether an owner on this machine holds a folder for all that is known. */
async function holds(owner: Owner, folder: string): Promise<boolean> {
  const lockPath = join(folder, LOCK);
  const stamp = await timeOf(lockPath);
  if (stamp === undefined || owner.machine !== machine()) return false;
  if (stateOf(owner) === 'alive' || stamp > Date.now() - STALE) return true;
  // Where another process may have the holder's number its stamp tells. The machine may have slept: who is awake renews it.
  await delay(2 * UPDATE);
  const later = await timeOf(lockPath);
  return later !== undefined && later !== stamp;
}

/** Deletes what processes have left of their claims. To be called by who holds the lock. */
async function removeOldClaims(folder: string): Promise<void> {
  for (const { path, owner } of await claimsOn(folder)) {
    const state = owner ? stateOf(owner) : 'unknown';
    if (state === 'dead' || (state === 'unknown' && (await isOld(path)))) await rm(path, { force: true });
  }
}

/**
 * The same, however long another process has it.
 * @param waiting is told, once, where it has to be waited for.
 * @throws Interrupted when the user stops meanwhile.
 */
export async function awaitFolder(folder: string, monitor: Monitor, waiting: string): Promise<() => Promise<void>> {
  let told = false;
  for (let missed = 0; ;) {
    try {
      return await lockFolder(folder);
    } catch (error) {
      if (error instanceof FolderHeld) {
        if (!told) monitor.note(waiting);
        told = true;
        missed = 0;
      } else if (!isGone(error) || ++missed > LOOKS) throw error;
    }
    await delay(PATIENCE);
    monitor.checkpoint();
  }
}

/** Whoever had the folder may delete it between our making it and locking it. */
function isGone(error: unknown): boolean {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
}

/** Deletes a folder that is held, and gives it back: what lies in it goes before anyone else can have it, the folder itself unless someone has it by then. */
export async function deleteHeld(folder: string, release: () => Promise<void>): Promise<void> {
  try {
    for (const name of await readdir(folder)) {
      // The lock stays to the end.
      if (!name.startsWith('.')) await rm(join(folder, name), { recursive: true, force: true });
    }
  } finally {
    await release();
  }
  await rmdir(folder).catch(() => undefined);
}

/** Whether a living process holds a folder, as far as this machine can tell. */
export async function isHeld(folder: string): Promise<boolean> {
  if ((await kindAt(join(folder, LOCK))) === undefined || (await isLeftBehind(folder))) return false;
  const owner = await readOwner(join(folder, OWNER));
  if (owner && stateOf(owner) === 'alive') return true;
  return check(folder, { lockfilePath: join(folder, LOCK), stale: STALE });
}

/** The process of this machine that holds a folder, if there is one. */
export async function holderOf(folder: string): Promise<number | undefined> {
  const owner = await readOwner(join(folder, OWNER));
  return owner?.machine === machine() && (await isHeld(folder)) ? owner.pid : undefined;
}

/** @returns `undefined` when the lock is held. */
async function tryLock(folder: string): Promise<(() => Promise<void>) | undefined> {
  try {
    return await lock(folder, {
      lockfilePath: join(folder, LOCK),
      stale: STALE,
      update: UPDATE,
      onCompromised: (error) => {
        throw new UserError('another process took this folder over', { where: folder, exitCode: 1, cause: error });
      },
    });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ELOCKED') return undefined;
    throw error;
  }
}

/** Takes the lock of a dead holder away; of several processes that see it dead, one at a time looks again and does so. */
async function takeAway(folder: string): Promise<void> {
  const release = await lock(folder, {
    lockfilePath: join(folder, TAKEOVER),
    stale: 5_000,
    retries: { retries: 100, factor: 1, minTimeout: 50 },
  });
  try {
    if (!(await isLeftBehind(folder))) return;
    const [path, aside] = [join(folder, OWNER), join(folder, `${CLAIM}${randomUUID().slice(0, 8)}`)];
    await rename(path, aside).catch(ignoreGone);
    // Another process may have taken the lock since we looked: its claim, or what was its name as the owner, tells.
    const moved = await readOwner(aside);
    if (moved && stateOf(moved) !== 'dead') await rename(aside, path).catch(ignoreGone);
    else if (await isLeftBehind(folder)) await rmdir(join(folder, LOCK)).catch(() => undefined);
  } finally {
    await release();
  }
}

/** Whether a lock is there, or who held it, and that process has died; `false` where this machine cannot tell. */
async function isLeftBehind(folder: string): Promise<boolean> {
  const path = join(folder, OWNER);
  const owner = await readOwner(path);
  if (owner) return stateOf(owner) === 'dead';
  if ((await kindAt(join(folder, LOCK))) === undefined) return false;
  const claims = await claimsOn(folder);
  // Whoever claimed it may have become the owner meanwhile.
  if ((await kindAt(path)) !== undefined) return false;
  const states = await Promise.all(
    claims.map(async (claimant) => {
      if (claimant.owner) return stateOf(claimant.owner);
      // It was gone when it was to be read, or was never finished, or may not be read.
      return (await isOld(claimant.path)) ? 'dead' : 'unknown';
    }),
  );
  return states.length > 0 && states.every((state) => state === 'dead');
}

/** Who is about to take a folder's lock or to give it back, or died doing so. Without an owner where the claim is just being written: its process has no lock yet. */
async function claimsOn(folder: string): Promise<{ path: string; owner: Owner | undefined }[]> {
  const paths = (await readdir(folder)).filter((name) => name.startsWith(CLAIM)).map((name) => join(folder, name));
  return Promise.all(paths.map(async (path) => ({ path, owner: await readOwner(path) })));
}

async function readOwner(path: string): Promise<Owner | undefined> {
  try {
    return ownerSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined;
  }
}

const timeOf = async (path: string): Promise<number | undefined> => (await stat(path).catch(() => undefined))?.mtimeMs;

const isOld = async (path: string): Promise<boolean> => ((await timeOf(path)) ?? Infinity) < Date.now() - STALE;

function ignoreGone(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
}

/**
 * What is known of a process. Of one on another machine nothing is; nor where this machine does not tell when a process started, as the number of a dead
 * one may have gone to another: the time stamp decides then.
 */
function stateOf({ machine: where, pid, started }: Owner): 'alive' | 'dead' | 'unknown' {
  if (where !== machine()) return 'unknown';
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Another user's process may not be signalled; it is alive all the same.
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return 'dead';
  }
  const found = processOf(pid);
  if (started === null || found === null) return 'unknown';
  return found.isOver || found.started !== started ? 'dead' : 'alive';
}

/** This machine, or this container of it: process numbers mean something within it only. */
function machine(): string {
  let space = '';
  try {
    space = readlinkSync('/proc/self/ns/pid');
  } catch {
    // There are none but on Linux.
  }
  return `${hostname()} ${space}`.trim();
}

/** A process, where the machine tells (Linux). */
function processOf(pid: number): { started: string; isOver: boolean } | null {
  try {
    // The name, in brackets, may hold blanks; after it come the state and, as the 20th field, clock ticks since the machine was switched on.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\)\s/s, '')
      .split(' ');
    const [state, started] = [fields[0]!, fields[19]];
    // One that was killed keeps its number until its parent asks how it ended, which some never do.
    return started === undefined ? null : { started, isOver: 'ZX'.includes(state) };
  } catch {
    return null;
  }
}

function refusal(folder: string, owner: Owner | undefined): FolderHeld {
  const who = owner ? ` (process ${owner.pid} on ${owner.machine.split(' ')[0]})` : '';
  return new FolderHeld(`another process${who} is working in this folder`, {
    where: folder,
    remedy: `wait for it, or choose another folder; if none is running, delete ${basename(folder)}/${LOCK}`,
  });
}
