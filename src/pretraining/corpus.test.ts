/** Which corpora are refused, and with what to do. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Monitor } from '../foundation/progress.ts';
import { openCorpus } from './corpus.ts';
import type { TextCorpus } from './corpus.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dare-corpus-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function corpusOf(texts: readonly string[], heldOut: number): Promise<TextCorpus> {
  const file = join(folder, 'text.txt');
  await writeFile(file, texts.join('\n'));
  return openCorpus({ files: [file], separator: 'line', heldOut }, new Monitor());
}

test.each<[string, string[], number, string]>([
  [
    'a few documents',
    ['a', 'b', 'c', 'd', 'e'],
    3,
    'has 5 documents, too few to hold 3 out (give --held-out 2 or less',
  ],
  ['two', ['a', 'b'], 500, 'has 2 documents, too few to hold 500 out (give --held-out 1 or less, or add text)'],
  ['one', ['a'], 1, 'has 1 document, too few to hold 1 out (add text, or say with --documents what divides it'],
  ['one many times', ['a', 'a', 'a'], 1, '3 documents, many of them copies, too few to hold 1 out (add text)'],
  ['copies', ['a', 'a', 'a', 'b'], 2, '4 documents, many of them copies, too few to hold 2 out (give --held-out 1 or'],
])('too few documents, %s: what would do', async (_, texts, heldOut, message) => {
  await expect(corpusOf(texts, heldOut)).rejects.toThrow(message);
  const advised = /--held-out (\d+) or less/.exec(message);
  if (advised) expect((await corpusOf(texts, Number(advised[1]))).heldOutTexts).toHaveLength(Number(advised[1]));
});

test.skipIf(process.platform === 'win32')(
  'a pipe, which cannot be read twice, is refused before it is read',
  async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await expect(openCorpus({ files: [pipe], separator: 'line', heldOut: 1 }, new Monitor())).rejects.toThrow(
      `${pipe}: is no regular file, and its text is read more than once (write the text to a file; gzip (.gz) is read as it is)`,
    );
  },
);
