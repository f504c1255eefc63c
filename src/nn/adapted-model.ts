/** Adapters and their base: whether they belong together, merging one into the other, writing what was learned. (What an adapter computes: lora.ts.) */
import { writeAdapter } from '../checkpoint/peft-adapter.ts';
import type { Adapter } from '../checkpoint/peft-adapter.ts';
import { UserError } from '../foundation/errors.ts';
import type { Parameters, ParameterSpecification } from '../runtime/device.ts';
import { isAdapter } from './lora.ts';
import type { LoraSettings } from './lora.ts';

/** @throws UserError naming the first layer that the model lacks, or has in another size. Weights lie [in, out]. */
export function requireFit(adapter: Adapter, specifications: readonly ParameterSpecification[]): void {
  const shapes = new Map(specifications.map(({ name, shape }) => [name, shape]));
  for (const [layer, { inWidth, outWidth }] of adapter.layers) {
    const shape = shapes.get(`${layer}.weight`);
    if (shape?.[0] === inWidth && shape[1] === outWidth) continue;
    const found = shape ? `is ${shape.join(' × ')} here` : 'is not in the model';
    throw new UserError(`the adapter is for another model: its ${layer} is ${inWidth} × ${outWidth}, and ${found}`, {
      where: adapter.folder,
      remedy: `use it with the model it was trained on${adapter.base === undefined ? '' : `, ${adapter.base}`}`,
    });
  }
}

/**
 * Adds scale · (B·A)ᵀ to a layer's weights, summed in float64 and rounded once.
 * @param weights [in, out], changed in place.
 */
export function mergeLayer(weights: Float32Array, layer: string, { layers, rank, scale }: Adapter): void {
  const matrices = layers.get(layer);
  if (!matrices) return;
  const { a, b, inWidth, outWidth } = matrices;
  const columns = new Float64Array(rank * outWidth); // B transposed
  for (let out = 0; out < outWidth; out++) {
    for (let r = 0; r < rank; r++) columns[r * outWidth + out] = b[out * rank + r]!;
  }
  const row = new Float64Array(outWidth);
  for (let input = 0; input < inWidth; input++) {
    row.fill(0);
    for (let r = 0; r < rank; r++) {
      const factor = scale * a[r * inWidth + input]!;
      for (let out = 0; out < outWidth; out++) row[out]! += factor * columns[r * outWidth + out]!;
    }
    const start = input * outWidth;
    for (let out = 0; out < outWidth; out++) weights[start + out]! += row[out]!;
  }
}

/** A model's parameters as an adapter's folder; `base` is what the adapter calls its base. */
export async function saveAdapter(
  folder: string,
  parameters: Parameters,
  lora: LoraSettings,
  base: string,
): Promise<void> {
  const tensors = parameters.specifications
    .filter(({ name }) => isAdapter(name))
    .map(({ name, shape }) => ({ name, shape, data: () => parameters.read(name) }));
  await writeAdapter(folder, { ...lora, base, isInOut: true, tensors });
}
