/** How fast each format is read, and in how much memory: a process for each reading (corpus.ts). */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { RENDERINGS } from './corpus-files.ts';
import { dare } from './measure.ts';
import { surroundingsNow, surroundingsSchema } from './surroundings.ts';

/** The large files, and smaller ones that show what memory depends on. */
const MEGABYTES = [10, 100] as const;

const writtenSchema = z.object({ bytes: z.number(), pieces: z.number() });
const readSchema = z.object({ seconds: z.number(), pieces: z.number(), peakRssBytes: z.number() });

const readingSchema = readSchema.extend({ bytes: z.number() });
/** Readings of files of about 10 and 100 MB. */
const rowSchema = surroundingsSchema.extend({ readings: z.array(readingSchema) });
const rowsSchema = z.record(z.string(), rowSchema);
export const corpusSpeedSchema = z.object({
  formats: rowsSchema,
  /** What `dare data` does with a corpus as a whole. */
  commands: rowsSchema,
});
export type CorpusSpeed = z.infer<typeof corpusSpeedSchema>;

/** By command: what is done with which corpus. */
const COMMANDS = {
  'data convert, PubTator documents': ['convert', 'pubtator', 'pubtator'],
  'data inspect, PubTator documents': ['inspect', 'pubtator', 'pubtator'],
  'data inspect, sentences that are all different': ['inspect', 'distinct', 'jsonl'],
} as const;

/**
 * @param only the formats to measure, and `commands`; all unless given, the others being as they were in `previous`.
 */
export function measureCorpusSpeed(
  only: readonly string[] | undefined,
  previous: CorpusSpeed | undefined,
): CorpusSpeed {
  const isWanted = (name: string): boolean => !only || only.includes(name);
  const row = (action: string, written: string, format: string) => ({
    ...surroundingsNow(),
    readings: readings(action, written, format),
  });
  const formats = Object.keys(RENDERINGS).flatMap((format) => {
    const standing = previous?.formats[format];
    if (isWanted(format)) return [[format, row('read', format, format)] as const];
    return standing ? [[format, standing] as const] : [];
  });
  const commands = isWanted('commands')
    ? Object.fromEntries(
        Object.entries(COMMANDS).map(([name, [action, written, format]]) => [name, row(action, written, format)]),
      )
    : (previous?.commands ?? {});
  return { formats: Object.fromEntries(formats), commands };
}

/** What something done to a small and a large corpus takes. @param format what it is recognised as. */
function readings(action: string, written: string, format: string): z.infer<typeof readingSchema>[] {
  return MEGABYTES.map((megabytes) => {
    const folder = mkdtempSync(join(tmpdir(), 'dare-corpus-'));
    try {
      const { bytes, pieces } = writtenSchema.parse(dare('corpus', 'write', written, String(megabytes), folder));
      const done = readSchema.parse(dare('corpus', action, format, folder));
      if (action === 'read' && done.pieces !== pieces)
        throw new Error(`${format}: ${done.pieces} of ${pieces} were read`);
      return { ...done, bytes };
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

/** The rows of the table: what was done, MB/s, pieces a second, peak memory of the small and the large file. */
export function corpusSpeedRows(
  measured: z.infer<typeof rowsSchema>,
  { what, pieces: counted }: { what: string; pieces: string },
): { head: string[]; rows: string[][] } {
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
  const rows = Object.entries(measured).map(([name, { readings: each }]) => {
    const { bytes, seconds, pieces } = each.at(-1)!;
    return [
      name,
      megabytes(bytes),
      `${(bytes / 1e6 / seconds).toFixed(bytes / 1e6 / seconds < 10 ? 1 : 0)} MB/s`,
      Math.round(pieces / seconds).toLocaleString('en'),
      ...each.map(({ peakRssBytes }) => megabytes(peakRssBytes)),
    ];
  });
  const head = [what, 'read', 'speed', `${counted} a second`, ...MEGABYTES.map((size) => `peak memory, ${size} MB`)];
  return { head, rows };
}
