/** What a run's results depend on beside its configuration, looked up: files behind paths and names. What its models run on: engines.ts. */
import { readdir, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { parseModelConfig } from '../checkpoint/config.ts';
import type { ModelConfig } from '../checkpoint/config.ts';
import { resolveModel } from '../checkpoint/hub.ts';
import type { HubOptions } from '../checkpoint/hub.ts';
import { readModelConfig } from '../checkpoint/model-folder.ts';
import { modelChain } from '../checkpoint/peft-adapter.ts';
import { canBeSampledFrom } from '../generation/sentence-sampler.ts';
import { RANDOM_MODEL } from '../nn/initialize.ts';
import { openBert, openGpt2 } from '../nn/model.ts';
import type { RunConfiguration } from '../dare/configuration.ts';
import { explainFileError, UserError } from '../foundation/errors.ts';
import { hashOf, sha256OfFile } from '../foundation/hash.ts';
import type { Monitor } from '../foundation/progress.ts';
import { usesPools } from './plan.ts';
import type { Surroundings } from './plan.ts';

/**
 * The files of a run, by their hashes.
 * @throws UserError when one is missing or damaged, or a model is of another kind than it is asked to be, or cannot write: now, and not when its first task begins,
 * hours later.
 */
export async function lookAround(
  configuration: RunConfiguration,
  { monitor, offline }: { monitor: Monitor; offline: boolean },
): Promise<Omit<Surroundings, 'engines' | 'microBatches'>> {
  const pretrained = async (model: string, open: (folder: string) => Promise<unknown>) => {
    if (model === RANDOM_MODEL) return undefined;
    const folder = await resolveModel(model, { offline, monitor });
    const hash = await hashOfModel(folder, { offline, monitor });
    await open(folder);
    return { folder, hash };
  };
  const { path, meshTree } = configuration.corpus;
  const given = configuration.pool.path;
  const files = await hashOfFiles(path);
  const generator =
    usesPools(configuration) || configuration.filter.perplexityBand !== null
      ? await pretrained(configuration.generator.model, openGpt2)
      : undefined;
  if (usesPools(configuration)) await requireWriter(configuration, generator?.folder);
  return {
    corpus: meshTree === null ? files : hashOf([files, await hashOfFiles(meshTree)]),
    generator,
    classifier: await pretrained(configuration.classifier.model, openBert),
    pool: given === null ? undefined : { path: given, hash: await hashOfFiles(given) },
  };
}

/** @throws UserError when the generator has heads of a width that sentences cannot be written with. */
async function requireWriter(configuration: RunConfiguration, folder: string | undefined): Promise<void> {
  const config = await configOf(configuration, 'generator', folder);
  if (config.model_type !== 'gpt2' || canBeSampledFrom(config)) return;
  throw new UserError(`a GPT-2 with heads of width ${config.n_embd / config.n_head} cannot write sentences`, {
    where: folder ?? '--generator-heads',
    remedy:
      folder === undefined
        ? 'choose a width of heads (--generator-hidden-size / --generator-heads) that is a multiple of 8'
        : 'choose another --generator-model',
  });
}

/** The configuration of a model as it is trained: one that is pretrained, or one from random weights (whose vocabulary may come out smaller). */
export async function configOf(
  configuration: RunConfiguration,
  kind: 'generator' | 'classifier',
  folder: string | undefined,
): Promise<ModelConfig> {
  const config = await baseConfigOf(configuration, kind, folder);
  return config.model_type === 'bert' ? { ...config, classifier_head: configuration.classifier.head } : config;
}

async function baseConfigOf(
  configuration: RunConfiguration,
  kind: 'generator' | 'classifier',
  folder: string | undefined,
): Promise<ModelConfig> {
  if (folder !== undefined) {
    const chain = await modelChain(folder, { offline: true });
    return (await readModelConfig(chain.at(-1)!)).config;
  }
  const { layers, hiddenSize, heads, vocabulary } = configuration[kind];
  const raw =
    kind === 'generator'
      ? { model_type: 'gpt2', n_layer: layers, n_embd: hiddenSize, n_head: heads, vocab_size: vocabulary }
      : {
          model_type: 'bert',
          num_hidden_layers: layers,
          hidden_size: hiddenSize,
          num_attention_heads: heads,
          intermediate_size: 4 * hiddenSize,
          vocab_size: vocabulary,
        };
  return parseModelConfig(raw, `the ${kind}`);
}

/** A hash of a model's files; of an adapter's with those of the model that it adapts, which is fetched where it is not here. */
async function hashOfModel(folder: string, options: HubOptions): Promise<string> {
  const [whole, ...below] = await Promise.all((await modelChain(folder, options)).map(hashOfFiles));
  return below.length === 0 ? whole! : hashOf([whole!, ...below]);
}

/** A hash of a file, or of all files below a folder, by their bytes and names, wherever the file or folder lies. */
export async function hashOfFiles(path: string): Promise<string> {
  try {
    const isFile = (await stat(path)).isFile();
    const entries = isFile ? [] : await readdir(path, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    const hashes: Record<string, string> = {};
    // Names tell readers of formats and splits.
    for (const file of isFile ? [path] : files)
      hashes[relative(dirname(resolve(path)), file)] = await sha256OfFile(file);
    return hashOf(hashes);
  } catch (error) {
    const explained = explainFileError(error);
    throw explained instanceof UserError
      ? new UserError('no such file or folder', { where: path, remedy: 'check the path' })
      : explained;
  }
}
