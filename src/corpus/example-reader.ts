/** The reader of our own format: examples in JSON Lines. */
import { readExamples, type Example } from './example.ts';
import type { CorpusReader, SourceFile } from './reader.ts';

/** Whether a file looks like examples: it opens a JSON object, and is named or worded like ours. */
function looksLikeExamples({ path, beginning }: SourceFile): boolean {
  return (
    /^\uFEFF?\s*\{/.test(beginning) && (/\.(jsonl|ndjson)$/i.test(path) || /"(text|head|tail)"\s*:/.test(beginning))
  );
}

/** JSON Lines files of examples. A line's own `split` counts before the one that the file's name speaks of. */
export const exampleReader: CorpusReader = {
  format: 'jsonl',
  claim: (files) => files.filter(looksLikeExamples),
  async read(files) {
    const examples: Example[] = [];
    for (const { path, split } of files) {
      for await (const example of readExamples(path)) examples.push(split ? { split, ...example } : example);
    }
    return {
      documents: new Set(examples.map(({ document }) => document)).size,
      sentences: new Set(examples.map(({ document, text }) => `${document}\t${text}`)).size,
      examples,
      dropped: {},
      warnings: [],
    };
  },
};
