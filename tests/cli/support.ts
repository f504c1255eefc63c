/** Running the command as users do: the program in bin/, in a process of its own. */
import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeRandomModel } from '../../src/dare/random-model.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/dare', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly process: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Ended>;
}

export interface Surroundings {
  readonly input?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds. */
  readonly timeout?: number;
}

/** Starts the command. It is killed when it takes longer than a test may. */
export function start(args: readonly string[], { input = '', cwd, env, timeout = 50_000 }: Surroundings = {}): Running {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    timeout,
    ...(cwd !== undefined && { cwd }),
    // No test may reach a network.
    env: { ...process.env, HF_ENDPOINT: 'http://127.0.0.1:9', NO_COLOR: '1', COLUMNS: '100', ...env },
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => (output[name] += text));
  }
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject).on('close', (code) => resolve({ code, ...output }));
  });
  return { process: child, ended };
}

export const dare = (args: readonly string[], surroundings?: Surroundings): Promise<Ended> =>
  start(args, surroundings).ended;

export const temporaryFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'dare-cli-'));

/** Small models with random weights, and a vocabulary of a few English words. */
export async function writeModels(folder: string): Promise<{ gpt2: string; bert: string }> {
  const paths = { gpt2: join(folder, 'gpt2'), bert: join(folder, 'bert') };
  const texts = [
    'aspirin relieves pain in adults',
    'the trial found that the drug caused a rash',
    'no effect was seen',
  ];
  for (const kind of ['gpt2', 'bert'] as const) {
    const sizes = { layers: 1, hiddenSize: 16, heads: 2, vocabulary: 300, maxLength: 64 };
    await writeRandomModel(paths[kind], { kind, ...sizes, texts, seed: 1 });
  }
  return paths;
}
