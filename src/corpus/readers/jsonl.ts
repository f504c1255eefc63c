/** Our own format: examples in JSON Lines. */
import { readExamples } from '../example.ts';
import type { CorpusReader } from './reader.ts';

/** JSON Lines files of examples. A line's own `split` counts before the one that the file's name speaks of. */
export const jsonLinesReader: CorpusReader = {
  format: 'jsonl',
  title: 'examples in JSON Lines, the format of this product',
  recognises: ({ path, beginning }) =>
    /^\uFEFF?\s*\{/.test(beginning) && (/\.(jsonl|ndjson)$/i.test(path) || /"(text|head|tail)"\s*:/.test(beginning)),
  async *read(files) {
    for (const { path, split } of files) {
      for await (const example of readExamples(path)) {
        yield { kind: 'example', example: split ? { split, ...example } : example };
      }
    }
  },
};
