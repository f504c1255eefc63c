/** The corpus and the stream of rows over it: who is held out, what comes in which order, and going on from any place. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Monitor } from '../foundation/progress.ts';
import type { PackedRow } from '../nn/packed-batch.ts';
import { countWords } from '../text/count-words.ts';
import { openCorpus } from './corpus.ts';
import type { TextCorpus } from './corpus.ts';
import { FIRST_ROW, streamRows } from './row-stream.ts';
import type { RowOptions, RowPosition } from './row-stream.ts';

const TEXTS = Array.from({ length: 90 }, (_, index) => `document ${index}${' and more'.repeat(index % 5)}`);

let folder: string;
let files: string[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dare-rows-'));
  files = await writeFiles(TEXTS, 'part');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function writeFiles(texts: readonly string[], name: string): Promise<string[]> {
  const third = Math.ceil(texts.length / 3);
  const paths = [0, 1, 2].map((part) => join(folder, `${name}${part}.txt`));
  await Promise.all(
    paths.map((path, part) => writeFile(path, texts.slice(part * third, (part + 1) * third).join('\n'))),
  );
  return paths;
}

const open = (paths: readonly string[], heldOut = 10): Promise<TextCorpus> =>
  openCorpus({ files: paths, separator: 'line', heldOut }, new Monitor());

test('a text that gives no tokens ends in a line, and not in a stream without end', async () => {
  const rows = streamRows(FIRST_ROW, { ...options(await open(files)), pieces: () => [] });
  await expect(rows.next()).rejects.toThrow(/part0\.txt.*: the text gives nothing to learn from/);
});

describe('held-out documents', () => {
  test('do not depend on the order of the texts or the files', async () => {
    const corpus = await open(files);
    const shuffled = await open((await writeFiles(TEXTS.toReversed(), 'reversed')).toReversed());
    expect(corpus.heldOutTexts.toSorted()).toEqual(shuffled.heldOutTexts.toSorted());
    expect(corpus).toMatchObject({ documents: 80, heldOut: 10 });
    expect(TEXTS.filter((text) => corpus.isHeldOut(text)).toSorted()).toEqual(corpus.heldOutTexts.toSorted());
    expect(corpus.hash).not.toBe(shuffled.hash);
  });

  test('a few more are the same ones and others', async () => {
    const [few, more] = [await open(files, 5), await open(files, 20)];
    expect(more.heldOutTexts).toEqual(expect.arrayContaining([...few.heldOutTexts]));
  });

  test('copies of a document are on the same side', async () => {
    const corpus = await open(await writeFiles([...TEXTS, ...TEXTS], 'twice'));
    expect(corpus.heldOutTexts.length).toBe(10);
    expect(corpus.documents).toBe(160);
    expect(corpus.words).toBe(2 * (await open(files)).words);
    const rows = await take(FIRST_ROW, 200, options(corpus));
    const seen = rows.flatMap(({ row }) => row.map(textOf));
    expect(seen.filter((text) => corpus.isHeldOut(text))).toEqual([]);
  });

  test('a corpus of few different documents is refused, however often they stand there', async () => {
    const copied = await writeFiles(
      Array.from({ length: 300 }, (_, index) => TEXTS[index % 9]!),
      'copied',
    );
    await expect(open(copied, 20)).rejects.toThrow(
      'the corpus has 300 documents, many of them copies, too few to hold 20 out (give --held-out 4 or less, or add text)',
    );
    expect(await open(copied, 4)).toMatchObject({ heldOut: 4 });
  });

  test('a corpus too small for them is refused', async () => {
    await expect(open(files, 50)).rejects.toThrow(
      'the corpus has 90 documents, too few to hold 50 out (give --held-out 45 or less, or add text)',
    );
  });

  test('a file without text is refused', async () => {
    const path = join(folder, 'empty.txt');
    await writeFile(path, '\n\n');
    await expect(open([...files, path])).rejects.toThrow(/empty\.txt: there is no text in this file/);
  });
});

test('words are what stands between white space', () => {
  expect(countWords('  two\twords\n')).toBe(2);
  expect(countWords('')).toBe(0);
});

/** A piece is the document's letters; reading it back gives the document. */
const pieceOf = (text: string): number[] => Array.from(text, (letter) => letter.charCodeAt(0));
const textOf = (piece: readonly number[]): string => String.fromCharCode(...piece);

const options = (corpus: TextCorpus, seed = 1): RowOptions => ({
  corpus,
  pieces: (text) => [pieceOf(text)],
  length: 64,
  shuffleBuffer: 25,
  seed,
  stream: ['test'],
});

async function take(from: RowPosition, count: number, of: RowOptions) {
  const rows: { row: PackedRow; next: RowPosition }[] = [];
  for await (const item of streamRows(from, of)) {
    rows.push(item);
    if (rows.length === count) break;
  }
  return rows;
}

describe('the stream of rows', () => {
  test('a pass holds every document that is not held out once, each pass in another order', async () => {
    const corpus = await open(files);
    const rows = await take(FIRST_ROW, 150, options(corpus));
    const passes = [0, 1].map((pass) =>
      rows.filter(({ next }) => next.pass === pass).flatMap(({ row }) => row.map(textOf)),
    );
    const expected = TEXTS.filter((text) => !corpus.isHeldOut(text)).toSorted();
    for (const texts of passes) expect(texts.toSorted()).toEqual(expected);
    expect(passes[0]).not.toEqual(passes[1]);
  });

  test('is a function of the seed', async () => {
    const corpus = await open(files);
    const first = await take(FIRST_ROW, 40, options(corpus));
    expect(await take(FIRST_ROW, 40, options(corpus))).toEqual(first);
    expect(await take(FIRST_ROW, 40, options(corpus, 2))).not.toEqual(first);
  });

  test('goes on from any place as if it had not stopped', async () => {
    const corpus = await open(files);
    const whole = await take(FIRST_ROW, 90, options(corpus));
    for (const place of [0, 1, 8, 23, 40, 60]) {
      expect(await take(whole[place]!.next, 90 - place - 1, options(corpus))).toEqual(whole.slice(place + 1));
    }
  });
});
