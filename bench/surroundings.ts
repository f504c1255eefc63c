/** On what and when a table of docs/benchmarks.md was measured. Every table keeps its own: the others stay as they are when one is measured anew. */
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { z } from 'zod';
import { processorName } from '../src/runtime/processor.ts';

export const surroundingsSchema = z.object({
  /** Processor and cores. */
  machine: z.string(),
  versions: z.record(z.string(), z.string()),
  date: z.string(),
});
export type Surroundings = z.infer<typeof surroundingsSchema>;

export const machineName = (): string => `${processorName()}, ${cpus().length} cores`;

/** This machine and day. @param versions of what is timed beside dare. */
export function surroundingsNow(versions: Record<string, string> = {}): Surroundings {
  const { version } = JSON.parse(readFileSync('node_modules/onnxruntime-node/package.json', 'utf8')) as {
    version: string;
  };
  return {
    machine: machineName(),
    versions: { Node: process.versions.node, 'ONNX Runtime': version, ...versions },
    date: new Date().toISOString().slice(0, 10),
  };
}

export function describeSurroundings({ machine, versions, date }: Surroundings): string {
  const list = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [`${machine}, ${date}`, ...(list.length > 0 ? [list.join(', ')] : [])].join('; ');
}

/** What all have in common, where they agree: one machine, one day, and no two versions of one thing. */
export function agreement(all: readonly Surroundings[]): Surroundings | undefined {
  const [first] = all;
  if (!first) return undefined;
  const versions: Record<string, string> = {};
  for (const each of all) {
    if (each.machine !== first.machine || each.date !== first.date) return undefined;
    for (const [name, version] of Object.entries(each.versions)) {
      if ((versions[name] ??= version) !== version) return undefined;
    }
  }
  return { ...first, versions };
}
