/** Learning a vocabulary from files: it shows how far it is, and Ctrl-C leaves nothing behind. */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Interrupted } from '../foundation/errors.ts';
import { Monitor } from '../foundation/progress.ts';
import type { ProgressEvent } from '../foundation/progress.ts';
import { RandomStream } from '../foundation/random.ts';
import { trainTokenizer } from './train-tokenizer.ts';

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dare-vocabulary-'));
  file = join(folder, 'texts.txt');
  const random = RandomStream.named(1, 'words');
  const word = () => Array.from({ length: 3 + random.integer(6) }, () => 'aeioucdlmnrst'[random.integer(13)]).join('');
  const words = Array.from({ length: 200 }, word);
  const line = () => Array.from({ length: 12 }, () => words[random.integer(200)]!).join(' ');
  await writeFile(file, Array.from({ length: 300 }, line).join('\n'));
});
afterAll(() => rm(folder, { recursive: true }));

const training = { kind: 'byte-level-bpe', vocabularySize: 500, separator: 'line', lowercase: false } as const;

test('it shows how many of the entries it has learned', async () => {
  const events: ProgressEvent[] = [];
  await trainTokenizer([file], training, join(folder, 'whole'), new Monitor((event) => events.push(event)));
  const steps = events.flatMap((event) => (event.kind === 'step' ? [event] : []));
  expect(steps.length).toBeGreaterThan(0);
  const done = steps.map((step) => step.done);
  expect(done).toEqual(done.toSorted((a, b) => a - b));
  expect(steps.map(({ total }) => total)).toEqual(steps.map(() => 500 - 257));
});

test('a tokenizer that stands there is not replaced', async () => {
  const out = join(folder, 'once');
  await trainTokenizer([file], training, out, new Monitor());
  const before = await readFile(join(out, 'tokenizer.json'), 'utf8');
  await expect(trainTokenizer([file], { ...training, vocabularySize: 400 }, out, new Monitor())).rejects.toThrow(
    `${out}: a tokenizer is there already (name a new folder with --out, or remove this one)`,
  );
  expect(await readFile(join(out, 'tokenizer.json'), 'utf8')).toBe(before);
});

test.each(['byte-level-bpe', 'wordpiece'] as const)('%s: stopped while it learns, nothing is written', async (kind) => {
  const controller = new AbortController();
  const monitor = new Monitor((event) => {
    // As an interrupt comes: with the next turn of the event loop.
    if (event.kind === 'stage' && event.stage === 'learn the vocabulary') setImmediate(() => controller.abort());
  }, controller.signal);
  const out = join(folder, 'stopped');
  await expect(trainTokenizer([file], { ...training, kind }, out, monitor)).rejects.toBeInstanceOf(Interrupted);
  expect(existsSync(out)).toBe(false);
});
