/** On what and when a table of docs/benchmarks.md was measured. Every table keeps its own: the others stay as they are when one is measured anew. */
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { z } from 'zod';

export const surroundingsSchema = z.object({
  /** Processor and cores. */
  machine: z.string(),
  versions: z.record(z.string(), z.string()),
  date: z.string(),
});
export type Surroundings = z.infer<typeof surroundingsSchema>;

/**
 * The processor's name, with what tells it from others of that name where it has no number: a virtual machine's "AMD EPYC" may be of any generation, with
 * AVX-512 or without, and products differ twofold.
 * @param information /proc/cpuinfo, where there is one.
 */
export function processorName(model = cpus()[0]?.model, information = processorInformation()): string {
  const name = model?.trim() ?? 'unknown processor';
  const valueOf = (key: string) => new RegExp(`^${key}\\s*: (.*)$`, 'm').exec(information)?.[1];
  const [family, number, flags] = [valueOf('cpu family'), valueOf('model'), valueOf('flags')];
  if (/\d/.test(name) || family === undefined || number === undefined) return name;
  const widest = [
    ['avx512f', 'AVX-512'],
    ['avx2', 'AVX2, no AVX-512'],
  ].find(([flag]) => flags?.split(' ').includes(flag!));
  return `${name} (family ${family}, model ${number}${widest ? `; ${widest[1]}` : ''})`;
}

/** Empty where the system has none. */
function processorInformation(): string {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return '';
  }
}

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
