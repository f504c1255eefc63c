/**
 * The text that is learned from: which documents are held out, and what there is.
 *
 * Held out are the documents whose text has the smallest hashes. So the choice depends on nothing but the texts: not on their order, on the
 * files they are in, nor on the seed; two copies of a document are on the same side; and two models trained on one corpus are measured on the same text.
 */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { UserError } from '../foundation/errors.ts';
import type { Monitor } from '../foundation/progress.ts';
import { countWords } from '../text/count-words.ts';
import { readDocuments } from '../text/documents.ts';
import type { DocumentSeparator } from '../text/documents.ts';

export interface CorpusOptions {
  readonly files: readonly string[];
  readonly separator: DocumentSeparator;
  /** Documents to hold out. */
  readonly heldOut: number;
}

export interface TextCorpus extends CorpusOptions {
  /** Hash of all texts in order: what a checkpoint belongs to. */
  readonly hash: string;
  /** Documents of each file, held-out ones included. */
  readonly documentsByFile: readonly number[];
  /** Documents to train on. */
  readonly documents: number;
  /** White-space words to train on. */
  readonly words: number;
  readonly heldOutTexts: readonly string[];
  /** Whether a document is held out. */
  isHeldOut(text: string): boolean;
}

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();

/** The first 48 bits of a document's hash. */
const orderOf = (digest: Buffer): number => digest.readUIntBE(0, 6);

/**
 * Reads the files once and chooses the held-out documents.
 * @throws UserError when a file is none to be read again or holds no document, or the corpus too few to hold so many out.
 */
export async function openCorpus(options: CorpusOptions, monitor: Monitor): Promise<TextCorpus> {
  const { files, separator, heldOut } = options;
  for (const file of files) await requireRegular(file);
  const all = createHash('sha256');
  /** The texts with the smallest hashes so far, and some more; with how often each stands there. */
  let smallest = new Map<number, { text: string; copies: number }>();
  let limit = Infinity;
  const documentsByFile: number[] = [];
  let documents = 0;
  let words = 0;
  const keepSmallest = (): void => {
    const kept = [...smallest].sort(([a], [b]) => a - b).slice(0, heldOut);
    smallest = new Map(kept);
    if (kept.length === heldOut) limit = kept.at(-1)?.[0] ?? -1;
  };
  for (const file of files) {
    const before = documents;
    for await (const text of readDocuments(file, separator)) {
      const digest = digestOf(text);
      all.update(digest);
      documents++;
      words += countWords(text);
      const order = orderOf(digest);
      if (order <= limit && heldOut > 0) smallest.set(order, { text, copies: (smallest.get(order)?.copies ?? 0) + 1 });
      if (smallest.size > 2 * heldOut + 1000) keepSmallest();
      if (documents % 1000 === 0) monitor.checkpoint();
    }
    if (documents === before) {
      throw new UserError('there is no text in this file', {
        where: file,
        remedy: 'leave it out, or check its content',
      });
    }
    documentsByFile.push(documents - before);
  }
  keepSmallest();
  const held = [...smallest.values()];
  const sum = (of: (each: (typeof held)[number]) => number): number =>
    held.reduce((total, each) => total + of(each), 0);
  const left = documents - sum(({ copies }) => copies);
  if (left < Math.max(1, heldOut)) {
    const count = documents === 1 ? '1 document' : `${documents} documents`;
    const hasCopies = left + held.length < documents;
    const most = Math.floor((hasCopies ? held.length : documents) / 2);
    throw new UserError(
      `the corpus has ${count}${hasCopies ? ', many of them copies' : ''}, too few to hold ${heldOut} out`,
      {
        remedy:
          most >= 1
            ? `give --held-out ${most} or less, or add text`
            : documents > 1
              ? 'add text'
              : 'add text, or say with --documents what divides it (line, or blank-line)',
      },
    );
  }
  const orders = new Set(smallest.keys());
  return {
    ...options,
    hash: all.digest('hex'),
    documentsByFile,
    documents: left,
    words: words - sum(({ text, copies }) => copies * countWords(text)),
    heldOutTexts: held.map(({ text }) => text),
    isHeldOut: (text) => orders.has(orderOf(digestOf(text))),
  };
}

/** @throws UserError for a pipe or a device: it gives its text once, and every pass reads it again. What is not there, or a folder, is told of where it is read. */
async function requireRegular(file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (!found || found.isFile() || found.isDirectory()) return;
  throw new UserError('is no regular file, and its text is read more than once', {
    where: file,
    remedy: 'write the text to a file; gzip (.gz) is read as it is',
  });
}
