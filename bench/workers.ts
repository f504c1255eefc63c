/**
 * Seconds to train an ensemble of 20 small classifiers one after the other and side by side: `dare run` in three ways on the same corpus, timed by its log.
 *
 * The two ways with one thread a model must leave the same bytes; the way with all cores for one model is what `--threads` gives.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { surroundingsSchema } from './surroundings.ts';
import type { Surroundings } from './surroundings.ts';

export const workersSchema = surroundingsSchema.extend({
  members: z.int(),
  /** Wall-clock seconds from the first member's beginning to the last one's end. */
  ways: z.array(z.object({ workers: z.int(), threads: z.int(), seconds: z.number() })),
  sameBytes: z.boolean(),
});
export type WorkersSpeed = z.infer<typeof workersSchema>;

const MEMBERS = 20;

const eventSchema = z.looseObject({ time: z.string(), kind: z.string(), stage: z.string().optional() });

function trainEnsemble(corpus: string, workers: number, threads: number): { seconds: number; predictions: string } {
  const out = mkdtempSync(join(tmpdir(), 'dare-workers-'));
  try {
    const settings = ['--preset', 'small', '--ensemble-arms', 'gold', '--ensemble-size', String(MEMBERS)];
    const shape = ['--classifier-epochs', '1', '--ensemble-retries', '0', '--no-classifier-keep-weights'];
    const how = ['--workers', String(workers), '--threads', String(threads)];
    console.error(`… dare run ${[...settings, ...shape, ...how].join(' ')}`);
    const args = ['bin/dare', 'run', '--corpus', corpus, ...settings, ...shape, ...how, '--out', out, '--quiet'];
    execFileSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    const events = readFileSync(join(out, 'log.jsonl'), 'utf8').trim().split('\n');
    const times = events
      .map((line) => eventSchema.parse(JSON.parse(line)))
      .filter(({ stage }) => stage?.includes('member'))
      .map(({ time }) => Date.parse(time));
    const seconds = (Math.max(...times) - Math.min(...times)) / 1000;
    return { seconds, predictions: readFileSync(join(out, 'predictions.jsonl'), 'utf8') };
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

export function measureWorkers(corpus: string): Omit<WorkersSpeed, keyof Surroundings> {
  const cores = availableParallelism();
  const ways = [
    { workers: 1, threads: 1 },
    { workers: 1, threads: cores },
    { workers: cores, threads: 1 },
  ].map((way) => ({ ...way, ...trainEnsemble(corpus, way.workers, way.threads) }));
  return {
    members: MEMBERS,
    ways: ways.map(({ workers, threads, seconds }) => ({ workers, threads, seconds })),
    sameBytes: ways[0]!.predictions === ways[2]!.predictions,
  };
}

/** Head and rows of the table; all cores on one model after the other, which is what there would be without, is 1. */
export function workersRows({ ways }: WorkersSpeed): { head: string[]; rows: string[][] } {
  const { seconds: alone } = ways.find(({ workers, threads }) => workers === 1 && threads > 1) ?? ways[0]!;
  return {
    head: ['models at once', 'threads each', 'seconds', 'speed, one at a time on all cores = 1'],
    rows: ways.map(({ workers, threads, seconds }) => [
      String(workers),
      String(threads),
      seconds.toFixed(1),
      (alone / seconds).toFixed(2),
    ]),
  };
}
