/** Models small enough for the float64 interpreter, with weights spread widely enough that nothing hides. */
import { parseModelConfig } from '../../src/checkpoint/config.ts';
import type { BertConfig, Gpt2Config, ModelConfig } from '../../src/checkpoint/config.ts';
import type { Graph } from '../../src/graph/graph.ts';
import { initialize } from '../../src/nn/initialize.ts';
import type { Device, Feeds, Parameters } from '../../src/runtime/device.ts';
import type { Value } from './reference-interpreter.ts';

/** A GPT-2 of two heads, 8 wide each, as cached attention wants them. */
export function tinyGpt2(dropout = 0): Gpt2Config {
  const config = parseModelConfig(
    {
      model_type: 'gpt2',
      vocab_size: 13,
      n_positions: 12,
      n_embd: 16,
      n_layer: 2,
      n_head: 2,
      n_inner: 24,
      initializer_range: 0.3,
      embd_pdrop: dropout,
      attn_pdrop: dropout,
      resid_pdrop: dropout,
    },
    'config.json',
  );
  if (config.model_type !== 'gpt2') throw new Error('not a GPT-2');
  return config;
}

/** A BERT of two heads and two layers. */
export function tinyBert(dropout = 0): BertConfig {
  const config = parseModelConfig(
    {
      model_type: 'bert',
      vocab_size: 13,
      max_position_embeddings: 12,
      hidden_size: 16,
      num_hidden_layers: 2,
      num_attention_heads: 2,
      intermediate_size: 24,
      initializer_range: 0.3,
      hidden_dropout_prob: dropout,
      attention_probs_dropout_prob: dropout,
    },
    'config.json',
  );
  if (config.model_type !== 'bert') throw new Error('not a BERT');
  return config;
}

/** A graph's parameters on a device, with random weights. */
export async function randomParameters(
  device: Device,
  graph: Graph,
  config: ModelConfig,
  trainable: boolean,
): Promise<Parameters> {
  const specifications = graph.parameters().map(({ name, shape }) => ({ name, shape: shape.map(Number) }));
  const parameters = await device.createParameters(specifications, { trainable });
  await initialize(parameters, config, 1);
  return parameters;
}

/** What a device is fed, and its weights, as values for the interpreter. */
export async function valuesOf(feeds: Feeds, parameters: Parameters): Promise<Record<string, Value>> {
  const values: Record<string, Value> = {};
  for (const [name, { shape, data }] of Object.entries(feeds)) values[name] = { shape, data: Float64Array.from(data) };
  for (const { name, shape } of parameters.specifications) {
    values[name] = { shape, data: Float64Array.from(await parameters.read(name)) };
  }
  return values;
}
