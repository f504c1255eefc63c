import { mkdtemp, readdir, readFile, rm, writeFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { elementCount } from '../graph/tensor.ts';
import { openModelFolder } from './model-folder.ts';
import type { TensorToWrite } from './safetensors.ts';
import { writeModelFolder } from './write-model-folder.ts';

const FIXTURE = fileURLToPath(new URL('../../tests/fixtures/checkpoints/gpt2-safetensors', import.meta.url));

let scratch: string;
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'dare-write-'));
});
afterEach(() => rm(scratch, { recursive: true }));

async function readAll(folder: string): Promise<{ rawConfig: Record<string, unknown>; tensors: TensorToWrite[] }> {
  const { tensors, rawConfig } = await openModelFolder(folder);
  const all: TensorToWrite[] = [];
  for (const name of tensors.names()) {
    const data = new Float32Array(elementCount(tensors.shape(name)));
    await tensors.readInto(name, data);
    all.push({ name, shape: tensors.shape(name), data });
  }
  await tensors.close();
  return { rawConfig, tensors: all };
}

test('what is read and written is the same model, in one file or in shards', async () => {
  const original = await readAll(FIXTURE);
  for (const maxShardBytes of [1e9, 4000, 1]) {
    const folder = join(scratch, String(maxShardBytes));
    await writeModelFolder(folder, { config: original.rawConfig, tensors: original.tensors, maxShardBytes });
    expect(await readAll(folder)).toEqual(original);
    const files = (await readdir(folder)).filter((name) => name.endsWith('.safetensors'));
    expect(files.length > 1).toBe(maxShardBytes < 1e9);
  }
});

test('half precision is said in config.json', async () => {
  const { rawConfig, tensors } = await readAll(FIXTURE);
  await writeModelFolder(scratch, { config: rawConfig, tensors, dtype: 'bfloat16' });
  expect((await readAll(scratch)).rawConfig.dtype).toBe('bfloat16');
});

test('a failure leaves what stood there', async () => {
  const { rawConfig, tensors } = await readAll(FIXTURE);
  const folder = join(scratch, 'model');
  await mkdir(folder);
  await writeFile(join(folder, 'kept'), 'yes');
  const tokenizer = { save: () => Promise.reject(new Error('no space')) };
  await expect(writeModelFolder(folder, { config: rawConfig, tensors, tokenizer })).rejects.toThrow('no space');
  expect(await readFile(join(folder, 'kept'), 'utf8')).toBe('yes');
  expect(await readdir(scratch)).toEqual(['model']);
});
