/** How fast each format is read, and in how much memory: a process for each reading (corpus.ts). */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { RENDERINGS } from './corpus-files.ts';

/** The large files, and smaller ones that show what memory depends on. */
const MEGABYTES = [10, 100] as const;

const writtenSchema = z.object({ bytes: z.number(), pieces: z.number() });
const readSchema = z.object({ seconds: z.number(), pieces: z.number(), peakRssBytes: z.number() });

const readingSchema = readSchema.extend({ bytes: z.number() });
/** Readings of files of about 10 and 100 MB, by format. */
export const corpusSpeedSchema = z.object({
  date: z.string(),
  node: z.string(),
  formats: z.record(z.string(), z.array(readingSchema)),
});
export type CorpusSpeed = z.infer<typeof corpusSpeedSchema>;

/**
 * @param run runs a script of this folder and returns the JSON that it prints.
 * @param only the formats to measure; all unless given, the others being as they were in `previous`.
 */
export function measureCorpusSpeed(
  run: (script: string, ...args: string[]) => unknown,
  only: readonly string[] | undefined,
  previous: CorpusSpeed | undefined,
): CorpusSpeed {
  const formats: CorpusSpeed['formats'] = {};
  for (const format of Object.keys(RENDERINGS)) {
    const standing = previous?.formats[format];
    if (only && !only.includes(format)) {
      if (standing) formats[format] = standing;
      continue;
    }
    formats[format] = MEGABYTES.map((megabytes) => {
      const folder = mkdtempSync(join(tmpdir(), 'dare-corpus-'));
      try {
        const { bytes, pieces } = writtenSchema.parse(run('corpus', 'write', format, String(megabytes), folder));
        const read = readSchema.parse(run('corpus', 'read', format, folder));
        if (read.pieces !== pieces) throw new Error(`${format}: ${read.pieces} of ${pieces} were read`);
        return { ...read, bytes };
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  }
  return { date: new Date().toISOString().slice(0, 10), node: process.versions.node, formats };
}

/** The rows of the table: format, MB/s, documents or sentences a second, peak memory of the small and the large file. */
export function corpusSpeedRows({ formats }: CorpusSpeed): { head: string[]; rows: string[][] } {
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
  const rows = Object.entries(formats).map(([format, readings]) => {
    const { bytes, seconds, pieces } = readings.at(-1)!;
    return [
      format,
      megabytes(bytes),
      `${(bytes / 1e6 / seconds).toFixed(0)} MB/s`,
      Math.round(pieces / seconds).toLocaleString('en'),
      ...readings.map(({ peakRssBytes }) => megabytes(peakRssBytes)),
    ];
  });
  const head = [
    'format',
    'read',
    'speed',
    'documents or sentences a second',
    ...MEGABYTES.map((size) => `peak memory, ${size} MB`),
  ];
  return { head, rows };
}
