/**
 * ONNX models put together by hand: several graphs as parts of one model, with nodes before and behind them, and the weights in the file.
 *
 * `writeOnnx` makes models for our own sessions, whose weights are handed over in memory. What is exported stands alone: any ONNX Runtime, in
 * any language, opens it.
 */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { Graph } from '../graph.ts';
import type { ElementType, Shape } from '../tensor.ts';
import { Emitter, MICROSOFT, ONNX_TYPES } from './emitter.ts';
import {
  GraphProtoSchema,
  ModelProtoSchema,
  TensorProto_DataLocation,
  TensorProtoSchema,
} from './generated/onnx_pb.ts';
import type { NodeProto, TensorProto, ValueInfoProto } from './generated/onnx_pb.ts';
import { CPU_LOWERING } from './lowering.ts';
import { FORMAT_VERSION, OPERATOR_SET, valueInfo, writeOnnx } from './write.ts';

/** A weight of a composed model, by its name there; its bytes are asked for when it is written. */
export interface ComposedWeight {
  readonly name: string;
  readonly shape: Shape;
  readonly data: () => Promise<Float32Array>;
}

export class Composition {
  /** Nodes around the parts; whoever adds them keeps them in the order in which they can run. */
  readonly emit = new Emitter(new Map());
  readonly weights: ComposedWeight[] = [];
  readonly #constants: TensorProto[] = [];
  readonly #inputs: ValueInfoProto[] = [];
  readonly #outputs: ValueInfoProto[] = [];
  readonly #metadata: { key: string; value: string }[] = [];

  input(name: string, type: ElementType, shape: Shape): void {
    this.#inputs.push(valueInfo(name, { shape, type }));
  }

  output(name: string, type: ElementType, shape: Shape): void {
    this.#outputs.push(valueInfo(name, { shape, type }));
  }

  /** What a program can ask the model about, as texts. */
  describe(key: string, value: string): void {
    this.#metadata.push({ key, value });
  }

  /**
   * Adds a graph. Its inputs are tensors of the composition of the same names; all else in it is named with the prefix, its outputs too.
   * @param weightOf a parameter's values.
   */
  add(graph: Graph, prefix: string, weightOf: (name: string) => Promise<Float32Array>): void {
    const written = writeOnnx(graph, CPU_LOWERING, 'initializers');
    const part = fromBinary(ModelProtoSchema, written.bytes).graph!;
    const kept = new Set(['', ...written.inputs.map(({ tensor }) => tensor.name)]);
    const renamed = (name: string): string => (kept.has(name) ? name : `${prefix}${name}`);
    // Written backwards for our sessions; a model is valid when its nodes stand in the order in which they can run.
    for (const node of part.node.reverse()) this.emit.nodes.push(renamedNode(node, renamed));
    const parameters = new Map(written.initializers.map(({ tensor }) => [tensor.name, tensor.shape]));
    for (const initializer of part.initializer) {
      const shape = parameters.get(initializer.name);
      const name = renamed(initializer.name);
      if (shape) this.weights.push({ name, shape, data: () => weightOf(initializer.name) });
      else this.#constants.push({ ...initializer, name });
    }
  }

  /** Bytes of all weights. */
  get weightBytes(): number {
    return this.weights.reduce((sum, { shape }) => sum + bytesOf(shape), 0);
  }

  /**
   * The model's file.
   * @param weights the bytes of each weight in it; or, where they are in a file beside it, that file's name and where each begins there.
   */
  bytes(
    weights: ReadonlyMap<string, Uint8Array> | { readonly file: string; readonly offsets: ReadonlyMap<string, number> },
  ): Uint8Array {
    const initializers = this.weights.map(({ name, shape }) => {
      const base = { name, dims: shape.map((dimension) => BigInt(dimension)), dataType: ONNX_TYPES.float32 };
      if (!('file' in weights)) return create(TensorProtoSchema, { ...base, rawData: weights.get(name)! });
      const place = {
        location: weights.file,
        offset: String(weights.offsets.get(name)),
        length: String(bytesOf(shape)),
      };
      return create(TensorProtoSchema, {
        ...base,
        dataLocation: TensorProto_DataLocation.EXTERNAL,
        externalData: Object.entries(place).map(([key, value]) => ({ key, value })),
      });
    });
    const model = create(ModelProtoSchema, {
      irVersion: FORMAT_VERSION,
      producerName: 'dare',
      opsetImport: [
        { domain: '', version: OPERATOR_SET },
        { domain: MICROSOFT, version: 1n },
      ],
      metadataProps: this.#metadata,
      graph: create(GraphProtoSchema, {
        name: 'graph',
        node: this.emit.nodes,
        initializer: [...this.emit.initializers, ...this.#constants, ...initializers],
        input: this.#inputs,
        output: this.#outputs,
      }),
    });
    return toBinary(ModelProtoSchema, model);
  }
}

const BYTES_PER_FLOAT = 4;

const bytesOf = (shape: Shape): number =>
  shape.reduce<number>((product, size) => product * Number(size), BYTES_PER_FLOAT);

function renamedNode(node: NodeProto, renamed: (name: string) => string): NodeProto {
  return { ...node, name: '', input: node.input.map(renamed), output: node.output.map(renamed) };
}
