/**
 * Low-rank adaptation (LoRA, Hu et al. 2021, arXiv 2106.09685): a linear layer's weights W stay as they are, and a product of two narrow matrices
 * is learned beside them.
 *
 *     y = x·W + b + alpha/rank · dropout(x)·Aᵀ·Bᵀ        A [rank, in], B [out, rank]
 *
 * B starts at zero, so that the adapted model starts as the base. Only A and B have gradients and moments: of GPT-2's weights about a
 * hundredth. Names, shapes, initial values and the matching of targets are those of Hugging Face's `peft`.
 */
import { z } from 'zod';
import type { Tensor } from '../graph/graph.ts';
import { dropout } from '../graph/operators/dropout.ts';
import { add, scale } from '../graph/operators/elementwise.ts';
import { linear } from '../graph/operators/matmul.ts';

/** GPT-2's linear layers, as `peft` users name them: by the last part of their name, in one half of the block or in both. */
const GPT2_TARGETS = ['c_attn', 'c_proj', 'c_fc', 'attn.c_attn', 'attn.c_proj', 'mlp.c_fc', 'mlp.c_proj'] as const;

export const loraSettingsSchema = z.object({
  rank: z.int().min(1).describe('train LoRA adapters of this rank and leave the model as it is'),
  alpha: z.number().positive().default(16).describe('adapters count alpha/rank times'),
  dropout: z.number().min(0).lt(1).default(0).describe('part of the adapters’ input that is dropped'),
  targets: z
    .array(z.enum(GPT2_TARGETS))
    .min(1)
    .default(['c_attn', 'c_proj', 'c_fc'])
    .describe('layers with an adapter, by the ends of their names'),
});
export type LoraSettings = z.infer<typeof loraSettingsSchema>;

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
