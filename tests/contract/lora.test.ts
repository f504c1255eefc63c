/**
 * LoRA against `peft`: a folder that it wrote is read, the training step has its loss, gradients and new matrices, the merged model its weights and
 * logits (tests/fixtures/make/lora_reference.py); and what it must be that it reads back.
 */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readModelConfig } from '../../src/checkpoint/model-folder.ts';
import { modelChain, readAdapter, resolveBase } from '../../src/checkpoint/peft-adapter.ts';
import type { Adapter } from '../../src/checkpoint/peft-adapter.ts';
import { openSafetensors, writeSafetensors } from '../../src/checkpoint/safetensors.ts';
import { elementCount } from '../../src/graph/tensor.ts';
import { mergeLayer, requireFit, saveAdapter } from '../../src/nn/adapted-model.ts';
import { gpt2Scoring, gpt2Training } from '../../src/nn/gpt2.ts';
import { initialValues } from '../../src/nn/initialize.ts';
import { adapterNames, isAdapter } from '../../src/nn/lora.ts';
import type { LoraSettings } from '../../src/nn/lora.ts';
import { loadWeights, specificationsOf } from '../../src/nn/model.ts';
import { CpuDevice } from '../../src/runtime/cpu/cpu-device.ts';
import type { Device } from '../../src/runtime/device.ts';
import { devices } from '../support/devices.ts';
import {
  decoderReferenceFeeds,
  largest,
  largestDifference,
  readReference,
  referenceFolder,
} from '../support/reference.ts';
import type { Reference } from '../support/reference.ts';

const ADAMW = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: () => 0 };
const FOLDER = referenceFolder('lora');
const LORA: LoraSettings = { rank: 3, alpha: 5, dropout: 0, targets: ['c_attn', 'mlp.c_proj'] };

async function tensorsOf(path: string): Promise<Map<string, Float32Array>> {
  const source = await openSafetensors(path);
  const tensors = new Map<string, Float32Array>();
  for (const name of source.names()) {
    const values = new Float32Array(elementCount(source.shape(name)));
    await source.readInto(name, values);
    tensors.set(name, values);
  }
  await source.close();
  return tensors;
}

async function baseModel() {
  const { config, rawConfig } = await readModelConfig(referenceFolder('gpt2'));
  if (config.model_type !== 'gpt2') throw new Error('not a GPT-2');
  return {
    folder: referenceFolder('gpt2'),
    config: { ...config, embd_pdrop: 0, attn_pdrop: 0, resid_pdrop: 0 },
    rawConfig,
    added: [],
    adapters: [],
  };
}

let scratch: string;
let base: Awaited<ReturnType<typeof baseModel>>;
let reference: Reference;
let expected: Map<string, Float32Array>;
let adapter: Adapter;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'dare-lora-'));
  base = await baseModel();
  reference = await readReference('gpt2');
  expected = await tensorsOf(join(FOLDER, 'reference.safetensors'));
  adapter = await readAdapter(FOLDER, 'gpt2');
});
afterAll(() => rm(scratch, { recursive: true }));

describe.each(devices)('on $name', ({ open }) => {
  let device: Device;
  beforeAll(async () => {
    device = await open();
  });
  afterAll(() => device.close());

  /** The base with the adapter's matrices beside its layers. */
  async function adaptedParameters(checkpointing: boolean) {
    const { graph, loss } = gpt2Training(base.config, { lora: LORA, checkpointing });
    const options = { trainable: isAdapter, optional: [/\.lora_[AB]\.weight$/] };
    const { parameters, initialized } = await loadWeights(device, base, graph, options);
    expect([...initialized].sort()).toEqual(
      [...adapter.layers.keys()].flatMap((layer) => Object.values(adapterNames(layer))).sort(),
    );
    for (const [layer, { a, b }] of adapter.layers) {
      await parameters.write(adapterNames(layer).a, a);
      await parameters.write(adapterNames(layer).b, b);
    }
    return { graph, loss, parameters };
  }

  test.each([false, true])('a training step is peft’s (checkpointing: %s)', async (checkpointing) => {
    const { graph, loss, parameters } = await adaptedParameters(checkpointing);
    const frozen = parameters.specifications.filter(({ name }) => !isAdapter(name));
    const before = await Promise.all(frozen.map(({ name }) => parameters.read(name)));
    const program = await device.createTrainingProgram(graph, loss, parameters, ADAMW);
    const results = await program.accumulate(decoderReferenceFeeds(reference, 'batch'), []);
    expect(results.loss!.data[0]).toBeCloseTo(expected.get('loss')![0]!, 5);
    const wrong: string[] = [];
    for (const { name } of parameters.trained) {
      const gradient = expected.get(`gradient.${name}`)!;
      if (!(largestDifference(await program.gradient(name), gradient) <= 1e-5 * largest(gradient))) wrong.push(name);
    }
    expect(wrong).toEqual([]);
    await program.update({ learningRate: 1e-2, maxGradientNorm: 1 });
    for (const { name } of parameters.trained) {
      // A hundredth of the step that AdamW takes.
      expect(largestDifference(await parameters.read(name), expected.get(`updated.${name}`)!)).toBeLessThan(1e-4);
    }
    expect(await Promise.all(frozen.map(({ name }) => parameters.read(name)))).toEqual(before);
    await program.dispose();
    await parameters.dispose();
  });

  test('the merged model has peft’s weights and logits', async () => {
    const graph = gpt2Scoring(base.config, { withLogits: true });
    const { parameters } = await loadWeights(device, { ...base, adapters: [adapter] }, graph, { trainable: false });
    for (const name of ['transformer.h.0.attn.c_attn.weight', 'transformer.h.1.mlp.c_proj.weight']) {
      expect(largestDifference(await parameters.read(name), expected.get(`merged.${name}`)!)).toBeLessThan(1e-6);
    }
    const program = await device.createProgram(graph, parameters);
    const { logits } = await program.run(decoderReferenceFeeds(reference, 'batch'));
    const wanted = expected.get('logits')!;
    const mask = reference.tensor('batch.attention_mask');
    const [batch, sequence] = mask.shape as [number, number];
    const width = wanted.length / (batch * sequence);
    for (let b = 0; b < batch; b++) {
      for (let t = 0; t < sequence; t++) {
        if (!mask.data[b * sequence + t]) continue;
        const ours = logits!.data.subarray((t * batch + b) * width, (t * batch + b + 1) * width);
        const theirs = wanted.subarray((b * sequence + t) * width, (b * sequence + t + 1) * width);
        expect(largestDifference(ours, theirs)).toBeLessThan(1e-5 * largest(wanted));
      }
    }
    await program.dispose();
    await parameters.dispose();
  });

  test('what is written is what was learned, and reads back the same', async () => {
    const { parameters } = await adaptedParameters(false);
    const folder = join(scratch, 'written');
    await saveAdapter(folder, parameters, LORA, 'gpt2');
    await parameters.dispose();
    const { layers, rank, scale, base: name } = await readAdapter(folder, 'gpt2');
    expect({ rank, scale, name }).toEqual({ rank: 3, scale: 5 / 3, name: 'gpt2' });
    expect(layers).toEqual(adapter.layers);
    // peft's own file of the same matrices, tensor by tensor.
    const [ours, theirs] = await Promise.all(
      [folder, FOLDER].map((path) => tensorsOf(join(path, 'adapter_model.safetensors'))),
    );
    expect(new Map([...ours!].sort())).toEqual(new Map([...theirs!].sort()));
    const [said, wanted] = await Promise.all(
      [folder, FOLDER].map(
        async (path) =>
          JSON.parse(await readFile(join(path, 'adapter_config.json'), 'utf8')) as Record<string, unknown>,
      ),
    );
    const settings = Object.keys(said!).filter((key) => key !== 'target_modules');
    expect(Object.fromEntries(settings.map((key) => [key, said![key]]))).toEqual(
      Object.fromEntries(settings.map((key) => [key, wanted![key]])),
    );
  });
});

describe('an adapter', () => {
  test('starts as its base: A as peft draws it, B zero', () => {
    const of = (name: string, shape: number[]) => initialValues({ name, shape }, base.config, 1);
    const a = of('transformer.h.0.attn.c_attn.lora_A.weight', [8, 400]);
    expect(largest(a)).toBeLessThanOrEqual(1 / 20);
    // The standard deviation of a uniform draw from ±1/√in.
    expect(Math.sqrt(a.reduce((sum, value) => sum + value ** 2, 0) / a.length)).toBeCloseTo(1 / 20 / Math.sqrt(3), 2);
    expect(of('transformer.h.0.attn.c_attn.lora_B.weight', [400, 8]).every((value) => value === 0)).toBe(true);
  });

  test('leaves layers that it does not name as they are', () => {
    const weights = Float32Array.of(1, 2, 3);
    mergeLayer(weights, 'transformer.h.0.mlp.c_fc', adapter);
    expect([...weights]).toEqual([1, 2, 3]);
  });

  /** peft's folder, its configuration changed. */
  async function changed(name: string, changes: Record<string, unknown>): Promise<string> {
    const folder = join(scratch, name);
    await cp(FOLDER, folder, { recursive: true });
    const path = join(folder, 'adapter_config.json');
    const config = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    await writeFile(path, JSON.stringify({ ...config, ...changes }));
    return folder;
  }

  test('of rank-stabilized LoRA counts alpha/√rank', async () => {
    const { scale } = await readAdapter(await changed('rslora', { use_rslora: true }), 'gpt2');
    expect(scale).toBeCloseTo(5 / Math.sqrt(3), 12);
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['of another kind', { peft_type: 'IA3' }, 'peft_type "IA3" is not supported'],
    ['with DoRA', { use_dora: true }, 'use_dora true is not supported'],
    ['with biases', { bias: 'all' }, 'bias "all" is not supported'],
    ['with other modules', { modules_to_save: ['lm_head'] }, 'modules_to_save ["lm_head"] is not supported'],
    ['with ranks by layer', { rank_pattern: { c_attn: 2 } }, 'rank_pattern {"c_attn":2} is not supported'],
    ['that changed its base', { init_lora_weights: 'pissa_niter_4' }, 'init_lora_weights "pissa_niter_4"'],
    ['of rank 0', { r: 0 }, 'adapter_config.json: r: '],
    ['of another rank than its weights', { r: 4 }, 'are not of rank 4'],
  ])('%s is refused in a line', async (name, changes, message) => {
    await expect(readAdapter(await changed(name, changes), 'gpt2')).rejects.toThrow(message);
  });

  test('of an adapted model is merged after that one’s own; one that adapts itself is refused', async () => {
    const device = new CpuDevice({ threads: 1 });
    const first = await changed('first', { base_model_name_or_path: referenceFolder('gpt2') });
    const second = await changed('second', { base_model_name_or_path: '../first' });
    expect(await modelChain(second)).toEqual([second, first, referenceFolder('gpt2')]);
    const name = 'transformer.h.0.attn.c_attn';
    const weights = async (adapters: Adapter[]) => {
      const { parameters } = await loadWeights(device, { ...base, adapters }, gpt2Scoring(base.config), {
        trainable: false,
      });
      return parameters.read(`${name}.weight`);
    };
    const twice = await weights([]);
    for (let time = 0; time < 2; time++) mergeLayer(twice, name, adapter);
    expect(await weights([adapter, adapter])).toEqual(twice);
    await device.close();
    const itself = await changed('itself', { base_model_name_or_path: '../itself' });
    await expect(modelChain(itself)).rejects.toThrow('adapter_config.json: adapts itself');
  });

  test('with a number that is none is refused by its tensor’s name', async () => {
    const folder = await changed('none', {});
    const path = join(folder, 'adapter_model.safetensors');
    const bytes = await readFile(path);
    bytes.writeFloatLE(NaN, bytes.length - 4);
    await writeFile(path, bytes);
    await expect(readAdapter(folder, 'gpt2')).rejects.toThrow(
      /adapter_model\.safetensors: tensor base_model\.model\..*lora_[AB]\.weight holds numbers that are not finite/,
    );
  });

  test('with other tensors than LoRA’s, or with half a pair, is refused', async () => {
    const folder = await changed('tensors', {});
    const path = join(folder, 'adapter_model.safetensors');
    const write = (name: string, shape: number[]) =>
      writeSafetensors(path, [{ name, shape, data: new Float32Array(shape[0]! * shape[1]!) }], 'float32');
    await write('base_model.model.transformer.wte.lora_embedding_A', [3, 121]);
    await expect(readAdapter(folder, 'gpt2')).rejects.toThrow("lora_embedding_A is not a linear layer's LoRA matrix");
    await write('base_model.model.transformer.h.0.attn.c_attn.lora_A.weight', [3, 64]);
    await expect(readAdapter(folder, 'gpt2')).rejects.toThrow('h.0.attn.c_attn has only one of its two matrices');
  });

  test('for another base is refused: other widths, other layers', () => {
    const specifications = (changes: object) => specificationsOf(gpt2Scoring({ ...base.config, ...changes }));
    expect(() => requireFit(adapter, specifications({}))).not.toThrow();
    expect(() => requireFit(adapter, specifications({ n_embd: 32 }))).toThrow(
      'the adapter is for another model: its transformer.h.0.attn.c_attn is 64 × 192, and is 32 × 96 here',
    );
    expect(() => requireFit(adapter, specifications({ n_layer: 1 }))).toThrow(
      'transformer.h.1.attn.c_attn is 64 × 192, and is not in the model',
    );
  });

  test('finds its base beside itself; without one it says so', async () => {
    const folder = await changed('moved', { base_model_name_or_path: '../base' });
    await cp(referenceFolder('gpt2'), join(scratch, 'base'), { recursive: true });
    expect(await resolveBase(folder)).toBe(join(scratch, 'base'));
    await expect(resolveBase(await changed('orphan', { base_model_name_or_path: null }))).rejects.toThrow(
      'does not say which model it adapts',
    );
  });

  test('of another revision than what is fetched of a name is refused; a folder has no revisions', async () => {
    const named = { base_model_name_or_path: 'some/gpt2', revision: 'v2' };
    const folder = await changed('revision', named);
    await expect(resolveBase(folder, { offline: true })).rejects.toThrow(
      'adapter_config.json: adapts revision v2 of some/gpt2, and only a model’s default branch is fetched (fetch that revision yourself',
    );
    const main = await changed('main', { ...named, revision: 'main' });
    await expect(resolveBase(main, { offline: true })).rejects.toThrow(
      'some/gpt2 is neither a folder nor in the cache',
    );
    const local = await changed('local', { base_model_name_or_path: referenceFolder('gpt2'), revision: 'v2' });
    expect(await resolveBase(local)).toBe(referenceFolder('gpt2'));
  });
});
