/**
 * A LoRA adapter's folder as Hugging Face's `peft` writes and reads it: `adapter_config.json` with its settings and the base's name,
 * `adapter_model.safetensors` with two narrow matrices for each adapted layer.
 *
 * The tensors say which layers are adapted; what the configuration could add to that and we do not compute is refused by name, never ignored.
 */
import { isAbsolute, join, resolve } from 'node:path';
import { z } from 'zod';
import { UserError } from '../foundation/errors.ts';
import { kindAt, readJson, writeFolderAtomically, writeJson } from '../foundation/files.ts';
import { elementCount } from '../graph/tensor.ts';
import { resolveModel } from './hub.ts';
import type { HubOptions } from './hub.ts';
import { canonicalName } from './matching.ts';
import type { Architecture } from './matching.ts';
import { openPytorchFile } from './pytorch-file.ts';
import { openSafetensors, writeSafetensors } from './safetensors.ts';
import type { TensorToWrite } from './safetensors.ts';
import { readFinite } from './tensor-source.ts';
import type { TensorSource } from './tensor-source.ts';

const CONFIG_FILE = 'adapter_config.json';
const WEIGHTS_FILE = 'adapter_model.safetensors';
/** As `peft` wrote before it used safetensors. */
const OLD_WEIGHTS_FILE = 'adapter_model.bin';
const PREFIX = 'base_model.model.';
const DEFAULT_BRANCH = 'main';

/** One layer's matrices. */
export interface AdapterLayer {
  /** [rank, in]. */
  readonly a: Float32Array;
  /** [out, rank]. */
  readonly b: Float32Array;
  readonly inWidth: number;
  readonly outWidth: number;
}

export interface Adapter {
  readonly folder: string;
  /** The model that it belongs to, as the configuration names it. */
  readonly base: string | undefined;
  readonly rank: number;
  /** How much the product of the matrices counts. */
  readonly scale: number;
  /** By the layer's canonical name, such as `transformer.h.0.attn.c_attn`. */
  readonly layers: ReadonlyMap<string, AdapterLayer>;
}

const nothing = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === false ||
  value === 'none' ||
  (typeof value === 'object' && Object.keys(value).length === 0);

/** Settings that change what an adapter computes, with the one value that we know. */
const REFUSED = [
  'bias',
  'lora_bias',
  'use_dora',
  'use_qalora',
  'use_bdlora',
  'rank_pattern',
  'alpha_pattern',
  'modules_to_save',
  'trainable_token_indices',
  'target_parameters',
  'layer_replication',
  'alora_invocation_tokens',
  'arrow_config',
  'kasa_config',
] as const;
/** Initializations after which the base's weights are no longer those on disk. */
const BASE_CHANGING = /^(pissa|olora|corda|loftq|lora_ga)/;

const configSchema = z.looseObject({
  peft_type: z.string(),
  base_model_name_or_path: z.string().nullish(),
  revision: z.string().nullish(),
  r: z.int().min(1),
  lora_alpha: z.number().positive(),
  use_rslora: z.boolean().nullish(),
  init_lora_weights: z.union([z.boolean(), z.string()]).nullish(),
});

/** Whether a folder holds an adapter, and not a model. */
export async function isAdapterFolder(folder: string): Promise<boolean> {
  return (
    (await kindAt(join(folder, CONFIG_FILE))) !== undefined && (await kindAt(join(folder, 'config.json'))) === undefined
  );
}

/**
 * Reads an adapter; its matrices are small.
 * @throws UserError when it is damaged, or of a kind that we do not compute.
 */
export async function readAdapter(folder: string, architecture: Architecture): Promise<Adapter> {
  const { base, rank, scale } = await readAdapterConfig(folder);
  const path = join(folder, WEIGHTS_FILE);
  const source = (await kindAt(path))
    ? await openSafetensors(path)
    : await openPytorchFile(join(folder, OLD_WEIGHTS_FILE));
  try {
    return { folder, base, rank, scale, layers: await readLayers(source, rank, architecture) };
  } finally {
    await source.close();
  }
}

async function readAdapterConfig(
  folder: string,
): Promise<Pick<Adapter, 'base' | 'rank' | 'scale'> & { readonly revision: string | undefined }> {
  const where = join(folder, CONFIG_FILE);
  const config = await readJson(where, configSchema);
  const refuse = (setting: string): never => {
    throw new UserError(`${setting} ${JSON.stringify(config[setting])} is not supported`, {
      where,
      remedy: 'use a plain LoRA adapter, or merge it with peft and name the merged model',
    });
  };
  if (config.peft_type !== 'LORA') refuse('peft_type');
  for (const setting of REFUSED) if (!nothing(config[setting])) refuse(setting);
  if (BASE_CHANGING.test(String(config.init_lora_weights))) refuse('init_lora_weights');
  const { r: rank, lora_alpha: alpha, use_rslora: isStabilized, base_model_name_or_path: base } = config;
  const scale = alpha / (isStabilized ? Math.sqrt(rank) : rank);
  return { base: base ?? undefined, revision: config.revision ?? undefined, rank, scale };
}

async function readLayers(
  source: TensorSource,
  rank: number,
  architecture: Architecture,
): Promise<Map<string, AdapterLayer>> {
  const matrices = new Map<string, { A?: string; B?: string }>();
  for (const name of source.names()) {
    const [, layer, which] = /^(.+)\.lora_([AB])\.weight$/.exec(name.replace(PREFIX, '')) ?? [];
    if (layer === undefined || which === undefined) {
      throw new UserError(`tensor ${name} is not a linear layer's LoRA matrix`, {
        where: source.file(),
        remedy: 'use an adapter of linear layers, or merge it with peft and name the merged model',
      });
    }
    const canonical = canonicalName(layer, architecture);
    matrices.set(canonical, { ...matrices.get(canonical), [which]: name });
  }
  const layers = new Map<string, AdapterLayer>();
  for (const [layer, { A, B }] of matrices) {
    if (A === undefined || B === undefined) {
      throw new UserError(`${layer} has only one of its two matrices`, {
        where: source.file(),
        remedy: 'it is damaged',
      });
    }
    const [[rankOfA, inWidth], [outWidth, rankOfB]] = [source.shape(A), source.shape(B)];
    if (rankOfA !== rank || rankOfB !== rank || inWidth === undefined || outWidth === undefined) {
      throw new UserError(
        `${layer}: matrices [${source.shape(A).join(', ')}] and [${source.shape(B).join(', ')}] are not of rank ${rank}`,
        {
          where: source.file(),
          remedy: `use the ${CONFIG_FILE} that belongs to these weights`,
        },
      );
    }
    const a = new Float32Array(elementCount([rank, inWidth]));
    const b = new Float32Array(elementCount([outWidth, rank]));
    await readFinite(source, A, a);
    await readFinite(source, B, b);
    layers.set(layer, { a, b, inWidth, outWidth });
  }
  if (layers.size === 0) throw new UserError('the adapter has no layers', { where: source.file() });
  return layers;
}

/**
 * The folder of the model that an adapter belongs to: a path (as it stands, or from the adapter's folder), or a name on the hub.
 * @throws UserError when the adapter names none, or another revision of one on the hub than `resolveModel` fetches, or it is not found.
 */
export async function resolveBase(folder: string, options: HubOptions = {}): Promise<string> {
  const { base, revision } = await readAdapterConfig(folder);
  if (base === undefined) {
    throw new UserError('does not say which model it adapts', {
      where: join(folder, CONFIG_FILE),
      remedy: 'set base_model_name_or_path there to the model it was trained on',
    });
  }
  const beside = join(folder, base);
  if (!isAbsolute(base)) {
    const isModel = (await kindAt(join(beside, 'config.json'))) !== undefined || (await isAdapterFolder(beside));
    if (isModel) return beside;
  }
  if (revision !== undefined && revision !== DEFAULT_BRANCH && (await kindAt(base)) !== 'folder') {
    throw new UserError(`adapts revision ${revision} of ${base}, and only a model’s default branch is fetched`, {
      where: join(folder, CONFIG_FILE),
      remedy: 'fetch that revision yourself, and set base_model_name_or_path there to its folder',
    });
  }
  return resolveModel(base, options);
}

/**
 * What a model's folder rests on: the folder itself, and of an adapter's that of the model that it adapts, and so on down to a whole model.
 * @throws UserError as `resolveBase`, and when adapters adapt each other.
 */
export async function modelChain(folder: string, options: HubOptions = {}): Promise<string[]> {
  const chain = [folder];
  while (await isAdapterFolder(chain.at(-1)!)) {
    const base = await resolveBase(chain.at(-1)!, options);
    if (chain.some((other) => resolve(other) === resolve(base))) {
      throw new UserError('adapts itself', {
        where: join(chain.at(-1)!, CONFIG_FILE),
        remedy: 'set base_model_name_or_path there to the model it was trained on',
      });
    }
    chain.push(base);
  }
  return chain;
}

export interface AdapterToWrite {
  /** The base, for `base_model_name_or_path`. */
  readonly base: string;
  readonly rank: number;
  readonly alpha: number;
  readonly dropout: number;
  readonly targets: readonly string[];
  /** Weights of the adapted layers lie [in, out], as GPT-2's. */
  readonly isInOut: boolean;
  /** The matrices, named `<layer>.lora_A.weight` and `<layer>.lora_B.weight`. */
  readonly tensors: readonly TensorToWrite[];
}

/** Writes an adapter's folder, whole or not at all. */
export async function writeAdapter(folder: string, adapter: AdapterToWrite): Promise<void> {
  await writeFolderAtomically(folder, async (scratch) => {
    await writeJson(join(scratch, CONFIG_FILE), {
      peft_type: 'LORA',
      task_type: 'CAUSAL_LM',
      base_model_name_or_path: adapter.base,
      inference_mode: true,
      r: adapter.rank,
      lora_alpha: adapter.alpha,
      lora_dropout: adapter.dropout,
      target_modules: adapter.targets,
      fan_in_fan_out: adapter.isInOut,
      bias: 'none',
      init_lora_weights: true,
      use_rslora: false,
      use_dora: false,
    });
    const tensors = adapter.tensors.map((tensor) => ({ ...tensor, name: `${PREFIX}${tensor.name}` }));
    await writeSafetensors(join(scratch, WEIGHTS_FILE), tensors, 'float32');
  });
}
