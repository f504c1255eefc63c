/** `dare tokenizer train`: a tokenizer folder from text files. */
import { readdir } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { UserError } from '../foundation/errors.ts';
import { kindAt, requireReplaceable, writeFolderAtomically } from '../foundation/files.ts';
import type { Monitor } from '../foundation/progress.ts';
import { readDocuments } from '../text/documents.ts';
import type { DocumentSeparator } from '../text/documents.ts';
import type { MergeProgress } from '../text/pair-merging.ts';
import { TOKENIZER_FILES } from '../text/tokenizer.ts';
import type { Tokenizer, TokenizerKind } from '../text/tokenizer.ts';
import { ByteLevelBpeTrainer, WordPieceTrainer } from '../text/vocabulary-training.ts';
import { countWords } from '../text/count-words.ts';

export interface TokenizerTraining {
  readonly kind: TokenizerKind;
  /** Entries, special tokens included. */
  readonly vocabularySize: number;
  readonly separator: DocumentSeparator;
  /** WordPiece only. */
  readonly lowercase: boolean;
}

export interface TrainedTokenizer {
  readonly folder: string;
  readonly vocabularySize: number;
  readonly documents: number;
  readonly words: number;
}

/**
 * Learns a vocabulary and writes the folder.
 * @throws UserError when a file holds no text, the vocabulary is too small, or the folder holds something else.
 * @example
 * const training = { kind: 'byte-level-bpe', vocabularySize: 8000, separator: 'line', lowercase: false } as const;
 * await trainTokenizer(['abstracts.txt.gz'], training, 'tokenizers/bpe', monitor);
 */
export async function trainTokenizer(
  files: readonly string[],
  { kind, vocabularySize, separator, lowercase }: TokenizerTraining,
  folder: string,
  monitor: Monitor,
): Promise<TrainedTokenizer> {
  await requireReplaceable(folder, {
    what: 'a tokenizer',
    isOwn: (names) => names.every((name) => TOKENIZER_FILES.includes(name)),
    flag: '--out',
  });
  // It may be what a training goes on with, or have been fetched.
  if ((await kindAt(folder)) === 'folder' && (await readdir(folder)).length > 0) {
    throw new UserError('a tokenizer is there already', {
      where: folder,
      remedy: 'name a new folder with --out, or remove this one',
    });
  }
  const trainer = kind === 'wordpiece' ? new WordPieceTrainer({ lowercase }) : new ByteLevelBpeTrainer();
  const start = performance.now();
  const stage = 'count words';
  monitor.report({ kind: 'stage', stage });
  let [documents, words] = [0, 0];
  for (const file of files) {
    const before = documents;
    for await (const text of readDocuments(file, separator)) {
      trainer.add(text);
      documents++;
      words += countWords(text);
      if (documents % 1000 === 0) {
        monitor.report({ kind: 'step', stage, done: documents, total: 0, figures: { words } });
        monitor.checkpoint();
      }
    }
    if (documents === before) {
      throw new UserError('there is no text in this file', {
        where: file,
        remedy: 'leave it out, or check its content',
      });
    }
  }
  monitor.report({ kind: 'done', stage, seconds: (performance.now() - start) / 1000, figures: { documents, words } });
  const tokenizer = await learn(trainer.train(vocabularySize), monitor);
  if (tokenizer.vocabularySize < vocabularySize) {
    monitor.note(`the texts give no more than ${tokenizer.vocabularySize} entries`);
  }
  await writeFolderAtomically(folder, (scratch) => tokenizer.save(scratch));
  return { folder, vocabularySize: tokenizer.vocabularySize, documents, words };
}

/** Milliseconds between two looks at whether the user asked to stop. */
const LOOK_EVERY = 50;

/** Lets a vocabulary be learned, and tells how far it is. @throws Interrupted */
async function learn(learning: Generator<MergeProgress, Tokenizer>, monitor: Monitor): Promise<Tokenizer> {
  const start = performance.now();
  const stage = 'learn the vocabulary';
  monitor.report({ kind: 'stage', stage });
  let lastLook = -Infinity;
  for (;;) {
    const { done: isWhole, value } = learning.next();
    if (isWhole) {
      const seconds = (performance.now() - start) / 1000;
      monitor.report({ kind: 'done', stage, seconds, figures: { entries: value.vocabularySize } });
      return value;
    }
    if (performance.now() - lastLook < LOOK_EVERY) continue;
    monitor.report({ kind: 'step', stage, ...value, figures: {} });
    // Ctrl-C is noticed between two turns of the event loop only.
    await setImmediate();
    monitor.checkpoint();
    lastLook = performance.now();
  }
}
