import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Monitor } from '../foundation/progress.ts';
import { SentenceJournal } from './sentence-journal.ts';

const ENTRIES = ['DRUG gave DISEASE', 'two\nlines, “ä”', ''].map((text, index) => ({ index, text, tokens: index + 3 }));

let path: string;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dare-journal-'));
  path = join(folder, 'sentences.journal');
  const journal = await SentenceJournal.open(path, new Monitor());
  expect(journal.entries).toEqual([]);
  for (const entry of ENTRIES) journal.append(entry);
});
afterEach(() => rm(folder, { recursive: true }));

async function reopen(): Promise<{ journal: SentenceJournal; notes: string[] }> {
  const notes: string[] = [];
  const journal = await SentenceJournal.open(
    path,
    new Monitor((event) => event.kind === 'note' && notes.push(event.text)),
  );
  return { journal, notes };
}

test('gives back what was written', async () => {
  expect(await reopen()).toEqual({ journal: expect.objectContaining({ entries: ENTRIES }) as unknown, notes: [] });
});

describe('a journal that is not whole', () => {
  test.each<[string, (text: string) => string, number]>([
    ['ends within its last line', (text) => text.slice(0, -7), 2],
    ['lacks the end of its last line', (text) => text.slice(0, -1), 2],
    ['has a changed letter', (text) => text.replace('gave', 'gaze'), 0],
    ['has a changed count', (text) => text.replace('"tokens":4', '"tokens":5'), 1],
    ['has a line twice', (text) => text.replace(/^(.*\n)/, '$1$1'), 1],
    ['lacks a line', (text) => text.replace(/^.*\n/, ''), 0],
    ['has zeros at its end', (text) => `${text}\0\0\0\0`, 3],
  ])('%s: goes on behind the last good line', async (_, damage, good) => {
    const whole = await readFile(path, 'utf8');
    await writeFile(path, damage(whole));
    const { journal, notes } = await reopen();
    expect(journal.entries).toEqual(ENTRIES.slice(0, good));
    expect(notes).toEqual([`${path}:${good + 1}: not whole; sampled again from here`]);
    for (const entry of ENTRIES.slice(good)) journal.append(entry);
    expect(await readFile(path, 'utf8')).toBe(whole);
  });
});
