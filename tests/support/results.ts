/** What a run left, to compare it with another byte for byte. */
import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { sha256OfFile } from '../../src/foundation/hash.ts';

/** What tells of times. */
const TIMED = ['log.jsonl', 'report.html'];

/** Hashes of all files of a run's folder but those that tell how long it took, by path. */
export async function hashResults(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !TIMED.includes(entry.name));
  const hashes = await Promise.all(
    files.map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      return [relative(folder, path), await sha256OfFile(path)] as const;
    }),
  );
  return Object.fromEntries(hashes.sort(([a], [b]) => (a < b ? -1 : 1)));
}
