/**
 * Collects what an ONNX model is made of (nodes, initializers, names) while a graph is lowered.
 *
 * Symbolic shapes become small int64 tensors computed in the model: a symbol's value is read off an input that has it as a dimension.
 * Constants and dimension tensors are made once each.
 */
import { create } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  NodeProtoSchema,
  TensorProto_DataType,
  TensorProtoSchema,
} from './generated/onnx_pb.ts';
import type { AttributeProto, NodeProto, TensorProto } from './generated/onnx_pb.ts';
import { factorsOf } from '../tensor.ts';
import type { Dimension, ElementType, Shape } from '../tensor.ts';
import type { Tensor } from '../graph.ts';
import type { Precision } from './precision.ts';

export const ONNX_TYPES: Record<ElementType, TensorProto_DataType> = {
  float32: TensorProto_DataType.FLOAT,
  float16: TensorProto_DataType.FLOAT16,
  int32: TensorProto_DataType.INT32,
  int64: TensorProto_DataType.INT64,
  uint8: TensorProto_DataType.UINT8,
};

/** An attribute's value: a string, integers, or a float (marked, as 1 may be either). */
export type OnnxAttribute = string | number | readonly number[] | { float: number };

/** ONNX Runtime's own operator domain. */
export const MICROSOFT = 'com.microsoft';

export class Emitter {
  readonly nodes: NodeProto[] = [];
  readonly initializers: TensorProto[] = [];
  /** In which the node that is being written computes; constants are of it. */
  precision: Precision = 'float32';
  readonly #names = new Map<Tensor, string>();
  readonly #cache = new Map<string, string>();
  readonly #symbolSources: ReadonlyMap<string, { input: string; axis: number }>;
  #counter = 0;

  /** @param symbolSources where each symbol's value is read: an input's name and axis. */
  constructor(symbolSources: ReadonlyMap<string, { input: string; axis: number }>) {
    this.#symbolSources = symbolSources;
  }

  /** The model's name of a tensor. */
  name(tensor: Tensor): string {
    return this.#names.get(tensor) ?? tensor.name;
  }

  rename(tensor: Tensor, name: string): void {
    this.#names.set(tensor, name);
  }

  fresh(prefix: string): string {
    return `${prefix}.${this.#counter++}`;
  }

  /** Appends a node. An empty input name leaves an optional input out. */
  node(
    operator: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
    domain = '',
  ): void {
    this.nodes.push(
      create(NodeProtoSchema, {
        opType: operator,
        domain,
        input: [...inputs],
        output: [...outputs],
        attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
      }),
    );
  }

  /** Appends a node with one output of a fresh name, and returns the name. */
  value(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
    domain = '',
  ): string {
    const output = this.fresh(operator);
    this.node(operator, inputs, [output], attributes, domain);
    return output;
  }

  /** A scalar constant, in the precision of the node. */
  scalar(value: number): string {
    const wide = this.once(`float:${value}`, () =>
      this.#initializer([], TensorProto_DataType.FLOAT, Float32Array.of(value)),
    );
    return this.converted(wide, 'float32', this.precision);
  }

  /** A floating-point value in a precision: a cast of it, made once. */
  converted(name: string, from: Precision, to: Precision): string {
    return from === to ? name : this.once(`${to}:${name}`, () => this.value('Cast', [name], { to: ONNX_TYPES[to] }));
  }

  /** A vector of float32 constants. */
  floats(values: readonly number[]): string {
    return this.once(`floats:${values.join(',')}`, () =>
      this.#initializer([values.length], TensorProto_DataType.FLOAT, Float32Array.from(values)),
    );
  }

  /** A vector of int64 constants. */
  integers(values: readonly number[]): string {
    return this.once(`int64:${values.join(',')}`, () =>
      this.#initializer([values.length], TensorProto_DataType.INT64, BigInt64Array.from(values.map(BigInt))),
    );
  }

  /** A scalar uint32 constant. */
  unsigned(value: number): string {
    return this.once(`uint32:${value}`, () =>
      this.#initializer([], TensorProto_DataType.UINT32, Uint32Array.of(value)),
    );
  }

  /** A dimension's value as an int64 vector of one element. */
  dimension(dimension: Dimension): string {
    const { number, symbols } = factorsOf(dimension);
    if (symbols.length === 0) return this.integers([number]);
    return this.once(`dimension:${dimension}`, () => {
      const factors = symbols.map((symbol) => this.#symbol(symbol));
      if (number !== 1) factors.push(this.integers([number]));
      return factors.reduce((product, factor) => this.value('Mul', [product, factor]));
    });
  }

  /** A whole shape as an int64 vector. */
  shape(shape: Shape): string {
    if (shape.every((dimension) => typeof dimension === 'number')) return this.integers(shape.map(Number));
    return this.once(`shape:${shape.join(',')}`, () =>
      this.value(
        'Concat',
        shape.map((dimension) => this.dimension(dimension)),
        { axis: 0 },
      ),
    );
  }

  /** Makes something once for a key, and returns its name thereafter. */
  once(key: string, make: () => string): string {
    const known = this.#cache.get(key);
    if (known !== undefined) return known;
    const name = make();
    this.#cache.set(key, name);
    return name;
  }

  #symbol(symbol: string): string {
    const source = this.#symbolSources.get(symbol);
    if (!source) throw new Error(`no input of the graph has the dimension '${symbol}'`);
    return this.once(`symbol:${symbol}`, () =>
      this.value('Shape', [source.input], { start: source.axis, end: source.axis + 1 }),
    );
  }

  #initializer(
    dims: readonly number[],
    dataType: TensorProto_DataType,
    data: Float32Array | Uint32Array | BigInt64Array,
  ): string {
    const name = this.fresh('constant');
    const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.initializers.push(create(TensorProtoSchema, { name, dims: dims.map(BigInt), dataType, rawData }));
    return name;
  }
}

function attribute(name: string, value: OnnxAttribute): AttributeProto {
  if (typeof value === 'string') {
    return create(AttributeProtoSchema, {
      name,
      type: AttributeProto_AttributeType.STRING,
      s: new TextEncoder().encode(value),
    });
  }
  if (typeof value === 'number') {
    return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INT, i: BigInt(value) });
  }
  if ('float' in value) {
    return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.FLOAT, f: value.float });
  }
  return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INTS, ints: value.map(BigInt) });
}
