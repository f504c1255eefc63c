/**
 * Whether memory grows over long work (long-work.ts): bytes in use after many steps of changing shapes beside those after a few, as one JSON line.
 *
 *   npm run nightly:long-run [-- --steps 2000 --early 200 --limit 1.03 --work sampling --device webgpu --size tiny]
 *
 * Each kind of work has a process of its own. Ends with exit code 1 where memory has grown by more than the limit.
 * Garbage is collected before each look, and the two looks are the largest of some steps, as memory in use goes up and down. V8's young generation, with
 * the pages that V8 keeps for it, is held small: it otherwise grows and shrinks by some 30 MB as V8 sees fit, a tenth of what is looked at.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { describeGpu, probeGpu } from '../src/runtime/webgpu/probe.ts';
import { openBenchDevice } from './bench-device.ts';
import { SIZES, WORK } from './long-work.ts';
import type { WorkSize } from './long-work.ts';

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '2000' },
    early: { type: 'string', default: '200' },
    limit: { type: 'string', default: '1.03' },
    size: { type: 'string', default: 'small' },
    threads: { type: 'string', default: '2' },
    device: { type: 'string', default: 'cpu' },
    /** One kind of work alone. */
    work: { type: 'string' },
    /** In this process, which has to collect garbage when told to. */
    here: { type: 'boolean', default: false },
  },
});

const LOOKS = 10;
const limit = Number(values.limit);
if (!(limit > 0)) throw new Error(`--limit ${values.limit}: a ratio is wanted, as 1.03`);

const grownSchema = z.object({
  steps: z.number(),
  early: z.number(),
  earlyBytes: z.number(),
  lateBytes: z.number(),
  ratio: z.number(),
});
type Grown = z.infer<typeof grownSchema>;

/**
 * Resident bytes of the process's own: native, WebAssembly's and JavaScript's. On Linux without the files that are mapped (the program itself): the system takes
 * those out and in as it likes.
 */
function memoryInUse(): number {
  try {
    const [, kilobytes] = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    if (kilobytes !== undefined) return Number(kilobytes) * 1024;
  } catch {
    // Not Linux.
  }
  return process.memoryUsage.rss();
}

async function measure(name: string): Promise<Grown> {
  const work = WORK[name];
  const size: WorkSize | undefined = SIZES[values.size];
  if (!work || !size) {
    throw new Error(`--work is one of ${Object.keys(WORK).join(', ')}; --size one of ${Object.keys(SIZES).join(', ')}`);
  }
  const [steps, early] = [Number(values.steps), Number(values.early)];
  if (!(early >= LOOKS && early <= steps - LOOKS)) {
    throw new Error(
      `--early ${values.early} and --steps ${values.steps} leave no ${LOOKS} looks each, ${LOOKS} steps apart`,
    );
  }
  const { gc: collect } = globalThis as { gc?: () => void };
  if (!collect) throw new Error('node has to be started with --expose-gc');
  const device = await openBenchDevice(values.device, { threads: Number(values.threads) });
  const running = await work.begin(device, size);
  const looks: Record<'early' | 'late', number[]> = { early: [], late: [] };
  for (let step = 0; step < steps; step++) {
    await running.step(step);
    const look = step >= steps - LOOKS ? looks.late : step >= early - LOOKS && step < early ? looks.early : undefined;
    if (!look) continue;
    collect();
    look.push(memoryInUse());
  }
  await running.dispose();
  await device.close();
  const [earlyBytes, lateBytes] = [Math.max(...looks.early), Math.max(...looks.late)];
  return { steps, early, earlyBytes, lateBytes, ratio: lateBytes / earlyBytes };
}

/** One after the other, each in a process of its own. */
function measureEach(names: readonly string[]): Record<string, Grown> {
  const flags = (['steps', 'early', 'size', 'threads', 'device'] as const).flatMap((name) => [
    `--${name}`,
    values[name],
  ]);
  const node = ['--expose-gc', '--max-semi-space-size=1', '--import', 'tsx', fileURLToPath(import.meta.url), ...flags];
  return Object.fromEntries(
    names.map((name) => {
      const output = execFileSync(process.execPath, [...node, '--here', '--work', name], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const grown = grownSchema.parse(JSON.parse(output));
      console.error(`${name}: ${describe(grown)}`);
      return [name, grown];
    }),
  );
}

const describe = ({ steps, early, earlyBytes, lateBytes, ratio }: Grown): string =>
  `${(earlyBytes / 1e6).toFixed(0)} MB after ${early} steps, ${(lateBytes / 1e6).toFixed(0)} MB after ${steps}: ${ratio.toFixed(3)} times`;

if (values.here) {
  console.log(JSON.stringify(await measure(values.work ?? '')));
} else {
  const works = measureEach(values.work === undefined ? Object.keys(WORK) : [values.work]);
  const { layers, hiddenSize } = SIZES[values.size]!;
  const device = values.device === 'webgpu' ? describeGpu(await probeGpu()) : 'the processor';
  console.log(JSON.stringify({ device, models: `${layers} × ${hiddenSize}`, works }));
  if (Object.values(works).some(({ ratio }) => ratio > limit)) {
    console.error(`memory has grown by more than ${values.limit} times`);
    process.exitCode = 1;
  }
}
