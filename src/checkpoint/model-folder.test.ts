import { readFile, mkdtemp, rm, writeFile, cp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { readJson } from '../foundation/files.ts';
import { elementCount } from '../graph/tensor.ts';
import { labelNamesOf } from './config.ts';
import { openModelFolder } from './model-folder.ts';

const FIXTURES = fileURLToPath(new URL('../../tests/fixtures/checkpoints/', import.meta.url));

const expectedSchema = z.record(
  z.string(),
  z.object({ shape: z.array(z.number()), sum: z.number(), first: z.array(z.number()), last: z.number() }),
);

let scratch: string;
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'dare-checkpoint-'));
});
afterEach(() => rm(scratch, { recursive: true }));

/** A copy of a fixture, to be damaged. */
async function copyOf(fixture: string): Promise<string> {
  const folder = join(scratch, fixture);
  await cp(join(FIXTURES, fixture), folder, { recursive: true });
  return folder;
}

describe('reads what PyTorch and transformers write', () => {
  test.each([
    'gpt2-safetensors',
    'gpt2-sharded',
    'bert-classifier',
    'bert-f16',
    'bert-bf16',
    'bert-pretraining-gamma-zip',
    'bert-pretraining-legacy',
    'bert-bare-sharded-bin',
  ])('%s', async (name) => {
    const { tensors } = await openModelFolder(join(FIXTURES, name));
    const expected = await readJson(join(FIXTURES, name, 'expected.json'), expectedSchema);
    expect(new Set(tensors.names())).toEqual(new Set(Object.keys(expected)));
    for (const [tensor, { shape, sum, first, last }] of Object.entries(expected)) {
      expect(tensors.shape(tensor), tensor).toEqual(shape);
      const values = new Float32Array(elementCount(shape));
      await tensors.readInto(tensor, values);
      expect([...values.slice(0, 3)], tensor).toEqual(first);
      expect(values.at(-1), tensor).toBe(last);
      expect(
        values.reduce((total, value) => total + value, 0),
        tensor,
      ).toBeCloseTo(sum, 9);
    }
    await tensors.close();
  });
});

test('configuration: labels and defaults', async () => {
  const { config, rawConfig, tensors } = await openModelFolder(join(FIXTURES, 'bert-classifier'));
  await tensors.close();
  expect(config).toMatchObject({ model_type: 'bert', hidden_size: 8, num_attention_heads: 2 });
  expect(labelNamesOf(config, 'config.json')).toEqual(['null', 'causes', 'treats']);
  expect(rawConfig.transformers_version).toBe('5.23.0');
});

describe('a pickle that would run a command is refused by the name of what it asks for, and runs nothing', () => {
  test.each(['malicious-zip', 'malicious-legacy', 'malicious-plain'])('%s', async (name) => {
    await expect(openModelFolder(join(FIXTURES, name))).rejects.toThrow(
      name === 'malicious-plain'
        ? /is no file written by torch\.save|posix\.system/
        : /asks for posix\.system.*nothing was run/,
    );
  });
});

describe('damaged folders: one line that names the file', () => {
  const config = { model_type: 'bert', hidden_size: 8, num_attention_heads: 2 };
  test.each<[string, Record<string, string> | undefined, RegExp]>([
    ['no folder', undefined, /absent: no such model folder/],
    ['no config', {}, /has no config\.json/],
    ['not JSON', { 'config.json': '{' }, /config\.json: not valid JSON/],
    ['no type', { 'config.json': '{}' }, /config\.json: has no model_type/],
    ['another model', { 'config.json': '{"model_type":"llama"}' }, /config\.json: model_type "llama" is not supported/],
    [
      'heads',
      { 'config.json': JSON.stringify({ ...config, num_attention_heads: 3 }) },
      /config\.json: a hidden size of 8 cannot be split into 3 attention heads/,
    ],
    [
      'a setting that is not computed',
      { 'config.json': JSON.stringify({ ...config, position_embedding_type: 'relative_key' }) },
      /config\.json: position_embedding_type: "relative_key" is not supported, only "absolute"/,
    ],
    [
      'an activation that is not known',
      { 'config.json': JSON.stringify({ ...config, hidden_act: 'mish' }) },
      /config\.json: hidden_act: /,
    ],
    ['no weights', { 'config.json': JSON.stringify(config) }, /has no weights: none of model\.safetensors/],
    [
      'a shard outside the folder',
      {
        'config.json': JSON.stringify(config),
        'model.safetensors.index.json': '{"weight_map":{"a":"../../secret.safetensors"}}',
      },
      /index\.json: weight_map: \.\.\/\.\.\/secret\.safetensors is not a plain file name/,
    ],
    [
      'a missing shard',
      { 'config.json': JSON.stringify(config), 'model.safetensors.index.json': '{"weight_map":{"a":"x.safetensors"}}' },
      /x\.safetensors: no such file/,
    ],
  ])('%s', async (_, files, message) => {
    const folder = files ? scratch : join(scratch, 'absent');
    for (const [name, content] of Object.entries(files ?? {})) await writeFile(join(folder, name), content);
    await expect(openModelFolder(folder)).rejects.toThrow(message);
  });

  test.each(['bert-pretraining-gamma-zip', 'bert-pretraining-legacy', 'gpt2-safetensors'])(
    '%s, cut off anywhere',
    async (name) => {
      const folder = await copyOf(name);
      const file = join(folder, name.startsWith('gpt2') ? 'model.safetensors' : 'pytorch_model.bin');
      const whole = await readFile(file);
      for (const share of [0, 0.001, 0.1, 0.5, 0.9, 0.999]) {
        await writeFile(file, whole.subarray(0, Math.floor(whole.length * share)));
        await expect(openModelFolder(folder), String(share)).rejects.toThrow(
          /(model\.safetensors|pytorch_model\.bin): .*\(.*\)$/,
        );
      }
    },
  );

  test('an index that disagrees with its shards', async () => {
    const folder = await copyOf('gpt2-sharded');
    const path = join(folder, 'model.safetensors.index.json');
    const index = await readFile(path, 'utf8');
    await writeFile(path, index.replace('transformer.wpe.weight', 'transformer.elsewhere'));
    await expect(openModelFolder(folder)).rejects.toThrow(
      /says that model-0000\d-of-00003\.safetensors holds transformer\.elsewhere/,
    );
  });
});
