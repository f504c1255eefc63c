/**
 * Low-rank adaptation (LoRA, Hu et al. 2021, arXiv 2106.09685): a linear layer's weights W stay as they are, and a product of two narrow matrices
 * is learned beside them.
 *
 *     y = x·W + b + alpha/rank · dropout(x)·Aᵀ·Bᵀ        A [rank, in], B [out, rank]
 *
 * B starts at zero, so that the adapted model starts as the base. Only A and B have gradients and moments: of GPT-2's weights about a
 * hundredth. Names, shapes, initial values and the matching of targets are those of Hugging Face's `peft`.
 */
import { UserError } from '../foundation/errors.ts';
import type { Tensor } from '../graph/graph.ts';
import { dropout } from '../graph/operators/dropout.ts';
import { add, scale } from '../graph/operators/elementwise.ts';
import { linear } from '../graph/operators/matmul.ts';

export interface LoraSettings {
  readonly rank: number;
  /** The adapter counts alpha/rank times. */
  readonly alpha: number;
  /** Probability of dropping an element of the adapter's input. */
  readonly dropout: number;
  /** Layers to adapt, by the ends of their names: `c_attn`, `c_proj` (of attention and feed-forward layer), `mlp.c_proj`. */
  readonly targets: readonly string[];
}

/** GPT-2's linear layers, as `peft` users name them: by the last part of their name, in one half of the block or in both. */
export const GPT2_TARGETS = [
  'c_attn',
  'c_proj',
  'c_fc',
  'attn.c_attn',
  'attn.c_proj',
  'mlp.c_fc',
  'mlp.c_proj',
] as const;

/** @throws UserError when the settings are out of range, or a target names no layer of a GPT-2. */
export function requireLoraSettings({ rank, alpha, dropout: rate, targets }: LoraSettings): void {
  const refuse = (what: string, remedy: string): never => {
    throw new UserError(`LoRA: ${what}`, { remedy });
  };
  if (!Number.isInteger(rank) || rank < 1) refuse(`a rank of ${rank} is not possible`, 'use a whole number, 1 or more');
  if (!(alpha > 0)) refuse(`an alpha of ${alpha} is not possible`, 'use a number above 0');
  if (!(rate >= 0 && rate < 1)) refuse(`a dropout of ${rate} is not possible`, 'use a number from 0 to below 1');
  const known: readonly string[] = GPT2_TARGETS;
  const unknown = targets.find((target) => !known.includes(target));
  if (unknown !== undefined) refuse(`GPT-2 has no layer '${unknown}'`, `targets: ${known.join(', ')}`);
  if (targets.length === 0) refuse('no layer is named', `targets: ${known.join(', ')}`);
}

/** Whether targets name a layer: one is its whole name, or the end of it from a dot on. */
export function isTarget(layer: string, targets: readonly string[]): boolean {
  return targets.some((target) => layer === target || layer.endsWith(`.${target}`));
}

/** Names of a layer's two adapter matrices. */
export const adapterNames = (layer: string): { a: string; b: string } => ({
  a: `${layer}.lora_A.weight`,
  b: `${layer}.lora_B.weight`,
});

/** The names of adapters' parameters; a base's folder lacks them. */
export const ADAPTERS = /\.lora_[AB]\.weight$/;

/** Whether a parameter belongs to an adapter. */
export const isAdapter = (name: string): boolean => ADAPTERS.test(name);

/**
 * Adds a layer's adapter to its output.
 * @param x what the layer read, [rows, in]. @param y what it gave, [rows, out]. @param training whether dropout is applied.
 */
export function adapted(x: Tensor, y: Tensor, layer: string, settings: LoraSettings, training: boolean): Tensor {
  const { graph } = x;
  const names = adapterNames(layer);
  const [inWidth, outWidth] = [x.shape[1]!, y.shape[1]!];
  const a = graph.parameter(names.a, [settings.rank, inWidth]);
  const b = graph.parameter(names.b, [outWidth, settings.rank]);
  const input = dropout(x, training ? settings.dropout : 0, `${layer}.lora`);
  const narrow = linear(input, a, undefined, 'out-in');
  // Scaled where it is narrow.
  return add(y, linear(scale(narrow, settings.alpha / settings.rank), b, undefined, 'out-in'));
}
