/** What a run and its worker processes say to each other. */
import { Interrupted, UserError } from '../foundation/errors.ts';
import type { ExitCode } from '../foundation/errors.ts';
import type { ProgressEvent } from '../foundation/progress.ts';
import type { ExecutionSettings } from './executor.ts';
import type { Task } from './task.ts';

export type ToWorker =
  | { readonly kind: 'task'; readonly task: Task; readonly settings: ExecutionSettings }
  /** Stop where nothing is lost. */
  | { readonly kind: 'stop' };

export type FromWorker =
  | { readonly kind: 'progress'; readonly event: ProgressEvent }
  /** With the bytes of memory that the process still holds. */
  | { readonly kind: 'done'; readonly heldBytes: number }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** An error as data. */
export interface Failure {
  readonly interrupted: boolean;
  /** Of errors that a user can mend. */
  readonly exitCode: ExitCode | undefined;
  readonly message: string;
  readonly stack: string | undefined;
}

export function failureOf(error: unknown): Failure {
  return {
    interrupted: error instanceof Interrupted,
    exitCode: error instanceof UserError ? error.exitCode : undefined,
    message: error instanceof Error ? error.message : String(error),
    stack: error instanceof Error ? error.stack : undefined,
  };
}

export function errorOf({ interrupted, exitCode, message, stack }: Failure): Error {
  if (interrupted) return new Interrupted();
  if (exitCode !== undefined) return new UserError(message, { exitCode });
  const error = new Error(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}
