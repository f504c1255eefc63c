/**
 * Errors a person can act on.
 *
 * A `UserError` is something the user can cause and mend: a missing file, a bad option, a full disk. It reads as one line, "what,
 * where: what to do", and the CLI prints that line without a stack trace. Every other error is a bug, and keeps its stack.
 */

/** The process's exit status: 1 when the work failed, 2 when usage or input was wrong, 130 when interrupted (as shells do for SIGINT). */
export type ExitCode = 1 | 2 | 130;

export interface UserErrorDetails {
  /** Where it happened: a path, or `file:line`. */
  where?: string;
  /** What to do about it, as an imperative phrase. */
  remedy?: string;
  /** 2 (bad usage or input) unless stated. */
  exitCode?: ExitCode;
  cause?: unknown;
}

/** An error that the user caused or can mend; its message is a single line. */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly where: string | undefined;
  readonly remedy: string | undefined;
  readonly exitCode: ExitCode;

  constructor(what: string, details: UserErrorDetails = {}) {
    const { where, remedy, exitCode = 2, cause } = details;
    super(asOneLine(`${where ? `${where}: ` : ''}${what}${remedy ? ` (${remedy})` : ''}`), { cause });
    this.where = where;
    this.remedy = remedy;
    this.exitCode = exitCode;
  }
}

/** Without line ends, and with other control characters spelt out: what is shown quotes files and models, which may hold a terminal's commands. */
export function asOneLine(message: string): string {
  return message
    .replaceAll(/\s*[\r\n]\s*/g, ' ')
    .replaceAll(/\p{Cc}/gu, (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** The work was interrupted on purpose (Ctrl-C); what was finished is kept and the same command goes on from there. */
export class Interrupted extends UserError {
  constructor(what = 'interrupted') {
    super(what, { remedy: 'run the same command again; long work goes on from its last checkpoint', exitCode: 130 });
  }
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const FILE_PROBLEMS: Record<string, { what: string; remedy: string }> = {
  ENOENT: { what: 'no such file or folder', remedy: 'check the path' },
  EACCES: { what: 'permission denied', remedy: 'choose a folder you may read and write' },
  EPERM: { what: 'operation not permitted', remedy: 'choose a folder you may read and write' },
  EROFS: { what: 'the file system is read-only', remedy: 'choose another folder' },
  ENOSPC: { what: 'the disk is full', remedy: 'free some space and run the same command again' },
  EDQUOT: { what: 'the disk quota is used up', remedy: 'free some space and run the same command again' },
  EISDIR: { what: 'is a folder where a file was expected', remedy: 'name a file' },
  EEXIST: { what: 'is a file where a folder was expected', remedy: 'name a folder' },
  ENOTDIR: { what: 'is a file where a folder was expected', remedy: 'name a folder' },
  ENOTEMPTY: { what: 'the folder is not empty', remedy: 'name a new or empty folder' },
  EBUSY: { what: 'another program uses it', remedy: 'close that, or choose another folder' },
  EFBIG: { what: 'the file is too large for this file system', remedy: 'choose another folder' },
  EIO: { what: 'the disk reports an error', remedy: 'check it, or choose a folder on another' },
  EMFILE: { what: 'too many open files', remedy: 'raise the limit (ulimit -n)' },
};

/**
 * Turns an operating system's file error into a `UserError` that names the file and what to do; returns anything else as it is.
 * A full disk is exit code 1: the command was right, the work failed.
 * @param file named where the error itself names none (reading a folder).
 */
export function explainFileError(error: unknown, file?: string): unknown {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return error;
  const problem = FILE_PROBLEMS[error.code];
  if (!problem) return error;
  const path = 'path' in error && typeof error.path === 'string' ? error.path : file;
  const exitCode = error.code === 'ENOSPC' || error.code === 'EDQUOT' ? 1 : 2;
  return new UserError(problem.what, { ...(path && { where: path }), remedy: problem.remedy, exitCode, cause: error });
}

/** In the words of ONNX Runtime, of its C++ library and of V8. */
const NO_MEMORY = /bad_alloc|Failed to allocate memory|Array buffer allocation failed|Cannot allocate memory/i;

/** Turns what libraries say when the system gives no more memory into a `UserError` that says what to do; returns anything else as it is. */
export function explainMemoryError(error: unknown): unknown {
  if (error instanceof UserError || !NO_MEMORY.test(messageOf(error))) return error;
  return new UserError('the memory is used up', {
    remedy:
      'give --workers 1, a smaller --batch or --micro-batch, or a lower --memory where the command has them (a run’s trainings are then cut into smaller parts, and begin anew), close other programs, or choose a smaller model; long work goes on from its last checkpoint',
    exitCode: 1,
    cause: error,
  });
}
