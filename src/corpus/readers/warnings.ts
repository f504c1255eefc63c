/**
 * Warnings: what is odd in a corpus but can be used, or left out, without harm to the rest.
 *
 * Each has a code, under which it is counted; a corpus of a million lines so gives a few lines of warnings. In strict
 * mode the first warning is an error.
 */
import { UserError } from '../../foundation/errors.ts';

/** The warnings there are, each with what a user can do about it. */
export const WARNINGS = {
  'file-not-read': 'name the corpus file itself, or take the file out of the folder',
  'unknown-concept': 'check the concept ids of the relation and of the mentions',
} as const satisfies Record<string, string>;

export type WarningCode = keyof typeof WARNINGS;

/** All warnings of one code. */
export interface WarningCount {
  code: WarningCode;
  count: number;
  /** The first one: what is odd, and where (a path, or `file:line`). */
  first: { what: string; where: string };
  remedy: string;
}

/** Counts warnings by code. */
export class WarningLog {
  readonly #counts = new Map<WarningCode, WarningCount>();
  readonly #strict: boolean;

  constructor({ strict = false }: { strict?: boolean } = {}) {
    this.#strict = strict;
  }

  /** @throws UserError in strict mode. */
  add(code: WarningCode, what: string, where: string): void {
    const remedy = WARNINGS[code];
    if (this.#strict) throw new UserError(what, { where, remedy: `${remedy}; --strict makes this warning an error` });
    const standing = this.#counts.get(code);
    if (standing) standing.count++;
    else this.#counts.set(code, { code, count: 1, first: { what, where }, remedy });
  }

  /** What was met so far, in the order of the first of each code. */
  counts(): WarningCount[] {
    return [...this.#counts.values()].map((each) => ({ ...each }));
  }
}

/** A warning as one line. */
export function describeWarning({ code, count, first, remedy }: WarningCount): string {
  return `${code}${count > 1 ? ` (${count}×)` : ''}: ${first.where}: ${first.what} (${remedy})`;
}
