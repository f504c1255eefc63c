/** What a pretraining starts from: random weights around a tokenizer, or a model folder. */
import { parseModelConfig } from '../checkpoint/config.ts';
import type { ModelConfig } from '../checkpoint/config.ts';
import { UserError } from '../foundation/errors.ts';
import { canBeSampledFrom } from '../generation/sentence-sampler.ts';
import type { Graph } from '../graph/graph.ts';
import { initialize } from '../nn/initialize.ts';
import { loadWeights, openBert, openGpt2, specificationsOf } from '../nn/model.ts';
import type { LoadedWeights, Model } from '../nn/model.ts';
import type { Device } from '../runtime/device.ts';
import { loadTokenizer } from '../text/load-tokenizer.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import { complete } from './configuration.ts';
import type { CompleteConfiguration, PretrainingConfiguration } from './configuration.ts';
import { causalObjective, maskedObjective } from './objective.ts';
import type { Objective } from './objective.ts';

export interface StartingPoint {
  readonly model: Model;
  readonly objective: Objective;
  /** Puts the weights on a device. */
  readonly load: (device: Device, graph: Graph) => Promise<LoadedWeights>;
}

/**
 * @param base the folder of the model to go on from; random weights when undefined.
 * @throws UserError when model and objective do not fit, the model reads less than a row, or it is to write samples and cannot.
 */
export async function openStart(given: PretrainingConfiguration, base: string | undefined): Promise<StartingPoint> {
  const configuration = complete(given);
  const { objective: kind, model: start, length, seed } = configuration;
  const model =
    base === undefined
      ? await randomModel(configuration)
      : kind === 'causal'
        ? await openGpt2(base)
        : await openBert(base);
  const { config } = model;
  const positions = config.model_type === 'gpt2' ? config.n_positions : config.max_position_embeddings;
  if (positions < length) {
    throw new UserError(`the model reads ${positions} tokens, a row has ${length}`, {
      where: '--length',
      remedy: `choose ${positions} or less`,
    });
  }
  if (config.model_type === 'gpt2' && configuration.samples > 0 && !canBeSampledFrom(config)) {
    throw new UserError(`a GPT-2 with heads of width ${config.n_embd / config.n_head} cannot write samples`, {
      where: base === undefined ? '--heads' : start,
      remedy:
        base === undefined
          ? 'choose a width of heads (--hidden-size / --heads) that is a multiple of 8, or train without samples: --samples 0'
          : 'train without them: --samples 0',
    });
  }
  const trained = withDropout(config, configuration.dropout);
  const objective =
    trained.model_type === 'gpt2'
      ? causalObjective(trained, model.tokenizer, length)
      : maskedObjective(trained, model.tokenizer, length, configuration.maskedShare);
  const load: StartingPoint['load'] = async (device, graph) => {
    if (base !== undefined) {
      return loadWeights(device, model, graph, { trainable: true, optional: objective.optional, seed });
    }
    const parameters = await device.createParameters(specificationsOf(graph), { trainable: true });
    try {
      await initialize(parameters, config, seed);
    } catch (error) {
      await parameters.dispose();
      throw error;
    }
    return { parameters, initialized: [], superfluous: [] };
  };
  return { model, objective, load };
}

async function randomModel(configuration: CompleteConfiguration): Promise<Model> {
  const { objective, tokenizer: folder, layers, hiddenSize, heads, length } = configuration;
  if (folder === null) throw new Error('random weights need a tokenizer');
  const tokenizer = await loadTokenizer(folder);
  const wanted = objective === 'causal' ? 'byte-level-bpe' : 'wordpiece';
  if (tokenizer.kind !== wanted) {
    throw new UserError(`a ${tokenizer.kind} tokenizer does not fit the ${objective} objective`, {
      where: folder,
      remedy: `make one with dare tokenizer train --kind ${wanted}`,
    });
  }
  const size = { layers, hiddenSize, heads, positions: configuration.positions ?? length };
  const rawConfig = objective === 'causal' ? gpt2Config(tokenizer, size) : bertConfig(tokenizer, size);
  return { folder, config: parseModelConfig(rawConfig, 'the model'), rawConfig, tokenizer, added: [], adapters: [] };
}

interface Size {
  readonly layers: number;
  readonly hiddenSize: number;
  readonly heads: number;
  readonly positions: number;
}

const gpt2Config = (tokenizer: Tokenizer, { layers, hiddenSize, heads, positions }: Size) => ({
  model_type: 'gpt2',
  n_layer: layers,
  n_embd: hiddenSize,
  n_head: heads,
  n_positions: positions,
  vocab_size: tokenizer.vocabularySize,
  bos_token_id: tokenizer.endOfText,
  eos_token_id: tokenizer.endOfText,
});

const bertConfig = (tokenizer: Tokenizer, { layers, hiddenSize, heads, positions }: Size) => ({
  model_type: 'bert',
  num_hidden_layers: layers,
  hidden_size: hiddenSize,
  num_attention_heads: heads,
  intermediate_size: 4 * hiddenSize,
  max_position_embeddings: positions,
  vocab_size: tokenizer.vocabularySize,
  pad_token_id: tokenizer.pad,
});

/** The dropout of a model while it is trained, where it is the same everywhere in it. */
export function dropoutOf(config: ModelConfig): number | undefined {
  const [one, ...others] =
    config.model_type === 'gpt2'
      ? [config.embd_pdrop, config.attn_pdrop, config.resid_pdrop]
      : [config.hidden_dropout_prob, config.attention_probs_dropout_prob];
  return others.every((other) => other === one) ? one : undefined;
}

/** The configuration with another dropout while training; what is written keeps its own. */
function withDropout(config: ModelConfig, dropout: number | null): ModelConfig {
  if (dropout === null) return config;
  return config.model_type === 'gpt2'
    ? { ...config, embd_pdrop: dropout, attn_pdrop: dropout, resid_pdrop: dropout }
    : { ...config, hidden_dropout_prob: dropout, attention_probs_dropout_prob: dropout };
}
