/**
 * A graph as an ONNX model, ready for ONNX Runtime.
 *
 * What no output needs is left out. Parameters are inputs of the model (training: they change), or initializers whose bytes are handed to
 * the session from memory (inference: they can be packed once); no weight is ever inside the file, so that its size has no limit.
 */
import { create, toBinary } from '@bufbuild/protobuf';
import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  GraphProtoSchema,
  ModelProtoSchema,
  TensorProto_DataLocation,
  TensorProtoSchema,
  ValueInfoProtoSchema,
} from './generated/onnx_pb.ts';
import type { TensorProto, ValueInfoProto } from './generated/onnx_pb.ts';
import type { Graph, Input, Tensor } from '../graph.ts';
import { schedule } from '../schedule.ts';
import type { TensorType } from '../tensor.ts';
import { Emitter, MICROSOFT, ONNX_TYPES } from './emitter.ts';
import { emitMask, MASK_KEYS, maskKeysType } from './generated-masks.ts';
import type { LoweringTable } from './lowering.ts';
import { Precisions } from './precision.ts';
import type { Precision } from './precision.ts';

export const OPERATOR_SET = 21n;
export const FORMAT_VERSION = 10n;

export interface OnnxModel {
  readonly bytes: Uint8Array;
  /** Inputs that the model needs, in order; parameters are among them unless they are initializers. */
  readonly inputs: readonly Input[];
  /** Parameters that the session is given as initializers. */
  readonly initializers: readonly Input[];
  readonly outputs: readonly { readonly name: string; readonly type: TensorType }[];
  /** Masks that the model makes itself from the input `MASK_KEYS`, which has a row for each of them, in this order. */
  readonly generatedMasks: readonly Input[];
}

export interface WriteOptions {
  /** Masks are inputs of the model, or made in it (generated-masks.ts). */
  readonly masks?: 'inputs' | 'generated';
  /** Of weights and state, and of what is computed from them (precision.ts): of graphs that run forward alone. */
  readonly precision?: Precision;
}

/** @throws Error naming an operator for which the table has no rule. */
export function writeOnnx(
  graph: Graph,
  lowering: LoweringTable,
  parametersAs: 'inputs' | 'initializers',
  { masks = 'inputs', precision = 'float32' }: WriteOptions = {},
): OnnxModel {
  const live = schedule(graph);
  const isInitializer = (input: Input) => parametersAs === 'initializers' && input.kind === 'parameter';
  const isGenerated = (input: Input) => masks === 'generated' && input.kind === 'mask';
  const inputs = live.inputs.filter((input) => !isInitializer(input) && !isGenerated(input));
  const initializers = live.inputs.filter(isInitializer);
  const generatedMasks = live.inputs.filter(isGenerated);

  const emitter = new Emitter(findSymbols(inputs));
  const precisions = new Precisions();
  /** What stays on the device from run to run. */
  const isKept = ({ kind, tensor }: Input) => (kind === 'parameter' || kind === 'state') && tensor.type === 'float32';
  for (const input of live.inputs) if (isKept(input)) precisions.set(input.tensor, precision);
  const states = new Set(live.inputs.filter(({ kind }) => kind === 'state').map(({ tensor }) => `next:${tensor.name}`));
  const typeOf = (name: string, { type }: Tensor) => (states.has(name) && type === 'float32' ? precision : type);
  const awaited = new Map(generatedMasks.map((input, index) => [input.tensor, { input, index }]));
  const named = new Set(live.inputs.map((input) => input.tensor));
  for (const [name, tensor] of graph.outputs) {
    const isConverted = precision !== 'float32' && typeOf(name, tensor) === 'float32';
    if (!named.has(tensor) && !isConverted) emitter.rename(tensor, name);
    named.add(tensor);
  }
  for (const node of live.nodes) {
    const lower = lowering[node.operator];
    if (!lower) throw new Error(`this device has no rule for the operator '${node.operator}'`);
    for (const tensor of node.inputs) {
      const mask = awaited.get(tensor);
      if (mask) emitMask(emitter, mask.input, mask.index);
      awaited.delete(tensor);
    }
    emitter.precision = precision === 'float32' ? precision : precisions.forNode(node);
    for (const output of node.outputs) precisions.set(output, emitter.precision);
    lower(
      emitter,
      node,
      node.inputs.map((tensor) => {
        const name = emitter.name(tensor);
        return tensor.type === 'float32' ? emitter.converted(name, precisions.of(tensor), emitter.precision) : name;
      }),
      node.outputs.map((tensor) => emitter.name(tensor)),
    );
  }
  // A tensor has one name; a second output of it, or an input or a constant that is also an output, is a copy.
  for (const [name, tensor] of graph.outputs) {
    if (emitter.name(tensor) === name) continue;
    const isHalf = tensor.type === 'float32' && precisions.of(tensor) === 'float16';
    if (isHalf && typeOf(name, tensor) === 'float32') {
      emitter.node('Cast', [emitter.name(tensor)], [name], { to: ONNX_TYPES.float32 });
    } else emitter.node('Identity', [emitter.name(tensor)], [name]);
  }

  const outputs = [...graph.outputs].map(([name, tensor]) => {
    return { name, type: { shape: tensor.shape, type: typeOf(name, tensor) } };
  });
  const stored = (input: Input): TensorType =>
    isKept(input) ? { shape: input.tensor.shape, type: precision } : input.tensor;
  const model = create(ModelProtoSchema, {
    irVersion: FORMAT_VERSION,
    producerName: 'dare',
    opsetImport: [
      { domain: '', version: OPERATOR_SET },
      { domain: MICROSOFT, version: 1n },
    ],
    graph: create(GraphProtoSchema, {
      name: 'graph',
      // ONNX Runtime works depth first, from the last node without a successor, and through the last-written input of a node first. Written
      // backwards, the nodes run in the order of the graph: each gradient as soon as it can be, and what it was made from is let go.
      node: emitter.nodes.reverse(),
      initializer: [
        ...emitter.initializers,
        ...initializers.map((input) => externalTensor(input.tensor.name, stored(input))),
      ],
      input: [
        ...inputs.map((input) => valueInfo(input.tensor.name, stored(input))),
        ...(generatedMasks.length > 0 ? [valueInfo(MASK_KEYS, maskKeysType(generatedMasks.length))] : []),
      ],
      output: outputs.map(({ name, type }) => valueInfo(name, type)),
    }),
  });
  return { bytes: toBinary(ModelProtoSchema, model), inputs, initializers, outputs, generatedMasks };
}

/** For each symbol, an input and axis where it stands alone. */
function findSymbols(inputs: readonly Input[]): Map<string, { input: string; axis: number }> {
  const sources = new Map<string, { input: string; axis: number }>();
  for (const { tensor } of inputs) {
    tensor.shape.forEach((dimension, axis) => {
      if (typeof dimension === 'string' && !dimension.includes('*') && !sources.has(dimension)) {
        sources.set(dimension, { input: tensor.name, axis });
      }
    });
  }
  return sources;
}

/** An input or output with its type. */
export function valueInfo(name: string, { shape, type }: TensorType): ValueInfoProto {
  const dim: MessageInitShape<typeof ValueInfoProtoSchema>['type'] = {
    value: {
      case: 'tensorType',
      value: {
        elemType: ONNX_TYPES[type],
        shape: {
          dim: shape.map((dimension) =>
            typeof dimension === 'number'
              ? { value: { case: 'dimValue' as const, value: BigInt(dimension) } }
              : { value: { case: 'dimParam' as const, value: dimension } },
          ),
        },
      },
    },
  };
  return create(ValueInfoProtoSchema, { name, type: dim });
}

/** An initializer without bytes: the session is given them from memory under this name. */
function externalTensor(name: string, { shape, type }: TensorType): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dims: shape.map((dimension) => BigInt(dimension)),
    dataType: ONNX_TYPES[type],
    dataLocation: TensorProto_DataLocation.EXTERNAL,
    externalData: [{ key: 'location', value: name }],
  });
}
