/**
 * A Hugging Face model folder: `config.json`, the weights in one file or in shards, the tokenizer's files beside them.
 *
 * Weights are looked for as safetensors first, then as PyTorch's pickles. Which tensor is which is told by `matching.ts`.
 */
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../foundation/errors.ts';
import { readJson } from '../foundation/files.ts';
import { parseModelConfig, type ModelConfig } from './config.ts';
import { openPytorchFile } from './pytorch-file.ts';
import { openSafetensors } from './safetensors.ts';
import { ShardedTensorSource, type TensorSource } from './tensor-source.ts';

const READ =
  /^((adapter_)?config\.json|tokenizer(_config)?\.json|special_tokens_map\.json|added_tokens\.json|vocab\.(txt|json)|merges\.txt|.*\.(safetensors|bin)(\.index\.json)?)$/;

/** Whether a file of a model's or a tokenizer's folder is read: its card and the like change nothing. */
export const isReadOfModel = (name: string): boolean => READ.test(name);

/** An open model folder; close its `tensors` when done. */
export interface ModelFolder {
  folder: string;
  /** The content of `config.json` as it stands, for what we do not interpret. */
  rawConfig: Record<string, unknown>;
  config: ModelConfig;
  tensors: TensorSource;
}

/** Weight files in the order of preference. */
export const WEIGHT_FILES = [
  'model.safetensors',
  'model.safetensors.index.json',
  'pytorch_model.bin',
  'pytorch_model.bin.index.json',
] as const;

/**
 * Opens a model folder.
 * @throws UserError when the folder, its configuration or its weights are missing, damaged or not supported.
 */
export async function openModelFolder(folder: string): Promise<ModelFolder> {
  const { rawConfig, config } = await readModelConfig(folder);
  return { folder, rawConfig, config, tensors: await openWeights(folder) };
}

/** A folder's configuration alone. @throws UserError when it is missing, malformed or not supported. */
export async function readModelConfig(
  folder: string,
): Promise<{ rawConfig: Record<string, unknown>; config: ModelConfig }> {
  const configPath = join(folder, 'config.json');
  if (!(await exists(folder))) throw new UserError('no such model folder', { where: folder, remedy: 'check the path' });
  if (!(await exists(configPath))) {
    throw new UserError('is no model folder: it has no config.json', {
      where: folder,
      remedy: 'name a folder with config.json, weights and tokenizer files',
    });
  }
  const rawConfig = await readJson(configPath, z.record(z.string(), z.unknown()));
  return { rawConfig, config: parseModelConfig(rawConfig, configPath) };
}

/** Opens a folder's weights. @throws UserError when there are none, or they are damaged. */
export async function openWeights(folder: string): Promise<TensorSource> {
  for (const name of WEIGHT_FILES) {
    const path = join(folder, name);
    if (!(await exists(path))) continue;
    return name.endsWith('.index.json') ? openShards(path) : openWeightFile(path);
  }
  throw new UserError(`has no weights: none of ${WEIGHT_FILES.join(', ')}`, {
    where: folder,
    remedy: 'put the weights beside config.json; TensorFlow and Flax weights are not read',
  });
}

async function openWeightFile(path: string): Promise<TensorSource> {
  return path.endsWith('.safetensors') ? openSafetensors(path) : openPytorchFile(path);
}

async function openShards(indexPath: string): Promise<TensorSource> {
  const index = await readJson(indexPath, z.looseObject({ weight_map: z.record(z.string(), z.string()) }));
  const weightMap = new Map(Object.entries(index.weight_map));
  const shards = new Map<string, TensorSource>();
  try {
    for (const file of new Set(weightMap.values())) {
      // A shard's name comes from the file's author: it must not lead out of the folder.
      if (file !== basename(file))
        throw new UserError(`weight_map: ${file} is not a plain file name`, { where: indexPath });
      shards.set(file, await openWeightFile(join(dirname(indexPath), file)));
    }
    return new ShardedTensorSource(indexPath, weightMap, shards);
  } catch (error) {
    await Promise.all([...shards.values()].map((shard) => shard.close()));
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
