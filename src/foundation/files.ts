/**
 * Files that are whole or absent.
 *
 * What is written appears under its name only when it is complete: a file is written beside its place and renamed, a folder likewise. A
 * reader, or the next run after a crash, never meets a half-written result. Scratch names carry SCRATCH_MARK and may be deleted at any time.
 */
import { mkdir, open, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { randomUUID } from 'node:crypto';
import writeFileAtomic from 'write-file-atomic';
import type { z } from 'zod';
import { explainFileError, messageOf, UserError } from './errors.ts';

const SCRATCH_MARK = '.partial-';
/** Of what is about to be replaced. */
const REPLACED_MARK = `${SCRATCH_MARK}old-`;

/** Writes a file whole: flushed to disk beside its place, then renamed into it. The folder is made if need be. */
export async function writeFileAtomically(path: string, data: string | Uint8Array): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFileAtomic(
      path,
      typeof data === 'string' ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength),
    );
  } catch (error) {
    throw explainFileError(error);
  }
}

/**
 * Writes a file whole from pieces of text as they come, in memory that does not grow with it. On failure nothing is
 * left behind.
 */
export async function streamFileAtomically(path: string, pieces: AsyncIterable<string>): Promise<void> {
  const scratch = `${path}${SCRATCH_MARK}${randomUUID().slice(0, 8)}`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(scratch, 'wx');
    try {
      for await (const piece of pieces) await file.write(piece);
    } finally {
      await file.close();
    }
    await flushAndName(scratch, path);
  } catch (error) {
    await rm(scratch, { force: true });
    // The user knows the file by its own name.
    if (error instanceof Error && 'path' in error && error.path === scratch) error.path = path;
    throw explainFileError(error);
  }
}

/**
 * Gives a file that was written beside its place its name, flushed to disk before: after a power cut there is no name without what belongs
 * under it.
 */
export async function moveIntoPlace(scratch: string, path: string): Promise<void> {
  try {
    await flushAndName(scratch, path);
  } catch (error) {
    throw explainFileError(error);
  }
}

async function flushAndName(scratch: string, path: string): Promise<void> {
  const file = await open(scratch, 'r+');
  await file.sync().finally(() => file.close());
  await rename(scratch, path);
  await flushFolder(dirname(path));
}

/**
 * Makes a folder whole: `fill` writes into a scratch folder, which then takes the place's name. What stood there before is replaced only
 * after `fill` succeeded; on failure nothing is left behind. A process killed between the two renames leaves neither under the name, until
 * `removeScratch` puts the old one back.
 */
export async function writeFolderAtomically<T>(folder: string, fill: (scratch: string) => Promise<T>): Promise<T> {
  // A slash at its end would put the scratch into the folder.
  const path = resolve(folder);
  const scratch = `${path}${SCRATCH_MARK}${randomUUID().slice(0, 8)}`;
  try {
    await mkdir(scratch, { recursive: true });
    const result = await fill(scratch);
    await flushAll(scratch);
    const old = `${path}${REPLACED_MARK}${randomUUID().slice(0, 8)}`;
    const replaced = (await kindAt(path)) !== undefined;
    if (replaced) await rename(path, old);
    try {
      await rename(scratch, path);
    } catch (error) {
      // A virus scanner on Windows may hold the new one for a moment.
      if (replaced) await rename(old, path);
      throw error;
    }
    if (replaced) await rm(old, { recursive: true, force: true });
    await flushFolder(dirname(path));
    return result;
  } catch (error) {
    await rm(scratch, { recursive: true, force: true });
    throw explainFileError(error);
  }
}

/** Puts a folder's files on disk before it takes its name: a copied one may still be in memory alone, and would be empty after a power cut. */
async function flushAll(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) await flushFolder(path);
    if (entry.isFile()) await flushFile(path);
  }
  await flushFolder(folder);
}

async function flushFile(path: string): Promise<void> {
  const file = await open(path, 'r+').catch(() => undefined);
  if (file) {
    await file.sync().finally(() => file.close());
    return;
  }
  // A copy of a file that nobody may write is one as well; Windows puts on disk what is open to be written, and nothing else.
  const readOnly = await open(path, 'r');
  await readOnly
    .sync()
    .catch(() => undefined)
    .finally(() => readOnly.close());
}

/** Asks the operating system to put a folder's entries (renames) on disk; not every platform can. */
async function flushFolder(path: string): Promise<void> {
  try {
    const handle = await open(path, 'r');
    await handle.sync().finally(() => handle.close());
  } catch {
    // Windows cannot open folders; the rename is still atomic there.
  }
}

/** Whether a name in a folder is that of something half-written. */
export const isScratch = (name: string): boolean => name.includes(SCRATCH_MARK);

/**
 * Deletes scratch left in a folder by a process that was killed. Call it while holding the folder's lock.
 * @param of the name of the only thing whose scratch is meant. Where the process was about to replace it, what stood there has its name again.
 */
export async function removeScratch(folder: string, of = ''): Promise<void> {
  const names = await readdir(folder).catch((): string[] => []);
  const replaced = names.find((name) => name.startsWith(`${of}${REPLACED_MARK}`));
  if (of && replaced && !names.includes(of)) await rename(join(folder, replaced), join(folder, of));
  for (const name of await readdir(folder).catch(() => [])) {
    if (of ? name.startsWith(`${of}${SCRATCH_MARK}`) : isScratch(name))
      await rm(join(folder, name), { recursive: true, force: true });
  }
}

/** Deletes scratch that a killed process left of these files. Call it while holding the folder's lock. */
export async function removeFileScratch(folder: string, files: readonly string[]): Promise<void> {
  const isOfFile = (name: string) =>
    files.some(
      (file) =>
        name.startsWith(`${file}${SCRATCH_MARK}`) ||
        (name.startsWith(`${file}.`) && /^\d+$/.test(name.slice(file.length + 1))),
    );
  for (const name of await readdir(folder).catch(() => [])) {
    if (isOfFile(name)) await rm(join(folder, name), { force: true });
  }
}

/**
 * Makes sure that to write a folder anew loses nothing of the user's: it is not there, is empty, or holds what `isOwn` knows by its names.
 * @throws UserError where it holds something else, or is a file.
 */
export async function requireReplaceable(
  folder: string,
  { what, isOwn, flag }: { what: string; isOwn: (names: readonly string[]) => boolean; flag: string },
): Promise<void> {
  const kind = await kindAt(folder);
  if (kind === undefined) return;
  const names = kind === 'folder' ? await readdir(folder) : [];
  if (kind === 'folder' && (names.length === 0 || isOwn(names))) return;
  throw new UserError(
    kind === 'file' ? 'is a file, and a folder is to be written' : `the folder holds other files than ${what}`,
    {
      where: folder,
      remedy: `name a new or empty folder with ${flag}`,
    },
  );
}

/** What stands at a path, if anything. */
export async function kindAt(path: string): Promise<'file' | 'folder' | undefined> {
  return stat(path).then(
    (found) => (found.isDirectory() ? 'folder' : 'file'),
    () => undefined,
  );
}

/** A file's text. @throws UserError naming the file when it cannot be read. */
export async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw explainFileError(error, path);
  }
}

/** Reads JSON and checks it against a schema. @throws UserError naming the file and the first offending key. */
export async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  const text = await readText(path);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UserError(`not valid JSON: ${messageOf(error)}`, { where: path, remedy: 'correct the file' });
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new UserError(`${issue?.path.join('.') || 'the file'}: ${issue?.message ?? 'invalid'}`, {
      where: path,
      remedy: 'correct the file',
    });
  }
  return parsed.data;
}

/** Writes a value as indented JSON, atomically. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFileAtomically(path, `${JSON.stringify(value, null, 2)}\n`);
}
