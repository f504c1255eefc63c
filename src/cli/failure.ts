/** How a failure ends the process: one line for what the user can mend, a stack trace for bugs. */
import { CommanderError } from 'commander';
import { explainFileError, explainMemoryError, UserError } from '../foundation/errors.ts';

export interface Failure {
  /** For standard error; empty when all has been said. */
  readonly message: string;
  /** 0 ok, 1 failed, 2 bad usage or input, 130 interrupted. */
  readonly exitCode: number;
}

/** What to say and how to exit for anything thrown. */
export function describeFailure(error: unknown): Failure {
  // Commander has printed its help or its message by itself.
  if (error instanceof CommanderError) return { message: '', exitCode: error.exitCode === 0 ? 0 : 2 };
  const explained = explainMemoryError(explainFileError(error));
  if (explained instanceof UserError) {
    return { message: `dare: ${explained.message}\n`, exitCode: explained.exitCode };
  }
  const stack = explained instanceof Error ? (explained.stack ?? explained.message) : String(explained);
  return {
    message: `${stack}\ndare: this is a bug in dare (please report it, with the lines above and what "dare doctor" prints)\n`,
    exitCode: 1,
  };
}
