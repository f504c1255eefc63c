import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeFolderAtomically } from './files.ts';
import { writeUnfinished } from './unfinished.ts';

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'dare-unfinished-'))));
afterEach(() => rmSync(root, { recursive: true }));

const place = (...names: string[]): string => join(root, ...names);
const AN_EXPORT = { what: 'an export', flag: '--to', isKept: (name: string) => name.startsWith('checkpoint-') };
const writeWhole = () => writeFolderAtomically(place('out'), (scratch) => writeFile(join(scratch, 'file'), 'whole'));

test('what is kept to go on with is found again, and goes when the folder stands', async () => {
  const failing = writeUnfinished(place('out'), AN_EXPORT, async (unfinished) => {
    await writeFile(join(unfinished, 'checkpoint-1'), '');
    throw new Error('stopped');
  });
  await expect(failing).rejects.toThrow('stopped');
  expect(readdirSync(root)).toEqual(['out.unfinished']);
  await writeUnfinished(place('out'), AN_EXPORT, async (unfinished) => {
    expect(readdirSync(unfinished)).toContain('checkpoint-1');
    await writeWhole();
  });
  expect(readdirSync(root)).toEqual(['out']);
});

test('what killed processes left half-written of the folder goes, and of no other', async () => {
  for (const name of ['out.partial-0123abcd', 'output.partial-0123abcd']) await mkdir(place(name));
  await writeUnfinished(place('out'), AN_EXPORT, writeWhole);
  expect(readdirSync(root)).toEqual(['out', 'output.partial-0123abcd']);
});

test('a second one is refused while the first writes', async () => {
  await writeUnfinished(place('out'), AN_EXPORT, async () => {
    await expect(writeUnfinished(place('out'), AN_EXPORT, writeWhole)).rejects.toThrow(
      /out\.unfinished: another process .* is working in this folder/,
    );
  });
});

test('a folder of that name with other files is not touched', async () => {
  await mkdir(place('out.unfinished'));
  await writeFile(place('out.unfinished', 'thesis.tex'), '');
  await expect(writeUnfinished(place('out'), AN_EXPORT, writeWhole)).rejects.toThrow(
    /out\.unfinished: the folder holds other files than what is unfinished of an export \(name a new or empty folder with --to\)/,
  );
  expect(readdirSync(place('out.unfinished'))).toEqual(['thesis.tex']);
});
