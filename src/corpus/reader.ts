/**
 * What a corpus format has to provide: one file a format, behind one interface.
 *
 * A reader is offered the files found under the path that the user named and claims those that are its own, by
 * content. `corpus.ts` lists the readers: a new format is one new file, and one entry there.
 */
import { candidatesOf, type CandidateOptions } from './candidates.ts';
import type { AnnotatedDocument } from './document.ts';
import type { Example, Split } from './example.ts';

/** A file on offer. */
export interface SourceFile {
  path: string;
  /** The first few thousand characters, by which readers know their own. */
  beginning: string;
  /** The split that the name of the file, or else of its folder, speaks of. */
  split: Split | undefined;
}

/** What a reader makes of its files. */
export interface Reading {
  documents: number;
  sentences: number;
  /** An example without `split` belongs to no known part of the corpus. */
  examples: Example[];
  /** What did not become an example (pairs, mentions, relations), counted by reason. */
  dropped: Readonly<Record<string, number>>;
  warnings: readonly string[];
}

export interface CorpusReader {
  /** The format's name, as shown to the user. */
  readonly format: string;
  /** Those of the files that are of this format; a format of several files that belong together claims them all. */
  claim(files: readonly SourceFile[]): readonly SourceFile[];
  /** Reads the files it claimed. @throws UserError with `file:line` for malformed input. */
  read(files: readonly SourceFile[], options: CandidateOptions): Promise<Reading>;
}

/** A reader of a document-level format of one file a split: documents become candidates by `candidates.ts`. */
export function documentReader(
  format: string,
  recognises: (beginning: string) => boolean,
  readDocuments: (path: string, warn: (warning: string) => void) => AsyncIterable<AnnotatedDocument>,
): CorpusReader {
  return {
    format,
    claim: (files) => files.filter(({ beginning }) => recognises(beginning)),
    async read(files, options) {
      const examples: Example[] = [];
      const dropped: Record<string, number> = {};
      const warnings: string[] = [];
      let documents = 0;
      let sentences = 0;
      for (const { path, split } of files) {
        for await (const document of readDocuments(path, (warning) => warnings.push(warning))) {
          const candidates = candidatesOf(document, options);
          documents++;
          sentences += candidates.sentences;
          for (const example of candidates.examples) examples.push(split ? { ...example, split } : example);
          for (const [reason, count] of Object.entries(candidates.dropped))
            dropped[reason] = (dropped[reason] ?? 0) + count;
        }
      }
      return { documents, sentences, examples, dropped, warnings };
    },
  };
}
