/** What a checkpoint that is damaged, or cannot be read for now, leaves of the others. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import type * as Hash from '../foundation/hash.ts';
import { Monitor } from '../foundation/progress.ts';
import type { ParameterPart, Parameters } from '../runtime/device.ts';
import { loadBest, loadCheckpoint, saveBest, saveCheckpoint } from './training-checkpoint.ts';

const trouble = vi.hoisted(() => ({ code: undefined as string | undefined, file: '' }));
vi.mock('../foundation/hash.ts', async (original) => {
  const actual = await original<typeof Hash>();
  const sha256OfFile = (path: string): Promise<string> => {
    const { code, file } = trouble;
    if (code === undefined || !path.endsWith(file)) return actual.sha256OfFile(path);
    return Promise.reject(Object.assign(new Error(`${code}: no`), { code, path }));
  };
  return { ...actual, sha256OfFile };
});

const progressSchema = z.object({ key: z.string(), updates: z.int() });

/** One weight of two numbers. */
class FakeParameters implements Parameters {
  readonly specifications = [{ name: 'weight', shape: [2] }];
  readonly trained = this.specifications;
  readonly parts = new Map<ParameterPart, Float32Array>();
  /** What is thrown when this part is written. */
  failure: { readonly part: ParameterPart; readonly error: Error } | undefined;

  read(_: string, part: ParameterPart = 'weight'): Promise<Float32Array> {
    return Promise.resolve(this.parts.get(part) ?? new Float32Array(2));
  }

  write(_: string, values: Float32Array, part: ParameterPart = 'weight'): Promise<void> {
    if (this.failure?.part === part) return Promise.reject(this.failure.error);
    this.parts.set(part, values);
    return Promise.resolve();
  }

  dispose(): Promise<void> {
    return Promise.resolve();
  }
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dare-checkpoint-'));
  const parameters = new FakeParameters();
  for (const updates of [3, 4]) {
    for (const part of ['weight', 'firstMoment', 'secondMoment'] as const) {
      await parameters.write('weight', Float32Array.of(updates, 1), part);
    }
    await saveBest(folder, parameters, 'key', updates);
    await saveCheckpoint(folder, parameters, { key: 'key', updates });
  }
});
afterEach(async () => {
  trouble.code = undefined;
  await rm(folder, { recursive: true });
});

const ALL = ['best-000000003', 'best-000000004', 'update-000000003', 'update-000000004'];
const left = async (): Promise<string[]> => (await readdir(folder)).sort();

function load(parameters = new FakeParameters(), notes: string[] = []) {
  const monitor = new Monitor((event) => event.kind === 'note' && notes.push(event.text));
  return loadCheckpoint(folder, parameters, progressSchema, 'key', monitor);
}

test('a device that does not take the weights says so, and no checkpoint is called damaged or deleted', async () => {
  for (const part of ['weight', 'firstMoment'] as const) {
    const parameters = new FakeParameters();
    parameters.failure = { part, error: new Error('the GPU does not answer any more') };
    const notes: string[] = [];
    await expect(load(parameters, notes)).rejects.toThrow('the GPU does not answer any more');
    expect(notes).toEqual([]);
    expect(await left()).toEqual(ALL);
  }
  expect(await load()).toEqual({ key: 'key', updates: 4 });
});

describe('a checkpoint that cannot be read for now is no damaged one', () => {
  test.each([
    ['EMFILE', 'too many open files (raise the limit'],
    ['EACCES', 'permission denied (choose a folder'],
    ['EIO', 'the disk reports an error (check'],
  ])('%s', async (code, told) => {
    Object.assign(trouble, { code, file: 'firstMoment.safetensors' });
    const notes: string[] = [];
    await expect(load(new FakeParameters(), notes)).rejects.toThrow(told);
    expect(notes).toEqual([]);
    expect(await left()).toEqual(ALL);
  });
});

test('a damaged one is passed over, with nothing of it in the weights', async () => {
  await writeFile(join(folder, 'update-000000004', 'secondMoment.safetensors'), 'damaged');
  const notes: string[] = [];
  const parameters = new FakeParameters();
  expect(await load(parameters, notes)).toEqual({ key: 'key', updates: 3 });
  expect(notes.join()).toMatch(/update-000000004 is damaged \(checksum differs\); using the one before$/);
  expect([...parameters.parts.values()]).toEqual(Array(3).fill(Float32Array.of(3, 1)));
});

test('the best epoch’s weights damaged in the end are told in a line that says what to do', async () => {
  await writeFile(join(folder, 'best-000000004', 'weight.safetensors'), 'damaged');
  await expect(loadBest(folder, new FakeParameters(), 'key', 4)).rejects.toMatchObject({
    name: 'UserError',
    exitCode: 1,
    where: join(folder, 'best-000000004'),
    message: expect.stringContaining(
      'the weights of the best epoch are damaged (give the same command again: it goes on from a checkpoint',
    ) as unknown,
  });
});
