/**
 * What a corpus format has to provide: one file a format, behind one interface.
 *
 * A reader says of one file at a time, by its beginning, whether it is of its format, and then reads its files as a
 * stream of documents, or of examples where the format's unit already is a sentence with two marked mentions.
 * `readers.ts` lists the readers: a new format is one new file, and one entry there.
 */
import type { AnnotatedDocument } from '../document.ts';
import type { Example, Split } from '../example.ts';
import type { WarningLog } from './warnings.ts';

/** A file of a corpus. */
export interface SourceFile {
  path: string;
  /** The path below the one that the user named, by which the file is known in ids. */
  name: string;
  /** The split that the name of the file, or else of a folder above it, speaks of. */
  split: Split | undefined;
}

/** What a reader may judge a file by. */
export interface FileSample {
  path: string;
  /** The first few thousand characters. */
  beginning: string;
}

/** Where a piece of a corpus stands in its files. */
export interface Place {
  path: string;
  line: number;
}

/** One piece of a corpus. */
export type CorpusItem = { place: Place } & (
  | /** A document whose pairs are still to be formed. One without `split` belongs to no known part of the corpus. */
    { kind: 'document'; document: AnnotatedDocument; split: Split | undefined }
    /** A sentence whose two mentions the corpus itself marks; its split, if any, is in it. */
  | { kind: 'example'; example: Example }
);

/** `file:line`, as messages name a place. */
export const describePlace = ({ path, line }: Place): string => `${path}:${line}`;

/** The id of an example whose format gives none: the file's name without what follows its first stop, and the line. */
export const lineId = (name: string, line: number): string => `${name.replace(/(?<=[^/\\])\.[^/\\]*$/, '')}:${line}`;

/** The id of a row that a file numbers: with the file's name where it is a whole number, which other files have too. */
export const numberedId = (name: string, number: string): string =>
  /^\d{1,9}$/.test(number.trim()) ? lineId(name, Number(number)) : number;

/** What a reader can be told beside its files. */
export interface ReaderOptions {
  /** Labels that say that no relation holds, in place of the format's own (`Other`, `no_relation`, `NA`, `false`, …). */
  nullLabels?: readonly string[];
  /** For `csv`: the column of each field, where its name is not the field's. */
  columns?: Readonly<Record<string, string>>;
  /** The text is new: relations may be missing, and are not read where they stand. */
  unlabelled?: boolean;
}

export interface ReadContext {
  /** Is told of what is odd but can be used or left out. */
  warnings: WarningLog;
  options: ReaderOptions;
}

export interface CorpusReader {
  /** The format's name, as shown to the user and given to `--format`. */
  readonly format: string;
  /** What the format is, in a few words. */
  readonly title: string;
  /** What else to do where examples have one id, beside giving them others. */
  readonly repeatedId?: string;
  /** What it yields: documents whose pairs are still to be formed, or sentences with head and tail marked. */
  readonly unit: 'document' | 'sentence';
  /** Whether a file is a corpus file of this format. */
  recognises(file: FileSample, options: ReaderOptions): boolean;
  /** Whether a file belongs to a corpus of this format without being one (a list of labels, the text beside its annotations). */
  accompanies?(path: string): boolean;
  /**
   * Reads files that it recognised, in the order given, in memory that does not grow with them.
   * @throws UserError with `file:line` for malformed input.
   */
  read(files: readonly SourceFile[], context: ReadContext): AsyncIterable<CorpusItem>;
}
