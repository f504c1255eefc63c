/** Reading the reference files that PyTorch made (tests/fixtures/make/reference_models.py), and comparing with them. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseModelConfig } from '../../src/checkpoint/config.ts';
import type { ModelConfig } from '../../src/checkpoint/config.ts';
import { openSafetensors } from '../../src/checkpoint/safetensors.ts';
import { elementCount } from '../../src/graph/tensor.ts';
import type { Device, Feeds, HostTensor, Parameters } from '../../src/runtime/device.ts';
import type { Graph } from '../../src/graph/graph.ts';

export interface ReferenceTensor {
  readonly shape: number[];
  readonly data: Float32Array;
}

export interface Reference {
  readonly folder: string;
  readonly config: ModelConfig;
  readonly weights: ReadonlyMap<string, ReferenceTensor>;
  /** @throws Error when there is none. */
  tensor(name: string): ReferenceTensor;
  readonly names: readonly string[];
}

export const referenceFolder = (name: string): string =>
  fileURLToPath(new URL(`../fixtures/reference/${name}`, import.meta.url));

async function readAll(path: string): Promise<Map<string, ReferenceTensor>> {
  const source = await openSafetensors(path);
  const tensors = new Map<string, ReferenceTensor>();
  for (const name of source.names()) {
    const shape = source.shape(name);
    const data = new Float32Array(elementCount(shape));
    await source.readInto(name, data);
    tensors.set(name, { shape, data });
  }
  await source.close();
  return tensors;
}

export async function readReference(name: string): Promise<Reference> {
  const folder = referenceFolder(name);
  const config = parseModelConfig(JSON.parse(readFileSync(`${folder}/config.json`, 'utf8')), folder);
  const weights = await readAll(`${folder}/model.safetensors`);
  const tensors = await readAll(`${folder}/reference.safetensors`);
  return {
    folder,
    config,
    weights,
    names: [...tensors.keys()],
    tensor: (key) => {
      const tensor = tensors.get(key);
      if (!tensor) throw new Error(`${name} has no reference '${key}'`);
      return tensor;
    },
  };
}

/** A graph's parameters on a device, with the reference's weights. */
export async function parametersOf(
  device: Device,
  graph: Graph,
  reference: Reference,
  trainable: boolean,
): Promise<Parameters> {
  const specifications = graph.parameters().map(({ name, shape }) => ({ name, shape: shape.map(Number) }));
  const parameters = await device.createParameters(specifications, { trainable });
  for (const { name } of specifications) {
    const weight = reference.weights.get(name);
    if (!weight) throw new Error(`no weight '${name}'`);
    await parameters.write(name, weight.data);
  }
  return parameters;
}

/** A [batch, sequence] tensor of the reference as sequence-first data. */
export function sequenceFirst({ shape, data }: ReferenceTensor): HostTensor {
  const [batch, sequence] = shape as [number, number];
  const rows = new Int32Array(batch * sequence);
  for (let b = 0; b < batch; b++) for (let t = 0; t < sequence; t++) rows[t * batch + b] = data[b * sequence + t]!;
  return { shape: [sequence, batch], data: rows };
}

/** Feeds of a BERT graph for a batch of the reference, without labels. */
export function encoderReferenceFeeds(reference: Reference, prefix: string): Feeds {
  const mask = reference.tensor(`${prefix}.attention_mask`);
  const [batch, sequence] = mask.shape as [number, number];
  return {
    inputIds: sequenceFirst(reference.tensor(`${prefix}.input_ids`)),
    tokenTypeIds: sequenceFirst(reference.tensor(`${prefix}.token_type_ids`)),
    positionIds: sequenceFirst(reference.tensor(`${prefix}.position_ids`)),
    attentionBias: { shape: [batch, 1, 1, sequence], data: mask.data.map((visible) => (visible ? 0 : -1e9)) },
  };
}

/** Labels [batch, sequence] with −100 where nothing counts, `shift` positions ahead, and weights that make the loss their mean. */
export function tokenLabelFeeds(labels: ReferenceTensor, shift: number): Feeds {
  const [batch, sequence] = labels.shape as [number, number];
  const targets = new Int32Array(batch * sequence);
  const weights = new Float32Array(batch * sequence);
  for (let b = 0; b < batch; b++) {
    for (let t = 0; t + shift < sequence; t++) {
      const label = labels.data[b * sequence + t + shift]!;
      if (label < 0) continue;
      targets[t * batch + b] = label;
      weights[t * batch + b] = 1;
    }
  }
  const count = weights.reduce((sum, weight) => sum + weight, 0);
  return {
    labels: { shape: [sequence, batch], data: targets },
    labelWeights: { shape: [sequence, batch], data: weights.map((weight) => weight / count) },
  };
}

/** Feeds of a GPT-2 graph for a batch of the reference. */
export function decoderReferenceFeeds(reference: Reference, prefix: string): Feeds {
  const ids = reference.tensor(`${prefix}.input_ids`);
  const sequence = ids.shape[1]!;
  const bias = new Float32Array(sequence * sequence);
  for (let query = 0; query < sequence; query++) bias.fill(-1e9, query * sequence + query + 1, (query + 1) * sequence);
  return {
    inputIds: sequenceFirst(ids),
    positionIds: sequenceFirst(reference.tensor(`${prefix}.position_ids`)),
    causalBias: { shape: [1, 1, sequence, sequence], data: bias },
    ...tokenLabelFeeds(reference.tensor(`${prefix}.labels`), 1),
  };
}

export function largest(values: ArrayLike<number>): number {
  return Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`lengths ${a.length} and ${b.length} differ`);
  let most = 0;
  for (let index = 0; index < a.length; index++) most = Math.max(most, Math.abs(a[index]! - b[index]!));
  return most;
}
