/** Folders that are whole or absent, and what is never replaced by them. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { requireReplaceable, writeFolderAtomically } from './files.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dare-files-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const fill = (text: string) => (scratch: string) => writeFile(join(scratch, 'file'), text);

test.each(['new', 'new/', 'below/another/'])('a folder named %s is written, and written anew', async (name) => {
  const folder = `${root}/${name}`;
  await writeFolderAtomically(folder, fill('first'));
  await writeFolderAtomically(folder, fill('second'));
  expect(await readdir(folder)).toEqual(['file']);
  expect(await readFile(join(folder, 'file'), 'utf8')).toBe('second');
});

test('what stood there stays where the work fails', async () => {
  const folder = join(root, 'kept');
  await writeFolderAtomically(folder, fill('first'));
  await expect(writeFolderAtomically(folder, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await readFile(join(folder, 'file'), 'utf8')).toBe('first');
  expect((await readdir(root)).filter((name) => name.startsWith('kept'))).toEqual(['kept']);
});

test('a folder with something else in it is not to be replaced', async () => {
  const folder = join(root, 'theirs');
  const check = () =>
    requireReplaceable(folder, { what: 'a model', isOwn: (names) => names.includes('config.json'), flag: '--out' });
  await check();
  await mkdir(folder);
  await check();
  await writeFile(join(folder, 'thesis.txt'), '');
  await expect(check()).rejects.toThrow(
    'theirs: the folder holds other files than a model (name a new or empty folder with --out)',
  );
  await writeFile(join(folder, 'config.json'), '');
  await check();
});
