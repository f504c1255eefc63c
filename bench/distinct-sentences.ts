/** A corpus in JSON Lines whose sentences are all different: what a search for duplicates and leakage has most to hold of. */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { RandomStream } from '../src/foundation/random.ts';

/** Different words, as many as a large corpus has. */
const VOCABULARY = 50_000;
/** Words of a sentence beside its two mentions. */
const WORDS_OF_SENTENCE = 24;
const SENTENCES_OF_DOCUMENT = 8;
const SPLITS = ['train', 'train', 'train', 'development', 'test'];

/** @returns the bytes written, and the sentences. */
export function writeDistinct(bytes: number, folder: string): { bytes: number; pieces: number } {
  mkdirSync(folder, { recursive: true });
  const file = openSync(join(folder, 'corpus.jsonl'), 'w');
  const random = RandomStream.named(1, 'distinct sentences');
  let written = 0;
  let pieces = 0;
  for (; written < bytes; pieces++) {
    const words = Array.from({ length: WORDS_OF_SENTENCE }, () => `w${random.integer(VOCABULARY).toString(36)}`);
    const text = `lithium ${words.join(' ')} tremor`;
    const document = Math.floor(pieces / SENTENCES_OF_DOCUMENT);
    written += writeSync(
      file,
      `${JSON.stringify({
        id: `d${document}.s${pieces % SENTENCES_OF_DOCUMENT}`,
        document: `d${document}`,
        split: SPLITS[document % SPLITS.length],
        text,
        head: { start: 0, end: 7, type: 'Chemical', text: 'lithium' },
        tail: { start: text.length - 6, end: text.length, type: 'Disease', text: 'tremor' },
        relation: pieces % 3 === 0 ? 'induces' : null,
      })}\n`,
    );
  }
  closeSync(file);
  return { bytes: written, pieces };
}
