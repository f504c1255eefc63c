/** Adapters on the command line: merged, sampled from, and refused where they do not fit. */
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeAdapter } from '../../src/checkpoint/peft-adapter.ts';
import { RandomStream } from '../../src/foundation/random.ts';
import { writeRandomModel } from '../../src/dare/random-model.ts';
import { dare, temporaryFolder, writeModels } from './support.ts';

let folder: string;
const place = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await temporaryFolder();
  await writeModels(folder);
  const stream = RandomStream.named(1, 'adapter');
  const matrix = (name: string, rows: number, columns: number) => ({
    name: `transformer.h.0.mlp.c_fc.${name}.weight`,
    shape: [rows, columns],
    data: Float32Array.from({ length: rows * columns }, () => stream.normal()),
  });
  await writeAdapter(place('adapter'), {
    base: '../gpt2',
    rank: 2,
    alpha: 4,
    dropout: 0,
    targets: ['c_fc'],
    isInOut: true,
    tensors: [matrix('lora_A', 2, 16), matrix('lora_B', 64, 2)],
  });
  const texts = ['aspirin relieves pain in adults'];
  const size = { layers: 1, hiddenSize: 32, heads: 2, vocabulary: 300, maxLength: 64, texts, seed: 1 };
  await writeRandomModel(place('wider'), { kind: 'gpt2', ...size });
  await cp(place('adapter'), place('orphan'), { recursive: true });
  const config = JSON.parse(await readFile(join(place('orphan'), 'adapter_config.json'), 'utf8')) as object;
  await writeFile(
    join(place('orphan'), 'adapter_config.json'),
    JSON.stringify({ ...config, base_model_name_or_path: 'no-such-model' }),
  );
  await dare(['--version']);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const SAMPLE = ['--count', '4', '--max-words', '8', '--seed', '1', '--quiet'];

test('an adapter is merged, and sampled from as its merged model is', async () => {
  await mkdir(place('merged.partial-0123abcd'));
  const merged = await dare(['merge', '--adapter', place('adapter'), '--out', place('merged'), '--json']);
  expect(merged).toMatchObject({ code: 0, stdout: `{"folder":"${place('merged')}","layers":1}\n` });
  // Nor does what a killed process left of it stay beside it.
  expect((await readdir(folder)).filter((name) => name.startsWith('merged'))).toEqual(['merged']);
  const [fromAdapter, fromMerged, fromBase] = await Promise.all(
    ['adapter', 'merged', 'gpt2'].map((name) => dare(['sample', '--model', place(name), ...SAMPLE])),
  );
  expect(fromAdapter).toMatchObject({ code: 0, stderr: '' });
  expect(fromAdapter!.stdout).toBe(fromMerged!.stdout);
  expect(fromAdapter!.stdout).not.toBe(fromBase!.stdout);
});

test('neither the base nor the adapter is replaced by what is made of them', async () => {
  for (const out of ['gpt2', 'adapter']) {
    const { code, stderr } = await dare(['merge', '--adapter', place('adapter'), '--out', place(out)]);
    expect(code).toBe(2);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(/is one of the folders that are merged|the folder holds other files than a model/);
  }
  const base = await dare(['sample', '--model', place('gpt2'), ...SAMPLE]);
  expect(base).toMatchObject({ code: 0, stderr: '' });
  expect((await readdir(place('gpt2'))).filter((name) => name.includes('adapter'))).toEqual([]);
});

test.each<[string, () => string[], string]>([
  [
    'another base',
    () => ['merge', '--adapter', place('adapter'), '--base', place('wider')],
    'the adapter is for another model',
  ],
  ['a model in place of an adapter', () => ['merge', '--adapter', place('gpt2')], 'adapter_config.json: no such file'],
  [
    'a base that is nowhere',
    () => ['merge', '--adapter', place('orphan'), '--offline'],
    'no-such-model is neither a folder nor in the cache',
  ],
  [
    'sampling from one without its base',
    () => ['sample', '--model', place('orphan'), '--offline'],
    'no-such-model is neither',
  ],
  ['a rank of 0', () => ['run', '--corpus', folder, '--generator-lora-rank', '0'], '--generator-lora-rank'],
  ['an unknown target', () => ['run', '--corpus', folder, '--generator-lora-targets', 'c_atn'], 'did you mean c_attn?'],
  [
    'adapters and added tokens',
    () => ['run', '--corpus', folder, '--generator-lora-rank', '4', '--generator-add-placeholder-tokens'],
    'LoRA leaves the embeddings as they are',
  ],
])('%s: one line, exit code 2', async (_, args, message) => {
  const given = args();
  const { code, stdout, stderr } = await dare([...given, ...(given[0] === 'merge' ? ['--out', place('out')] : [])]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stderr).toContain(message);
});
