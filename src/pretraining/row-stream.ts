/**
 * The endless stream of rows that a model is trained on: pass after pass over the documents, each shuffled anew.
 *
 * A shuffle buffer's worth of documents is read, cut into pieces, packed into rows and the rows shuffled; then the next. Each such window depends on its
 * documents and its number alone, so that a place in the stream is three numbers and going on from it is reading up to its window: nothing
 * of the stream's state is stored.
 */
import { setImmediate } from 'node:timers/promises';
import { z } from 'zod';
import { UserError } from '../foundation/errors.ts';
import { RandomStream } from '../foundation/random.ts';
import type { StreamName } from '../foundation/random.ts';
import type { PackedRow } from '../nn/packed-batch.ts';
import { readDocuments } from '../text/documents.ts';
import { packRows } from '../training/packing.ts';
import type { TextCorpus } from './corpus.ts';

export const rowPositionSchema = z.object({
  /** Passes over the corpus done. */
  pass: z.int().min(0),
  /** Windows of this pass done. */
  window: z.int().min(0),
  /** Rows of this window done. */
  row: z.int().min(0),
});
export type RowPosition = z.infer<typeof rowPositionSchema>;

export const FIRST_ROW: RowPosition = { pass: 0, window: 0, row: 0 };

export interface RowOptions {
  readonly corpus: TextCorpus;
  /** Cuts a document into pieces of at most `length` tokens. */
  readonly pieces: (text: string) => number[][];
  /** Tokens of a row. */
  readonly length: number;
  /** Documents shuffled together. */
  readonly shuffleBuffer: number;
  readonly seed: number;
  readonly stream: readonly StreamName[];
}

/** Rows from a position on, each with the position behind it. Without end. @throws UserError where a whole pass gives none. */
export async function* streamRows(
  from: RowPosition,
  options: RowOptions,
): AsyncGenerator<{ row: PackedRow; next: RowPosition }> {
  const { corpus, pieces, length, seed, stream } = options;
  for (let pass = from.pass; ; pass++) {
    let window = 0;
    let isEmpty = true;
    for await (const texts of windowsOf(pass, options)) {
      const isFirst = pass === from.pass && window === from.window;
      if (pass > from.pass || window >= from.window) {
        const random = RandomStream.named(seed, ...stream, 'pass', pass, 'window', window);
        const cut = random.shuffle(
          await piecesOf(
            texts.filter((text) => !corpus.isHeldOut(text)),
            pieces,
          ),
        );
        const rows = random.shuffle(
          packRows(
            cut.map((piece) => piece.length),
            length,
          ),
        );
        for (let row = isFirst ? from.row : 0; row < rows.length; row++) {
          const next = { pass, window, row: row + 1 };
          isEmpty = false;
          yield { row: rows[row]!.map((index) => cut[index]!), next };
        }
      }
      window++;
    }
    // A pass that was gone into halfway may have been at its end.
    const isWhole = pass > from.pass || (from.window === 0 && from.row === 0);
    if (isWhole && isEmpty) {
      throw new UserError('the text gives nothing to learn from', {
        where: corpus.files.join(', '),
        remedy: 'look at what is in it, and at the tokenizer',
      });
    }
  }
}

/** Tokenizes a window, and lets the process look around meanwhile: somebody may ask it to stop. */
async function piecesOf(texts: readonly string[], pieces: RowOptions['pieces']): Promise<number[][]> {
  const all: number[][] = [];
  for (const [index, text] of texts.entries()) {
    for (const piece of pieces(text)) all.push(piece);
    if (index % TEXTS_AT_ONCE === TEXTS_AT_ONCE - 1) await setImmediate();
  }
  return all;
}

/** Characters of a window at most, whatever the number of its documents: its tokens take some gigabyte then. */
const MOST_CHARACTERS = 2 ** 26;
const TEXTS_AT_ONCE = 256;

/** Documents of a pass, a buffer's worth at a time; the files in another order every pass. */
async function* windowsOf(pass: number, options: RowOptions): AsyncGenerator<string[]> {
  const { corpus, shuffleBuffer, seed, stream } = options;
  const files = RandomStream.named(seed, ...stream, 'pass', pass, 'files').shuffle(corpus.files);
  let texts: string[] = [];
  let characters = 0;
  for (const file of files) {
    for await (const text of readDocuments(file, corpus.separator)) {
      texts.push(text);
      characters += text.length;
      if (texts.length < shuffleBuffer && characters < MOST_CHARACTERS) continue;
      yield texts;
      texts = [];
      characters = 0;
    }
  }
  if (texts.length > 0) yield texts;
}
