/** Programs beside this one, in processes of their own. */
import { fork } from 'node:child_process';
import type { ChildProcess, StdioOptions } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

const EXTENSION = extname(fileURLToPath(import.meta.url));
/** Sources are loaded as tests load them; the built package needs nothing. */
const LOADER = EXTENSION === '.ts' ? ['--import', 'tsx'] : [];

/** Starts a program of this folder. @param name of its file, without the extension. */
export function forkProgram(name: string, stderr: 'ignore' | 'pipe'): ChildProcess {
  const stdio: StdioOptions = ['ignore', 'ignore', stderr, 'ipc'];
  // `advanced` keeps shared parts of a message shared.
  return fork(fileURLToPath(new URL(`./${name}${EXTENSION}`, import.meta.url)), {
    ...{ execArgv: LOADER, serialization: 'advanced', stdio },
  });
}
