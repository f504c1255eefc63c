/**
 * Whether there is a GPU that works, found out in another process: a driver that is broken or too old can end the process that asks it.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { z } from 'zod';
import { messageOf, UserError } from '../../foundation/errors.ts';

/** What the other process found; `device` is null where nothing more is known of it. */
const answerSchema = z.union([
  z.object({ problem: z.string() }),
  z.object({
    problem: z.null(),
    device: z.object({ name: z.string(), isSoftware: z.boolean(), memory: z.number() }).nullable(),
    hasFloat16: z.boolean(),
  }),
]);
export type GpuAnswer = z.infer<typeof answerSchema>;

/** A GPU that works. */
export interface FoundGpu {
  readonly name: string;
  /** A program on the processor; null where nobody says. */
  readonly isSoftware: boolean | null;
  /** Bytes, where known. */
  readonly memory: number | null;
  /** It computes in halves (WebGPU's `shader-f16`). */
  readonly hasFloat16: boolean;
}

/** There is none: nothing that would have to be told where none was asked for, unless the machine has a card. */
export class NoGpu extends UserError {}
/** There may be one, and this build of ONNX Runtime could not use it: nothing that a user could do about it. */
class NoProvider extends NoGpu {}

const PATIENCE_MS = 60_000;

/**
 * Opens the GPU in another process and has it compute.
 * @param start for tests.
 * @throws UserError saying why none can be used, and what to do; NoGpu where there is none.
 */
export async function probeGpu(start: () => Promise<string> = () => runProbe()): Promise<FoundGpu> {
  const output = await start();
  const answer = answerIn(output);
  if (!answer) throw unusable('the graphics driver ended the process that tried it', 'update the graphics driver');
  if (answer.problem === null) {
    const { device, hasFloat16 } = answer;
    const known = device ?? { name: NAMES[process.platform] ?? 'a GPU', isSoftware: null, memory: null };
    return { ...known, hasFloat16 };
  }
  if (/No supported adapters|Failed to get a WebGPU adapter/.test(answer.problem)) {
    throw new NoGpu('no GPU was found', instead(`install ${driverName()}`));
  }
  if (/provider.*(not|un)(| )(supported|enabled|known)|not supported in this build/i.test(answer.problem)) {
    throw new NoProvider(
      `ONNX Runtime has no WebGPU for ${process.platform} on ${process.arch}`,
      instead('use another machine'),
    );
  }
  throw unusable(`the GPU does not work: ${answer.problem}`, 'update the graphics driver');
}

/**
 * Whether `auto` takes it. Windows lends a program on the processor to whoever asks for a GPU where it has none, and without a Vulkan loader nothing
 * tells the two apart; a Mac has no such program.
 */
export function isWorthTaking(
  { isSoftware }: Pick<FoundGpu, 'isSoftware'>,
  platform: NodeJS.Platform = process.platform,
): boolean {
  return isSoftware === null ? platform !== 'win32' : !isSoftware;
}

/**
 * The GPU that `auto` takes, if there is one. Where there is none nothing has to be said, unless the machine has a card all the same: its driver, or the part of it
 * that this needs, is missing then, and everything would take many times as long without a word.
 * @throws UserError where a card is not reached, or does not work.
 */
export async function gpuForAuto(
  probe: () => Promise<FoundGpu> = probeGpu,
  hasCard = seesCard(),
): Promise<FoundGpu | undefined> {
  try {
    const found = await probe();
    if (isWorthTaking(found)) return found;
    if (!hasCard) return undefined;
    throw new NoGpu(`the only GPU that answers is ${describeGpu(found)}`, instead(`install ${driverName()}`));
  } catch (error) {
    if (error instanceof NoProvider || (error instanceof NoGpu && !hasCard)) return undefined;
    throw error;
  }
}

const driverName = (): string =>
  process.platform === 'linux' ? 'the graphics driver with its Vulkan part (libvulkan1)' : 'the graphics driver';

const NAMES: Partial<Record<NodeJS.Platform, string>> = { darwin: 'the Mac’s GPU', win32: 'the GPU of Direct3D 12' };

const instead = (remedy: string) => ({ remedy: `${remedy}, or choose --device cpu`, exitCode: 1 }) as const;
const unusable = (what: string, remedy: string): UserError => new UserError(what, instead(remedy));

/** The last line that is one; `undefined` where the process ended before. */
function answerIn(output: string): GpuAnswer | undefined {
  for (const line of output.split('\n').reverse()) {
    try {
      return answerSchema.parse(JSON.parse(line));
    } catch {
      // A driver talks, or ended the process within a line.
    }
  }
  return undefined;
}

/**
 * What the other process writes; it may end before it wrote anything.
 * @param patience milliseconds in which it has answered, or is ended.
 * @throws UserError where it does not start, does not answer, or is killed by someone: none says that the driver ended it.
 */
export function runProbe([program, ...args] = probeCommand(), patience = PATIENCE_MS): Promise<string> {
  return new Promise((resolve, reject) => {
    const notStarted = (error: unknown): void =>
      reject(unusable(`the process that tries the GPU does not start: ${messageOf(error)}`, 'close other programs'));
    let child: ChildProcess;
    try {
      child = spawn(program!, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    } catch (error) {
      notStarted(error);
      return;
    }
    // It does not hear Ctrl-C, and may hang in the driver.
    const kill = (): void => void child.kill('SIGKILL');
    process.once('exit', kill);
    let output = '';
    const answered = (otherwise: UserError): void => (answerIn(output) ? resolve(output) : reject(otherwise));
    const timer = setTimeout(() => {
      const what = `the graphics driver did not answer the process that tried it within ${patience / 1000} seconds`;
      // It may have answered, and hang at its end; in the driver not even this may end it.
      kill();
      child.stdout?.destroy();
      child.unref();
      answered(unusable(what, 'try again, or update the graphics driver'));
    }, patience);
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.on('error', (error) => {
      clearTimeout(timer);
      notStarted(error);
    });
    child.on('close', (_, signal) => {
      clearTimeout(timer);
      process.off('exit', kill);
      if (signal === 'SIGKILL') {
        answered(unusable('the process that tries the GPU was killed', 'close other programs, if memory was short'));
      } else resolve(output);
    });
  });
}

function probeCommand(): string[] {
  const isSource = import.meta.url.endsWith('.ts');
  const script = fileURLToPath(new URL(`probe-process.${isSource ? 'ts' : 'js'}`, import.meta.url));
  // From sources, the process needs what compiles them.
  const loader = isSource ? ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href] : [];
  return [process.execPath, ...loader, script];
}

/** Files that a graphics driver puts up on Linux, for AMD and Intel, NVIDIA, and Windows' subsystem. */
const LINUX_SIGNS = ['/dev/dri', '/dev/nvidiactl', '/dev/nvidia0', '/dev/dxg'];

/** Whether it is worth asking: a glance that costs nothing. */
export function mayHaveGpu(): boolean {
  return process.platform !== 'linux' || LINUX_SIGNS.some((path) => existsSync(path));
}

/** Whether a driver for a card that may compute is there: the plain screen of most servers has none of these, that of some virtual machines has. */
export function seesCard(folder = '/dev'): boolean {
  if (process.platform !== 'linux') return false;
  const names = (path: string): string[] => {
    try {
      return readdirSync(path);
    } catch {
      return [];
    }
  };
  return (
    names(folder).some((name) => name === 'nvidia0' || name === 'dxg') ||
    names(join(folder, 'dri')).some((name) => name.startsWith('renderD'))
  );
}

/** In words: its name, memory, and whether it is none. */
export function describeGpu({ name, isSoftware, memory }: Omit<FoundGpu, 'hasFloat16'>): string {
  const size = memory === null ? '' : `, ${(memory / 1e9).toFixed(1)} GB`;
  return `${name}${size}${isSoftware ? ', a program on the processor' : ''}`;
}
