/**
 * Warnings: what is odd in a corpus but can be used, or left out, without harm to the rest.
 *
 * Each has a code, under which it is counted; a corpus of a million lines so gives a few lines of warnings. In strict
 * mode the first warning is an error.
 */
import { UserError } from '../../foundation/errors.ts';

/** The warnings there are, each with what a user can do about it. */
export const WARNINGS = {
  /** A file of the folder is of no format, or of another than the corpus. */
  'file-not-read': 'name the corpus file itself, or take the file out of the folder',
  /** A relation between concepts names one that no mention of the document has. It is kept. */
  'unknown-concept': 'check the concept ids of the relation and of the mentions',
  /** A relation or pair names a mention that is not there. It is left out. */
  'unknown-mention': 'check the ids of the mentions; what names the missing one is left out',
  /** Annotations of a document that is not there. They are left out. */
  'unknown-document': 'add the document, or take its annotations out',
  /** A relation of one, three or more. It is left out. */
  'not-binary': 'only relations of two are read',
  /** A pair that is said to be related, without saying how. It is left out. */
  'label-missing': 'give the pair a type',
  /** Two labels that differ only in case. Both are kept; a null label counts as null. */
  'label-case': 'write each label in one way',
  /** A label that the corpus's own list of labels does not have. It is kept. */
  'unknown-label': 'correct the label, or add it to the list',
  /** The text at a mention's offsets is spelt otherwise than its name. The text counts. */
  'text-differs': 'check the offsets; the words of the text are used',
  /** A mention's words stand in the text more than once, and nothing says which is meant. The first counts. */
  'ambiguous-mention': 'give the offsets of the mention',
  /** Both mentions of an example or pair are one. It is left out. */
  'same-mention': 'an example needs two mentions; it is left out',
  /** A sentence with other than two placeholders. It is left out. */
  'unclear-placeholders': 'mask exactly two entities of each sentence; others are left out',
  /** An id that another annotation of the document has. The first counts. */
  'repeated-id': 'give every annotation its own id; the first counts',
  /** Annotations of a kind that says nothing about relations between two mentions. */
  'annotation-left-out': 'only mentions, relations and normalisations are read',
  /** Arguments of a relation whose names do not say which is the head. The first written is. */
  'unknown-role': 'call them Arg1 (the head) and Arg2; the one that is written first counts as the head',
  /** A common word for no relation that the file does not explain. It is taken for one. */
  'null-label': 'it counts as no relation; if it is one, name those that mean none with --null-labels',
  /** A mention that begins or ends inside a surrogate pair, or between a letter and its combining mark. It is kept. */
  'cut-character': 'check the offsets of the mention',
  /** A text that holds a placeholder before masking. What happens to it is a setting. */
  'placeholder-in-text': 'choose what happens to it with --own-placeholders',
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
