/**
 * Work that need not be done twice although its inputs changed: where what a task makes of them is what it made before.
 *
 * A member's key changes with each pool that it draws from, but a sentence taken out of a pool concerns only the members that had drawn it. So
 * a member leaves a fingerprint of what it was trained with, and takes over the result of an earlier one that has the same.
 */
import { constants } from 'node:fs';
import { cp, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { kindAt, readJson } from '../foundation/files.ts';

/** Where a result's fingerprint stands in its folder. */
export const FINGERPRINT_FILE = 'fingerprint.json';
const fingerprintSchema = z.object({ fingerprint: z.string() });

/**
 * Fills a task's output from an earlier result of the same name with the same fingerprint.
 * @param folder where the task's result will lie.
 * @returns whether there was one.
 */
export async function takeOver(folder: string, output: string, fingerprint: string): Promise<boolean> {
  const name = basename(folder).replace(/-[^-]+$/, '');
  const siblings = await readdir(dirname(folder));
  for (const sibling of siblings.sort()) {
    if (sibling.replace(/-[^-]+$/, '') !== name) continue;
    const path = join(dirname(folder), sibling, FINGERPRINT_FILE);
    if ((await kindAt(path)) !== 'file') continue;
    if ((await readJson(path, fingerprintSchema)).fingerprint !== fingerprint) continue;
    // Copied on write where the file system can.
    await cp(join(dirname(folder), sibling), output, { recursive: true, mode: constants.COPYFILE_FICLONE });
    return true;
  }
  return false;
}
