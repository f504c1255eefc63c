/** Random weights for a model that starts from nothing, as Hugging Face initializes them. */
import type { ModelConfig } from '../checkpoint/config.ts';
import { RandomStream } from '../foundation/random.ts';
import { elementCount } from '../graph/tensor.ts';
import type { Parameters, ParameterSpecification } from '../runtime/device.ts';

/** How a model from random weights is asked for, where a folder or hub name could stand. */
export const RANDOM_MODEL = 'random';

/**
 * The initial values of one parameter: ones for norm weights, zeros for biases, else normal with the config's `initializer_range`;
 * GPT-2 divides that by √(2·layers) for layers that write to the residual stream (`c_proj`). Of an adapter's matrices A is uniform between
 * ±1/√in (`peft`: Kaiming's uniform with a = √5) and B zero.
 * Each parameter has a stream of its own, so that its values do not depend on which others there are.
 */
export function initialValues(
  { name, shape }: ParameterSpecification,
  config: ModelConfig,
  seed: number,
): Float32Array {
  const values = new Float32Array(elementCount(shape));
  if (/(?:LayerNorm|ln_\w+)\.weight$/.test(name)) return values.fill(1);
  if (name.endsWith('bias') || name.endsWith('.lora_B.weight')) return values;
  const residual = config.model_type === 'gpt2' && name.endsWith('c_proj.weight') ? Math.sqrt(2 * config.n_layer) : 1;
  const stream = RandomStream.named(seed, 'initialize', name);
  if (name.endsWith('.lora_A.weight')) {
    const bound = 1 / Math.sqrt(shape[1]!);
    return values.map(() => bound * (2 * stream.uniform() - 1));
  }
  return values.map(() => (stream.normal() * config.initializer_range) / residual);
}

/** Writes initial values to some or all parameters. */
export async function initialize(
  parameters: Parameters,
  config: ModelConfig,
  seed: number,
  which: (name: string) => boolean = () => true,
): Promise<void> {
  for (const specification of parameters.specifications) {
    if (which(specification.name)) {
      await parameters.write(specification.name, initialValues(specification, config, seed));
    }
  }
}
