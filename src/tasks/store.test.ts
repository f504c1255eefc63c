import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lockFolder } from '../foundation/folder-lock.ts';
import { TaskStore } from './store.ts';

describe('clearing away what killed processes left', () => {
  let root: string;
  beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'dare-store-'))));
  afterEach(() => rmSync(root, { recursive: true }));

  const leave = async (name: string, hasResult: boolean): Promise<string> => {
    const work = join(root, 'work', name);
    await mkdir(work, { recursive: true });
    await writeFile(join(work, 'checkpoint-1'), 'weights');
    if (hasResult) await mkdir(join(root, 'tasks', name), { recursive: true });
    return work;
  };

  test('work of finished tasks goes, checkpoints of unfinished ones stay', async () => {
    await leave('member-a', true);
    await leave('member-b', false);
    await new TaskStore(root).clear();
    expect(readdirSync(join(root, 'work'))).toEqual(['member-b']);
  });

  test('a model that was being deleted goes', async () => {
    for (const [name, mark] of [
      ['generator-a', 'weights-dropped.txt'],
      ['generator-b', 'losses.json'],
    ] as const) {
      await mkdir(join(root, 'tasks', name, 'model'), { recursive: true });
      await writeFile(join(root, 'tasks', name, 'model', 'model.safetensors'), 'weights');
      await writeFile(join(root, 'tasks', name, mark), '');
    }
    await new TaskStore(root).clear();
    expect(readdirSync(join(root, 'tasks', 'generator-a'))).toEqual(['weights-dropped.txt']);
    expect(readdirSync(join(root, 'tasks', 'generator-b'))).toEqual(['losses.json', 'model']);
    expect(await new TaskStore(root).halfDropped()).toEqual([]);
  });

  test('work that another process has just begun stays; where it left nothing but locks these go', async () => {
    const begun = join(root, 'work', 'member-c');
    const release = await lockFolder(begun);
    await mkdir(join(root, 'work', 'member-d'), { recursive: true });
    await new TaskStore(root).clear();
    expect(readdirSync(join(root, 'work'))).toEqual(['member-c']);
    await release();
    await new TaskStore(root).clear();
    expect(readdirSync(join(root, 'work'))).toEqual([]);
  });

  test('work whose process is just about to end is waited for', async () => {
    const release = await lockFolder(await leave('scores-a', true));
    const cleared = new TaskStore(root).clear();
    await delay(300);
    expect(readdirSync(join(root, 'work'))).toEqual(['scores-a']);
    await release();
    await cleared;
    expect(readdirSync(join(root, 'work'))).toEqual([]);
  });
});
