/**
 * `log.jsonl` in a run's folder: what was done when, by whom, and every note. One JSON object a line, over all sessions of the run.
 *
 * A session (one call of the program) begins with a line that says which versions it is of. A task that was done says what kind of work it was and on what;
 * so that what a run cost can be added up afterwards, and nothing that depends on the clock need stand in a result.
 */
import { appendFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { z } from 'zod';
import { explainFileError } from '../foundation/errors.ts';
import { kindAt } from '../foundation/files.ts';
import { readLines } from '../foundation/lines.ts';
import { Monitor } from '../foundation/progress.ts';
import { VERSION } from '../foundation/version.ts';

export const LOG_FILE = 'log.jsonl';

const sessionSchema = z.object({
  kind: z.literal('session'),
  dare: z.string(),
  node: z.string(),
  /** Operating system and architecture. */
  platform: z.string(),
});
const doneSchema = z.object({
  kind: z.literal('done'),
  stage: z.string(),
  seconds: z.number(),
  task: z.object({ kind: z.string(), device: z.string().nullable() }).optional(),
});
const cachedSchema = z.object({ kind: z.literal('cached'), stage: z.string() });
const lineSchema = z.union([sessionSchema, doneSchema, cachedSchema, z.object({ kind: z.string() })]);

/** A step of a run, as its log tells of it. */
export interface LoggedStep {
  readonly name: string;
  /** What kind of task it was. */
  readonly kind: string;
  /** What its model ran on, with the library's version; null where it ran none. */
  readonly device: string | null;
  /** Wall-clock time; steps that ran side by side count each their own. */
  readonly seconds: number;
}

export interface RunLog {
  /** Versions, each once. */
  readonly sessions: readonly Omit<z.infer<typeof sessionSchema>, 'kind'>[];
  readonly steps: readonly LoggedStep[];
  /** Steps that other runs of the store had done. */
  readonly reused: readonly string[];
}

/** Begins a session's part of the log. @returns the same monitor, with all but the single steps also written to the log. */
export async function withLog(monitor: Monitor, path: string): Promise<Monitor> {
  await endLine(path);
  const write = (line: object): void => {
    try {
      appendFileSync(path, `${JSON.stringify({ time: new Date().toISOString(), ...line })}\n`);
    } catch (error) {
      throw explainFileError(error);
    }
  };
  write({ kind: 'session', dare: VERSION, node: process.versions.node, platform: `${platform()} ${arch()}` });
  return new Monitor((event) => {
    monitor.report(event);
    if (event.kind !== 'step') write(event);
  }, monitor.signal);
}

/** Ends the half line that a killed process may have left in a log. */
async function endLine(path: string): Promise<void> {
  const log = await open(path, 'r').catch(() => undefined);
  if (!log) return;
  try {
    const { size } = await log.stat();
    const { bytesRead, buffer } = await log.read({ buffer: Buffer.alloc(1), position: Math.max(0, size - 1) });
    if (size > 0 && bytesRead > 0 && buffer[0] !== 0x0a) appendFileSync(path, '\n');
  } finally {
    await log.close();
  }
}

/** What a run's log tells; nothing where there is none. */
export async function readRunLog(path: string): Promise<RunLog> {
  const lines = (await kindAt(path)) === 'file' ? await readWholeLines(path) : [];
  const sessions = new Map<string, RunLog['sessions'][number]>();
  const steps: LoggedStep[] = [];
  const cached = new Set<string>();
  for (const line of lines) {
    if ('dare' in line) {
      const { dare, node, platform: system } = line;
      sessions.set(JSON.stringify([dare, node, system]), { dare, node, platform: system });
    } else if ('seconds' in line && line.task) {
      steps.push({ name: line.stage, ...line.task, seconds: line.seconds });
    } else if ('stage' in line && line.kind === 'cached') cached.add(line.stage);
  }
  const own = new Set(steps.map(({ name }) => name));
  return { sessions: [...sessions.values()], steps, reused: [...cached].filter((name) => !own.has(name)) };
}

/** The lines that are whole: a killed process may have left half of one. */
async function readWholeLines(path: string): Promise<z.infer<typeof lineSchema>[]> {
  const lines: z.infer<typeof lineSchema>[] = [];
  for await (const { text } of readLines(path)) {
    try {
      lines.push(lineSchema.parse(JSON.parse(text)));
    } catch {
      continue;
    }
  }
  return lines;
}
