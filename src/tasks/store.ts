/**
 * Where results live: a folder for each finished task, named by its name and key. A folder that is there is whole.
 *
 * Unfinished work (a training's checkpoints) lies apart, under `work/`, and is deleted when the task is done. A task's work folder is locked while
 * the task is done, so that several processes, and several runs, can share a store: who comes second waits, and finds the result.
 */
import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { kindAt, removeScratch, writeFileAtomically, writeFolderAtomically } from '../foundation/files.ts';
import { awaitFolder, deleteHeld, lockFolder } from '../foundation/folder-lock.ts';
import type { Monitor } from '../foundation/progress.ts';
import type { Task } from './task.ts';

/** Milliseconds between two looks at a task that another process does. */
const PATIENCE = 100;
/** Milliseconds in which whoever has just finished a task gives its folder back, or is seen to be dead. */
const FAREWELL = 5_000;

/** Stands in a result whose model was deleted. */
const DROPPED = 'weights-dropped.txt';
const DROPPED_TEXT =
  'The weights were deleted when all that needed them stood; dare run --generator-keep-weights makes and keeps them.\n';
const MODEL = 'model';

export class TaskStore {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /** A task's result, whether or not it is there yet. */
  folder(task: Task): string {
    return join(this.results, folderName(task));
  }

  async has(task: Task): Promise<boolean> {
    return this.stands(folderName(task));
  }

  /** Whether there is a result of this name, with all that belongs to it. */
  async stands(name: string): Promise<boolean> {
    const folder = join(this.results, name);
    return (await kindAt(folder)) === 'folder' && (await kindAt(join(folder, DROPPED))) === undefined;
  }

  /** Deletes a result's model and keeps the rest; the task then counts as not done. Left alone while a process works on it. */
  async dropModel(name: string): Promise<void> {
    const work = join(this.work, name);
    const release = await lockFolder(work).catch(() => undefined);
    if (!release) return;
    try {
      // Before the weights go, so that a process killed in between leaves no result that only looks whole.
      await writeFileAtomically(join(this.results, name, DROPPED), DROPPED_TEXT);
      await rm(join(this.results, name, MODEL), { recursive: true, force: true });
    } finally {
      await release();
      await rmdir(work).catch(() => undefined);
    }
  }

  /** Names of results whose model a process that was killed had begun to delete. */
  async halfDropped(): Promise<string[]> {
    const names = await readdir(this.results).catch(() => []);
    const parts = [DROPPED, MODEL];
    const found = await Promise.all(
      names.map((name) => Promise.all(parts.map((part) => kindAt(join(this.results, name, part))))),
    );
    return names.filter((_, index) => found[index]!.every((kind) => kind !== undefined));
  }

  /**
   * Does a task's work: `execute` fills the result's folder and may keep checkpoints in the work folder.
   * When another process has done it meanwhile, nothing is executed.
   * @throws Interrupted when the user stops while another process is doing the task.
   */
  async complete(
    task: Task,
    monitor: Monitor,
    execute: (output: string, work: string) => Promise<void>,
  ): Promise<void> {
    const name = folderName(task);
    const work = join(this.work, name);
    const release = await awaitFolder(
      work,
      monitor,
      `${task.name}: waiting for another process that is doing the same`,
    );
    let isDone = await this.has(task);
    try {
      if (!isDone) {
        await removeScratch(this.results, name);
        await writeFolderAtomically(this.folder(task), (output) => execute(output, work));
        isDone = true;
      }
    } finally {
      await (isDone ? deleteHeld(work, release) : release());
    }
  }

  /**
   * Deletes what a process that was killed just after it finished a task has left of its work, or of a model that it was deleting. A killed run's worker processes outlive it for a moment, and
   * may finish a task in it: what they still hold is waited for.
   */
  async clear(): Promise<void> {
    for (const name of await this.halfDropped()) await this.dropModel(name);
    const deadline = Date.now() + FAREWELL;
    for (const name of await readdir(this.work).catch(() => [])) {
      const work = join(this.work, name);
      const isDone = await this.stands(name);
      // Where there are locks alone nothing was begun, or a model was deleted.
      const isEmpty = (await readdir(work).catch(() => [])).every((entry) => entry.startsWith('.'));
      if (!isDone && !isEmpty) continue;
      let release = await lockFolder(work).catch(() => undefined);
      while (isDone && !release && Date.now() < deadline && (await kindAt(work)) === 'folder') {
        await delay(PATIENCE);
        release = await lockFolder(work).catch(() => undefined);
      }
      if (release) await deleteHeld(work, release);
    }
  }

  /** Where results lie. */
  get results(): string {
    return join(this.root, 'tasks');
  }

  /** Where unfinished work lies. */
  get work(): string {
    return join(this.root, 'work');
  }
}

const KEY_LENGTH = 12;

/** How a task's folders are named, below `tasks/` and below `work/`. */
export function folderName({ name, key }: Task): string {
  return `${name.replaceAll(/[^\p{L}\p{N}]+/gu, '-')}-${key.slice(0, KEY_LENGTH)}`;
}
