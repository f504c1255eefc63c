/**
 * Sentences as they are sampled, one a line, so that a killed sampling goes on behind the last one.
 *
 * Every line begins with the checksum of what follows. Lines are good up to the first that is not: the rest is cut off, and sampled again to the
 * same sentences, since a sentence depends on its number alone.
 */
import { appendFileSync } from 'node:fs';
import { readFile, truncate } from 'node:fs/promises';
import { z } from 'zod';
import { explainFileError } from '../foundation/errors.ts';
import { sha256 } from '../foundation/hash.ts';
import type { Monitor } from '../foundation/progress.ts';

const entrySchema = z.object({ index: z.int(), text: z.string(), tokens: z.int() });
export type JournalEntry = z.infer<typeof entrySchema>;

const checksumOf = (json: string): string => sha256(json).slice(0, 16);

export class SentenceJournal {
  /** What was written before, by number. */
  readonly entries: readonly JournalEntry[];
  readonly #path: string;

  private constructor(path: string, entries: readonly JournalEntry[]) {
    this.#path = path;
    this.entries = entries;
  }

  /** Opens a journal, or begins one. A part that is damaged is cut off, and told of. @throws UserError when the file cannot be read or cut. */
  static async open(path: string, monitor: Monitor): Promise<SentenceJournal> {
    try {
      const bytes = await readFile(path).catch((error: unknown) => {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return Buffer.alloc(0);
        throw error;
      });
      const entries: JournalEntry[] = [];
      let good = 0;
      for (let end = bytes.indexOf('\n'); end >= 0; end = bytes.indexOf('\n', good)) {
        const entry = parse(bytes.toString('utf8', good, end), entries.length);
        if (!entry) break;
        entries.push(entry);
        good = end + 1;
      }
      if (good < bytes.length) {
        monitor.note(`${path}:${entries.length + 1}: not whole; sampled again from here`);
        await truncate(path, good);
      }
      return new SentenceJournal(path, entries);
    } catch (error) {
      throw explainFileError(error);
    }
  }

  /** Writes the next sentence down. @throws UserError when the disk is full. */
  append({ index, text, tokens }: JournalEntry): void {
    const json = JSON.stringify({ index, text, tokens });
    try {
      appendFileSync(this.#path, `${checksumOf(json)} ${json}\n`);
    } catch (error) {
      throw explainFileError(error);
    }
  }
}

/** A line's entry; `undefined` when it is damaged, or not the one that is due. */
function parse(line: string, due: number): JournalEntry | undefined {
  const [checksum, json] = [line.slice(0, 16), line.slice(17)];
  if (line[16] !== ' ' || checksum !== checksumOf(json)) return undefined;
  const entry = entrySchema.parse(JSON.parse(json));
  return entry.index === due ? entry : undefined;
}
