/**
 * How much memory a graph's intermediate values take at once, worked out from the graph alone.
 *
 * The nodes are walked in the order in which they run (schedule.ts). A value takes its room when its node runs and gives it back after the last node
 * that reads it; what is highest on the way is the peak. Inputs and results have room of their own and do not count. How a node's result
 * relates to its inputs' memory, and what a node needs while it runs, is the device's affair: `MemoryRules`.
 */
import type { Graph, Node, Tensor } from './graph.ts';
import { schedule } from './schedule.ts';
import { resolveDimension, sizeOf } from './tensor.ts';
import type { Bindings, ElementType, TensorType } from './tensor.ts';

export interface MemoryRules {
  /** Operators whose result is their first input's memory under another shape. */
  readonly views: ReadonlySet<string>;
  /** Bytes that a node needs while it runs, beside its inputs and outputs. */
  readonly workspace: (node: Node, bytesOf: (type: TensorType) => number) => number;
  /** Where memory is handed out in certain sizes, and kept for the next value of the same size when it is given back: the size for so many bytes. */
  readonly room?: (bytes: number) => number;
}

/** What is held of memory at a time, and what is the most that was. */
class HeldMemory {
  #live = 0;
  #peak = 0;

  get peak(): number {
    return this.#peak;
  }

  take(bytes: number): void {
    this.#live += bytes;
    this.#peak = Math.max(this.#peak, this.#live);
  }

  giveBack(bytes: number): void {
    this.#live -= bytes;
  }
}

/** The same of memory by sizes: each size's peak counts, whenever it was. */
class PooledMemory {
  readonly #room: (bytes: number) => number;
  readonly #pools = new Map<number, HeldMemory>();

  constructor(room: (bytes: number) => number) {
    this.#room = room;
  }

  get peak(): number {
    return [...this.#pools.values()].reduce((sum, pool) => sum + pool.peak, 0);
  }

  take(bytes: number): void {
    if (bytes > 0) this.#pool(bytes).take(this.#room(bytes));
  }

  giveBack(bytes: number): void {
    if (bytes > 0) this.#pool(bytes).giveBack(this.#room(bytes));
  }

  #pool(bytes: number): HeldMemory {
    const size = this.#room(bytes);
    const pool = this.#pools.get(size) ?? new HeldMemory();
    this.#pools.set(size, pool);
    return pool;
  }
}

const ELEMENT_BYTES: Readonly<Record<ElementType, number>> = { float32: 4, float16: 2, int32: 4, int64: 8, uint8: 1 };

/** The size of a tensor's numbers, in bytes. */
export function bytesOf({ shape, type }: TensorType, bindings: Bindings): number {
  return resolveDimension(sizeOf(shape), bindings) * ELEMENT_BYTES[type];
}

/**
 * The most bytes that intermediate values take at once.
 * @param bindings values of the symbols in the graph's shapes: the batch and the length.
 */
export function peakOfIntermediates(graph: Graph, rules: MemoryRules, bindings: Bindings): number {
  const { nodes, inputs } = schedule(graph);
  const elsewhere = new Set<Tensor>([...inputs.map(({ tensor }) => tensor), ...graph.outputs.values()]);
  const origins = originsOf(nodes, rules);
  const originOf = (tensor: Tensor) => origins.get(tensor) ?? tensor;

  /** By node, the values that nothing behind it reads. */
  const lastUses = new Map<Node, Tensor[]>();
  const seen = new Set<Tensor>();
  for (const node of [...nodes].reverse()) {
    for (const tensor of [...node.inputs, ...node.outputs].map(originOf)) {
      if (seen.has(tensor)) continue;
      seen.add(tensor);
      lastUses.set(node, [...(lastUses.get(node) ?? []), tensor]);
    }
  }
  const size = (tensor: Tensor) => (elsewhere.has(tensor) ? 0 : bytesOf(tensor, bindings));
  const held = rules.room ? new PooledMemory(rules.room) : new HeldMemory();
  for (const node of nodes) {
    for (const output of node.outputs) if (originOf(output) === output) held.take(size(output));
    const workspace = rules.workspace(node, (type) => bytesOf(type, bindings));
    held.take(workspace);
    held.giveBack(workspace);
    for (const tensor of lastUses.get(node) ?? []) held.giveBack(size(tensor));
  }
  return held.peak;
}

/** For views, the tensor whose memory they are. */
function originsOf(nodes: readonly Node[], { views }: MemoryRules): Map<Tensor, Tensor> {
  const origins = new Map<Tensor, Tensor>();
  for (const { operator, inputs, outputs } of nodes) {
    if (!views.has(operator)) continue;
    const [input] = inputs as [Tensor];
    for (const output of outputs) origins.set(output, origins.get(input) ?? input);
  }
  return origins;
}
