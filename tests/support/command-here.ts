/**
 * The command in this process: what it prints and how it would end, without the start of a process (a second, with tests beside it). That the program in bin/
 * prints and ends so is tested with tests/cli/support.ts; this is for the many commands that are looked at for what they say.
 */
import { Readable } from 'node:stream';
import { vi } from 'vitest';
import { describeFailure } from '../../src/cli/failure.ts';
import { createProgram } from '../../src/cli/main.ts';

export interface Here {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What was thrown, help that was asked for included. */
  readonly error?: Error;
}

/** As the program is started by tests: no test may reach a network. */
const ENVIRONMENT = { HF_ENDPOINT: 'http://127.0.0.1:9', NO_COLOR: '1', COLUMNS: '100' };

let before: Promise<unknown> = Promise.resolve();

/** Carries out a command line. One at a time, as a process has one standard output: a second call waits for the first. */
export function dareHere(args: readonly string[], { input = '' }: { readonly input?: string } = {}): Promise<Here> {
  const here = before.then(() => carryOut(args, input));
  before = here;
  return here;
}

async function carryOut(args: readonly string[], input: string): Promise<Here> {
  const output = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text, encoding?: unknown, callback?: unknown) => {
      output[name] += String(text);
      for (const done of [encoding, callback]) if (typeof done === 'function') (done as () => void)();
      return true;
    }),
  );
  for (const [name, value] of Object.entries(ENVIRONMENT)) vi.stubEnv(name, value);
  const stdin = Object.getOwnPropertyDescriptor(process, 'stdin')!;
  Object.defineProperty(process, 'stdin', { ...stdin, get: () => Readable.from([input]) });
  try {
    await (await createProgram(args)).parseAsync(args, { from: 'user' });
    return { code: 0, ...output };
  } catch (error) {
    const { message, exitCode } = describeFailure(error);
    return { code: exitCode, stdout: output.stdout, stderr: output.stderr + message, error: error as Error };
  } finally {
    Object.defineProperty(process, 'stdin', stdin);
    vi.unstubAllEnvs();
    for (const spy of spies) spy.mockRestore();
  }
}
