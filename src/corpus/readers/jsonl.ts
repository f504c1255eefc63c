/**
 * Our own format: examples in JSON Lines (`example.ts`).
 *
 *     {"id": "a", "text": "Aspirin cured pain.", "head": {"start": 0, "end": 7, "type": "Chemical", "text": "Aspirin"},
 *      "tail": {"start": 14, "end": 18, "type": "Disease", "text": "pain"}, "relation": "treats"}
 *
 * `relation` is null where none holds, and may be left out in new text. A line's own `split` counts before the one that the file's name speaks of.
 */
import { z } from 'zod';
import { readJsonLines } from '../../foundation/json-lines.ts';
import { parseExample } from '../example.ts';
import { describePlace, type CorpusReader } from './reader.ts';
import { isTacredLine } from './tacred.ts';

export const jsonLinesReader: CorpusReader = {
  format: 'jsonl',
  title: 'examples in JSON Lines, the format of this product',
  unit: 'sentence',
  recognises: ({ path, beginning }) =>
    /^\uFEFF?\s*\{/.test(beginning) &&
    !/"[ht]"\s*:\s*\{/.test(beginning) &&
    !isTacredLine(beginning) &&
    (/\.(jsonl|ndjson)(\.gz)?$/i.test(path) || /"(text|head|tail)"\s*:/.test(beginning)),
  async *read(files, { options: { unlabelled = false } }) {
    for (const { path, split } of files) {
      for await (const { value, line } of readJsonLines(path, z.unknown())) {
        const place = { path, line };
        const example = parseExample(unlabelled ? withoutRelation(value) : value, describePlace(place));
        yield { kind: 'example', place, example: split ? { split, ...example } : example };
      }
    }
  },
};

const withoutRelation = (value: unknown): unknown =>
  typeof value === 'object' && value !== null ? { ...value, relation: null } : value;
