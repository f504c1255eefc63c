/**
 * An ensemble as one ONNX model: token ids in, the majority's relation out, as `EnsemblePredictor` decides it.
 *
 * Inputs, as Hugging Face's tokenizers give them: `input_ids`, `attention_mask`, `token_type_ids`, int64 [batch, sequence]. Outputs:
 * `label` int64 [batch], the class's place, L in its order and then null; `votes` int64 [batch, classes]; `probabilities`
 * float32 [batch, classes], the mean over the members.
 *
 * Where the classifiers read entity markers, the markers are found among the ids.
 */
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { START_MARKERS } from '../classification/entity-markers.ts';
import { writeFileAtomically } from '../foundation/files.ts';
import { Composition } from '../graph/onnx/compose.ts';
import { TensorProto_DataType } from '../graph/onnx/generated/onnx_pb.ts';
import { HIDDEN } from '../graph/operators/attention.ts';
import { bertClassifierScoring } from '../nn/bert.ts';
import { loadWeights, openBert } from '../nn/model.ts';
import type { Device, Parameters } from '../runtime/device.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import type { TrainedMember } from './finished-run.ts';

export interface EnsembleOnnxOptions {
  /** The names of the classes: L in its order, then null. */
  readonly classes: readonly string[];
  /** What a program can ask the model about, beside the classes. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Weights beyond this many bytes go into a file of their own; a gigabyte unless given (a model file ends at two). */
  readonly inside?: number;
}

const GIGABYTE = 2 ** 30;

/**
 * Writes the model; where its weights are large, they are in a file beside it named `….data`.
 * @returns the names of the files.
 */
export async function writeEnsembleOnnx(
  path: string,
  device: Device,
  members: readonly TrainedMember[],
  { classes, metadata, inside = GIGABYTE }: EnsembleOnnxOptions,
): Promise<string[]> {
  const composition = new Composition();
  // All members of an ensemble start from one model, and have one vocabulary and one head.
  const { config, tokenizer } = await openBert(members[0]!.folder);
  writeInputs(composition);
  if (config.classifier_head === 'entity-markers') writeEntityRows(composition, tokenizer);
  const weights = new MemberWeights(device, classes.length);
  try {
    for (const [index, { folder }] of members.entries()) {
      const { config } = await openBert(folder);
      composition.add(bertClassifierScoring(config, classes.length), prefixOf(index), (name) =>
        weights.read(folder, name),
      );
    }
    writeVote(composition, members, classes.length);
    for (const [key, value] of Object.entries({ classes: JSON.stringify(classes), ...metadata })) {
      composition.describe(key, value);
    }
    return await writeModel(path, composition, inside);
  } finally {
    await weights.dispose();
  }
}

const prefixOf = (index: number): string => `member${index + 1}/`;

/** From what tokenizers give to what the encoders read: sequence-first, with positions and a bias in place of the mask. */
function writeInputs(composition: Composition): void {
  const { emit } = composition;
  const names = ['input_ids', 'attention_mask', 'token_type_ids'];
  for (const name of names) composition.input(name, 'int64', ['batch', 'sequence']);
  const { INT32, FLOAT } = TensorProto_DataType;
  const sequenceFirst = (name: string, output: string): void =>
    emit.node('Transpose', [emit.value('Cast', [name], { to: INT32 })], [output], { perm: [1, 0] });
  sequenceFirst('input_ids', 'inputIds');
  sequenceFirst('token_type_ids', 'tokenTypeIds');

  const [batch, sequence] = [0, 1].map((axis) => emit.value('Shape', ['input_ids'], { start: axis, end: axis + 1 }));
  const scalar = (vector: string): string => emit.value('Squeeze', [vector]);
  const positions = emit.value('Range', [scalar(emit.integers([0])), scalar(sequence!), scalar(emit.integers([1]))]);
  const column = emit.value('Unsqueeze', [emit.value('Cast', [positions], { to: INT32 }), emit.integers([1])]);
  emit.node('Expand', [column, emit.value('Concat', [sequence!, batch!], { axis: 0 })], ['positionIds']);

  const hidden = emit.value('Sub', [emit.scalar(1), emit.value('Cast', ['attention_mask'], { to: FLOAT })]);
  const bias = emit.value('Mul', [hidden, emit.scalar(HIDDEN)]);
  emit.node('Unsqueeze', [bias, emit.integers([1, 2])], ['attentionBias']);
}

/** The rows at which head and tail begin: where each one's marker first stands. Without a marker it is the first. */
function writeEntityRows({ emit }: Composition, tokenizer: Tokenizer): void {
  const { INT32 } = TensorProto_DataType;
  const batch = emit.value('Shape', ['input_ids'], { start: 0, end: 1 });
  const scalar = (vector: string): string => emit.value('Squeeze', [vector]);
  const examples = emit.value('Range', [scalar(emit.integers([0])), scalar(batch), scalar(emit.integers([1]))]);
  const rows = [START_MARKERS.head, START_MARKERS.tail].map((marker) => {
    const isMarker = emit.value('Equal', ['input_ids', emit.integers([tokenizer.tokenToId(marker)!])]);
    const position = emit.value('ArgMax', [emit.value('Cast', [isMarker], { to: INT32 })], { axis: 1, keepdims: 0 });
    const row = emit.value('Add', [emit.value('Mul', [position, batch]), examples]);
    return emit.value('Unsqueeze', [emit.value('Cast', [row], { to: INT32 }), emit.integers([0])]);
  });
  emit.node('Concat', rows, ['entityRows'], { axis: 0 });
}

/** Every member's label under its threshold, the majority, ties by the higher summed probability, then by the order of the classes. */
function writeVote(composition: Composition, members: readonly TrainedMember[], classes: number): void {
  const { emit } = composition;
  const { INT64, FLOAT, DOUBLE } = TensorProto_DataType;
  const relations = classes - 1;
  const stacked = emit.value(
    'Concat',
    members.map((_, index) => emit.value('Unsqueeze', [`${prefixOf(index)}probabilities`, emit.integers([0])])),
    { axis: 0 },
  );
  // [members, batch]: the best relation, the earlier where two are equal, if it reaches the member's threshold; else null.
  const ofRelations = emit.value('Slice', [
    stacked,
    emit.integers([0]),
    emit.integers([relations]),
    emit.integers([2]),
  ]);
  const best = emit.value('ReduceMax', [ofRelations, emit.integers([2])], { keepdims: 0 });
  const place = emit.value('ArgMax', [ofRelations], { axis: 2, keepdims: 0, select_last_index: 0 });
  const limits = emit.floats(members.map(({ threshold }) => leastFloatFrom(threshold)));
  const thresholds = emit.value('Unsqueeze', [limits, emit.integers([1])]);
  const isRelated = emit.value('GreaterOrEqual', [best, thresholds]);
  const labels = emit.value('Where', [isRelated, place, emit.integers([relations])]);

  const all = emit.integers(Array.from({ length: classes }, (_, index) => index));
  const isVote = emit.value('Equal', [emit.value('Unsqueeze', [labels, emit.integers([2])]), all]);
  const ballots = emit.value('Cast', [isVote], { to: INT64 });
  emit.node('ReduceSum', [ballots, emit.integers([0])], ['votes'], { keepdims: 0 });

  const exact = emit.value('Cast', [stacked], { to: DOUBLE });
  const mean = emit.value('ReduceMean', [exact, emit.integers([0])], { keepdims: 0 });
  emit.node('Cast', [mean], ['probabilities'], { to: FLOAT });
  const most = emit.value('ReduceMax', ['votes', emit.integers([1])], { keepdims: 1 });
  const isMost = emit.value('Cast', [emit.value('Equal', ['votes', most])], { to: DOUBLE });
  // Probabilities are not negative: one more for the classes with most votes puts them before all others.
  emit.node('ArgMax', [emit.value('Add', [mean, isMost])], ['label'], { axis: 1, keepdims: 0, select_last_index: 0 });

  composition.output('label', 'int64', ['batch']);
  composition.output('votes', 'int64', ['batch', classes]);
  composition.output('probabilities', 'float32', ['batch', classes]);
}

/** The least float32 that is not below a number: a float32 reaches the one where it reaches the other. */
function leastFloatFrom(value: number): number {
  const rounded = Math.fround(value);
  if (rounded >= value) return rounded;
  const bits = new Int32Array(1);
  const float = new Float32Array(bits.buffer);
  float[0] = rounded;
  bits[0]! += rounded >= 0 ? 1 : -1;
  return float[0];
}

/** Weights of one member at a time. */
class MemberWeights {
  readonly #device: Device;
  readonly #classes: number;
  #held: { folder: string; parameters: Parameters } | undefined;

  constructor(device: Device, classes: number) {
    this.#device = device;
    this.#classes = classes;
  }

  async read(folder: string, name: string): Promise<Float32Array> {
    if (this.#held?.folder !== folder) {
      await this.dispose();
      const model = await openBert(folder);
      const graph = bertClassifierScoring(model.config, this.#classes);
      const { parameters } = await loadWeights(this.#device, model, graph, { trainable: false });
      this.#held = { folder, parameters };
    }
    return this.#held.parameters.read(name);
  }

  async dispose(): Promise<void> {
    await this.#held?.parameters.dispose();
    this.#held = undefined;
  }
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

async function writeModel(path: string, composition: Composition, inside: number): Promise<string[]> {
  const name = basename(path);
  if (composition.weightBytes <= inside) {
    const weights = new Map<string, Uint8Array>();
    for (const weight of composition.weights) weights.set(weight.name, bytesOf(await weight.data()).slice());
    await writeFileAtomically(path, composition.bytes(weights));
    return [name];
  }
  // Weights begin at whole pages, so that they can be mapped into memory.
  const PAGE = 4096;
  const file = `${name}.data`;
  const offsets = new Map<string, number>();
  const data = await open(`${path}.data`, 'w');
  try {
    let at = 0;
    for (const weight of composition.weights) {
      const bytes = bytesOf(await weight.data());
      offsets.set(weight.name, at);
      await data.write(bytes, 0, bytes.length, at);
      at = Math.ceil((at + bytes.length) / PAGE) * PAGE;
    }
  } finally {
    await data.close();
  }
  await writeFileAtomically(path, composition.bytes({ file, offsets }));
  return [name, file];
}
