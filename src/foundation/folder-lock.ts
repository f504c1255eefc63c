/**
 * A folder for one process alone.
 *
 * The lock is a folder, which only one process can make, with a time stamp that its holder keeps fresh. Beside it stands who the holder is: on the
 * same machine a holder that has died is known at once, and its lock taken away. What other machines hold becomes free when its stamp is old.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, rmdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { check, lock } from 'proper-lockfile';
import { z } from 'zod';
import { explainFileError, UserError } from './errors.ts';
import { kindAt, removeFileScratch, writeJson } from './files.ts';
import type { Monitor } from './progress.ts';

const LOCK = '.lock';
const OWNER = '.lock-owner.json';
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
      const owner = await readOwner(folder);
      if (owner && isDead(owner)) await takeAway(folder);
      else if (owner?.machine === machine() && (await kindAt(join(folder, LOCK))) !== undefined)
        throw refusal(folder, owner);
      const release = await tryLock(folder);
      if (release) {
        await removeFileScratch(folder, [OWNER]);
        await writeJson(join(folder, OWNER), { machine: machine(), pid: process.pid, started: startOf(process.pid) });
        return async () => {
          await rm(join(folder, OWNER), { force: true });
          await release();
        };
      }
      // A holder that has just begun says in a moment who it is.
      if (Date.now() > deadline) throw refusal(folder, owner);
      await delay(50);
    }
  } catch (error) {
    throw explainFileError(error);
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
  if ((await kindAt(join(folder, LOCK))) === undefined) return false;
  const owner = await readOwner(folder);
  if (owner?.machine === machine()) return !isDead(owner);
  return check(folder, { lockfilePath: join(folder, LOCK), stale: STALE });
}

/** The live process of this machine that holds a folder, if there is one. */
export async function holderOf(folder: string): Promise<number | undefined> {
  const owner = await readOwner(folder);
  return owner?.machine === machine() && !isDead(owner) ? owner.pid : undefined;
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
    const owner = await readOwner(folder);
    if (!owner || !isDead(owner)) return;
    // In this order: whoever makes the lock anew must not be taken for the dead one.
    await rm(join(folder, OWNER), { force: true });
    await rmdir(join(folder, LOCK)).catch(() => undefined);
  } finally {
    await release();
  }
}

async function readOwner(folder: string): Promise<Owner | undefined> {
  try {
    return ownerSchema.parse(JSON.parse(await readFile(join(folder, OWNER), 'utf8')));
  } catch {
    return undefined;
  }
}

function isDead({ machine: where, pid, started }: Owner): boolean {
  if (where !== machine()) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Another user's process may not be signalled; it is alive all the same.
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return true;
  }
  return started !== null && startOf(pid) !== null && startOf(pid) !== started;
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

/** When a process started, where the machine tells (Linux: clock ticks since it was switched on). */
function startOf(pid: number): string | null {
  try {
    // The name, in brackets, may hold blanks; the 20th field after it is the time.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\)\s/s, '')
      .split(' ');
    return fields[19] ?? null;
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
