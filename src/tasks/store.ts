/**
 * Where results live: a folder for each finished task, named by its name and key. A folder that is there is whole.
 *
 * Unfinished work (a training's checkpoints) lies apart, under `work/`, and is deleted when the task is done.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { explainFileError } from '../foundation/errors.ts';
import { kindAt, removeScratch, writeFolderAtomically } from '../foundation/files.ts';
import type { Task } from './task.ts';

export class TaskStore {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /** A task's result, whether or not it is there yet. */
  folder(task: Task): string {
    return join(this.#root, 'tasks', folderName(task));
  }

  async has(task: Task): Promise<boolean> {
    return (await kindAt(this.folder(task))) === 'folder';
  }

  /** Does a task's work: `execute` fills the result's folder and may keep checkpoints in the work folder. */
  async complete(task: Task, execute: (output: string, work: string) => Promise<void>): Promise<void> {
    const work = join(this.#root, 'work', folderName(task));
    try {
      await mkdir(work, { recursive: true });
    } catch (error) {
      throw explainFileError(error);
    }
    await writeFolderAtomically(this.folder(task), (output) => execute(output, work));
    await rm(work, { recursive: true, force: true });
  }

  /** Deletes what a killed process left half-written. */
  async clear(): Promise<void> {
    await removeScratch(join(this.#root, 'tasks'));
  }
}

const KEY_LENGTH = 12;

function folderName({ name, key }: Task): string {
  return `${name.replaceAll(/[^\p{L}\p{N}]+/gu, '-')}-${key.slice(0, KEY_LENGTH)}`;
}
