/** Locks where nobody tells when a process started, so that a dead holder's number may be another's: the stamp decides. */
import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { holderOf, lockFolder } from './folder-lock.ts';

/** What happens while the lock is watched. */
const watched = vi.hoisted(() => ({ meanwhile: () => Promise.resolve() }));
vi.mock('node:timers/promises', () => ({ setTimeout: () => watched.meanwhile() }));

let folder: string;
beforeEach(async () => {
  watched.meanwhile = () => Promise.resolve();
  folder = await mkdtemp(join(tmpdir(), 'dare-lock-'));
  const release = await lockFolder(folder);
  const owner = JSON.parse(await readFile(join(folder, '.lock-owner.json'), 'utf8')) as object;
  await release();
  await mkdir(join(folder, '.lock'));
  // This process's number.
  await writeFile(join(folder, '.lock-owner.json'), JSON.stringify({ ...owner, started: null }));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const stamp = (secondsAgo: number): Promise<void> => {
  const time = Date.now() / 1000 - secondsAgo;
  return utimes(join(folder, '.lock'), time, time);
};

test('a fresh stamp is a living holder’s', async () => {
  await expect(lockFolder(folder)).rejects.toThrow(`another process (process ${process.pid} on `);
});

test('an old one is a dead holder’s where nobody renews it', async () => {
  await stamp(120);
  expect(await holderOf(folder)).toBeUndefined();
  await (
    await lockFolder(folder)
  )();
});

test('an old one is a living holder’s that slept, with the machine, and renews it', async () => {
  await stamp(120);
  watched.meanwhile = () => stamp(0);
  await expect(lockFolder(folder)).rejects.toThrow(`another process (process ${process.pid} on `);
});
