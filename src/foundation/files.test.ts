/** Folders that are whole or absent, and what is never replaced by them. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { removeScratch, requireReplaceable, writeFolderAtomically } from './files.ts';

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

test('what a killed process was about to replace has its name again, and is scratch where the new one stands', async () => {
  const names = async () => (await readdir(root)).filter((name) => name.startsWith('model'));
  const make = async (name: string) =>
    fill(name)(await mkdir(join(root, name), { recursive: true }).then(() => join(root, name)));
  await make('model.partial-old-0a1b2c3d');
  await make('model.partial-4e5f6a7b');
  await removeScratch(root, 'model');
  expect(await names()).toEqual(['model']);
  await make('model.partial-old-0a1b2c3d');
  await removeScratch(root, 'model');
  expect(await names()).toEqual(['model']);
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
