/**
 * What `dare run --plan` foretells beside what the run then takes, step by step.
 *
 *   tsx bench/plan.ts [--corpus examples/drug-relations.jsonl] [--preset small] [--train 600] [--out out/plan]
 *
 * Prints a table. Memory is the most that this process had while a step ran, disk what the step leaves.
 */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { configure } from '../src/dare/presets.ts';
import { Monitor } from '../src/foundation/progress.ts';
import { CpuDevice } from '../src/runtime/cpu/cpu-device.ts';
import { previewRun } from '../src/tasks/preview.ts';
import { runDare } from '../src/tasks/run.ts';

const { values } = parseArgs({
  options: {
    corpus: { type: 'string', default: 'examples/drug-relations.jsonl' },
    preset: { type: 'string', default: 'small' },
    train: { type: 'string', default: '600' },
    out: { type: 'string', default: 'out/plan' },
  },
});

const configuration = configure(
  {
    corpus: { path: values.corpus, trainExamples: Number(values.train), testExamples: Number(values.train) },
    filter: { consistency: 'drop', judges: 2 },
    ensemble: { size: 2, arms: ['dare', 'gold', 'balanced-bagging'] },
    threads: 1,
  },
  values.preset === 'quickstart' ? 'quickstart' : 'small',
);

const measured = new Map<string, { seconds: number; memoryBytes: number }>();
let peak = 0;
const monitor = new Monitor((event) => {
  const memory = process.memoryUsage().rss;
  peak = event.kind === 'stage' ? memory : Math.max(peak, memory);
  if (event.kind === 'done') measured.set(event.stage, { seconds: event.seconds, memoryBytes: peak });
});

async function diskBytes(folder: string): Promise<number> {
  let sum = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) sum += (await stat(join(entry.parentPath, entry.name))).size;
  }
  return sum;
}

await rm(values.out, { recursive: true, force: true });
const device = new CpuDevice({ threads: 1 });
const options = { folder: values.out, device, monitor, offline: true };
const { steps } = await previewRun(configuration, options);
await runDare(configuration, options);
await device.close();

const folders = await readdir(join(values.out, 'tasks'));
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
console.log('| step | time: estimated, measured | ratio | memory | disk |\n| --- | --- | --- | --- | --- |');
for (const { name, estimate } of steps) {
  const run = measured.get(name);
  if (!estimate || !run) continue;
  const prefix = `${name.replaceAll(/[^A-Za-z0-9]+/g, '-')}-`;
  const folder = folders.find((each) => each.startsWith(prefix));
  const disk = folder === undefined ? 0 : await diskBytes(join(values.out, 'tasks', folder));
  const ratio = (estimate.seconds / run.seconds).toFixed(2);
  const time = `${estimate.seconds.toFixed(1)} s, ${run.seconds.toFixed(1)} s`;
  const memory = `${megabytes(estimate.memoryBytes)}, ${megabytes(run.memoryBytes)}`;
  console.log(`| ${name} | ${time} | ${ratio} | ${memory} | ${megabytes(estimate.diskBytes)}, ${megabytes(disk)} |`);
}
