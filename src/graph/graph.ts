/**
 * A tensor program as plain data.
 *
 * A `Graph` is a list of nodes in the order they were written; each node applies an operator to tensors and yields tensors. Nothing is
 * computed here. Operators are defined once (`defineOperator`): a name, a rule for the shapes, and a rule for the derivative, which is
 * itself written with operators, so that a backward pass is more graph.
 *
 * Beside the nodes runs the tape, the record that reverse-mode differentiation walks back (differentiate.ts). A node is one entry of it; a
 * composite (several nodes with a derivative of their own, better than the sum of their parts') is one entry as well.
 */
import { formatShape } from './tensor.ts';
import type { Shape, TensorType } from './tensor.ts';

/** A value in a graph. Its identity is the object; its name is unique in the graph. */
export interface Tensor extends TensorType {
  readonly graph: Graph;
  readonly name: string;
}

export type Attributes = Readonly<Record<string, number | string | boolean | readonly number[] | undefined>>;

/** One application of an operator. */
export interface Node {
  readonly operator: string;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly attributes: Attributes;
}

/** What a graph is given when it runs: trained weights, data of the batch, random masks, or state kept between runs. */
export type InputKind = 'parameter' | 'data' | 'mask' | 'state';

export interface Input {
  readonly tensor: Tensor;
  readonly kind: InputKind;
  /** For a mask: the probability that an element is kept (1); the rest are dropped (0). */
  readonly keepProbability?: number;
}

/**
 * A gradient that touches only some rows of a table: row `rows[i]` receives `values[i]`, and repeated rows add up.
 * `rows` [...] int32, `values` [..., width].
 */
export interface RowGradient {
  readonly rows: Tensor;
  readonly values: Tensor;
}

/** A gradient of an input: a tensor of its shape, or parts by rows; `undefined` where there is none. */
export type Gradient = Tensor | RowGradient | undefined;

/**
 * The inputs' gradients from the outputs'.
 * @param needed which inputs a gradient is wanted for; those of the others are not looked at.
 */
export type Derivative = (
  outputGradients: readonly (Tensor | undefined)[],
  needed: readonly boolean[],
) => readonly Gradient[];

export interface TapeEntry {
  readonly name: string;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /** Absent when the operator has no derivative. */
  readonly differentiate: Derivative | undefined;
}

export class Graph {
  readonly inputs: Input[] = [];
  readonly nodes: Node[] = [];
  /** Named results. */
  readonly outputs = new Map<string, Tensor>();
  readonly #names = new Set<string>();
  #counter = 0;
  #compositeDepth = 0;
  #tape: TapeEntry[] = [];
  #isReplaying = false;

  /** What was done, in order, for differentiation. */
  get tape(): readonly TapeEntry[] {
    return this.#tape;
  }

  /** Declares an input. @throws Error when the name is taken. */
  input(name: string, type: TensorType, kind: InputKind = 'data'): Tensor {
    return this.#input(name, type, { kind });
  }

  /** Declares a trained weight. */
  parameter(name: string, shape: Shape): Tensor {
    return this.input(name, { shape, type: 'float32' }, 'parameter');
  }

  /** Declares a random 0/1 mask, drawn anew by the device for each run from the run's seed and the mask's name. */
  mask(name: string, shape: Shape, keepProbability: number): Tensor {
    return this.#input(name, { shape, type: 'uint8' }, { kind: 'mask', keepProbability });
  }

  /** All parameters, in the order of declaration. */
  parameters(): Tensor[] {
    return this.inputs.filter((input) => input.kind === 'parameter').map((input) => input.tensor);
  }

  /** Names a result. @throws Error when the name is taken. */
  output(name: string, tensor: Tensor): void {
    if (this.outputs.has(name)) throw new Error(`the graph already has an output '${name}'`);
    this.#claim(name);
    this.outputs.set(name, tensor);
  }

  /** Appends a node and, outside composites, its entry on the tape. */
  append(
    operator: string,
    inputs: readonly Tensor[],
    attributes: Attributes,
    types: readonly TensorType[],
    differentiate: ((node: Node) => Derivative) | undefined,
  ): readonly Tensor[] {
    const outputs = types.map((type) => this.#tensor(`${operator}_${this.#counter++}`, type));
    const node: Node = { operator, inputs, outputs, attributes };
    this.nodes.push(node);
    if (this.#compositeDepth === 0) {
      this.#tape.push({ name: operator, inputs, outputs, differentiate: differentiate?.(node) });
    }
    return outputs;
  }

  /**
   * Several nodes that count as one for differentiation.
   * @param forward builds the nodes; returns the outputs and the derivative, which may use any tensor made inside.
   */
  composite(
    name: string,
    inputs: readonly Tensor[],
    forward: () => { outputs: readonly Tensor[]; differentiate: Derivative },
  ): readonly Tensor[] {
    this.#compositeDepth++;
    const { outputs, differentiate } = forward();
    this.#compositeDepth--;
    if (this.#compositeDepth === 0) this.enter({ name, inputs, outputs, differentiate });
    return outputs;
  }

  /** Puts an entry on the tape. */
  enter(entry: TapeEntry): void {
    this.#tape.push(entry);
  }

  /** Builds a part of the graph with a tape of its own: nothing of it enters the graph's. */
  record<T>(build: () => T): { result: T; entries: readonly TapeEntry[] } {
    const outer = this.#tape;
    const entries: TapeEntry[] = [];
    this.#tape = entries;
    try {
      return { result: build(), entries };
    } finally {
      this.#tape = outer;
    }
  }

  /** Builds a part of the graph once more: the inputs that it declares are those that it declared the first time. */
  replay<T>(build: () => T): T {
    const outer = this.#isReplaying;
    this.#isReplaying = true;
    try {
      return build();
    } finally {
      this.#isReplaying = outer;
    }
  }

  #input(name: string, type: TensorType, rest: Omit<Input, 'tensor'>): Tensor {
    const known = this.#isReplaying ? this.inputs.find(({ tensor }) => tensor.name === name) : undefined;
    if (known) return known.tensor;
    const tensor = this.#tensor(name, type);
    this.inputs.push({ tensor, ...rest });
    return tensor;
  }

  #tensor(name: string, type: TensorType): Tensor {
    this.#claim(name);
    return { graph: this, name, shape: type.shape, type: type.type };
  }

  /** Inputs, intermediate tensors and outputs share one space of names, as in the ONNX model. */
  #claim(name: string): void {
    if (this.#names.has(name)) throw new Error(`the graph already has a tensor '${name}'`);
    this.#names.add(name);
  }
}

/** An operator: what it is called, the shapes it yields, and its derivative. */
export interface OperatorDefinition<A extends Attributes> {
  readonly name: string;
  /** Types of the outputs. @throws Error when the inputs do not fit. */
  readonly infer: (inputs: readonly Tensor[], attributes: A) => readonly TensorType[];
  /** Gradients of the inputs from the gradients of the outputs. Left out: the operator has none. */
  readonly derivative?: (call: {
    inputs: readonly Tensor[];
    outputs: readonly Tensor[];
    attributes: A;
    gradients: readonly (Tensor | undefined)[];
  }) => readonly Gradient[];
}

/** Makes the function that applies an operator. */
export function defineOperator<A extends Attributes>(
  definition: OperatorDefinition<A>,
): (inputs: readonly Tensor[], attributes: A) => readonly Tensor[] {
  const { name, infer, derivative } = definition;
  return (inputs, attributes) => {
    const graph = inputs[0]?.graph;
    if (!graph) throw new Error(`${name} needs an input`);
    if (inputs.some((input) => input.graph !== graph))
      throw new Error(`${name}: its inputs belong to different graphs`);
    const types = explain(name, inputs, () => infer(inputs, attributes));
    const differentiate =
      derivative &&
      ((node: Node): Derivative =>
        (gradients) =>
          derivative({ inputs, outputs: node.outputs, attributes, gradients }));
    return graph.append(name, inputs, attributes, types, differentiate);
  };
}

function explain<T>(name: string, inputs: readonly Tensor[], infer: () => T): T {
  try {
    return infer();
  } catch (error) {
    const shapes = inputs.map((input) => `${input.name} ${formatShape(input.shape)}`).join(', ');
    throw new Error(`${name}(${shapes}): ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
