/**
 * A folder that a command writes, by one process at a time.
 *
 * While it is written `<folder>.unfinished` lies beside it: it is locked, and holds what an interrupted process would go on with. It goes when
 * the folder stands.
 */
import { rmdir } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { removeScratch, requireReplaceable } from './files.ts';
import { deleteHeld, lockFolder } from './folder-lock.ts';

export interface Unfinished {
  /** What is written: `an export`. */
  readonly what: string;
  /** Where the user names the folder: `--to`. */
  readonly flag: string;
  /** Whether a name beside the folder is that of something to go on with; nothing is unless given. */
  readonly isKept?: (name: string) => boolean;
}

/**
 * Writes a folder. What killed processes left of it half-written is deleted before.
 * @param write is given the folder in which it may keep what it goes on with when it is called again.
 * @throws FolderHeld when another process writes the same; UserError where what lies beside the folder is something else.
 */
export async function writeUnfinished<T>(
  folder: string,
  { what, flag, isKept = () => false }: Unfinished,
  write: (unfinished: string) => Promise<T>,
): Promise<T> {
  const path = resolve(folder);
  const unfinished = `${path}.unfinished`;
  // All that lies in it is deleted at the end.
  const isOwn = (names: readonly string[]): boolean => names.every((name) => name.startsWith('.') || isKept(name));
  await requireReplaceable(unfinished, { what: `what is unfinished of ${what}`, isOwn, flag });
  const release = await lockFolder(unfinished);
  let isDone = false;
  try {
    await removeScratch(dirname(path), basename(path));
    const result = await write(unfinished);
    isDone = true;
    return result;
  } finally {
    await (isDone ? deleteHeld(unfinished, release) : release());
    // It stays where there is something to go on with.
    if (!isDone) await rmdir(unfinished).catch(() => undefined);
  }
}
