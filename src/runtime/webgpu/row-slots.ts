/**
 * Gradients of embedding tables, added up on the GPU without a race.
 *
 * Rows looked up several times have gradients that add up. The indices are the batch's own, so that the host knows which are equal: it feeds the distinct
 * rows of a batch, and for each lookup the slot of its row among them. In the graph a matrix of ones and zeros [distinct rows, lookups] times the
 * lookups' gradients adds them up, in an order that is always the same, and each sum is written to a row of its own.
 */
import type { Graph, RowGradient, Tensor } from '../../graph/graph.ts';
import { fill } from '../../graph/operators/constant.ts';
import { multiply, relu, subtract } from '../../graph/operators/elementwise.ts';
import { flattenRows, placeRows, reshape } from '../../graph/operators/layout.ts';
import { linear } from '../../graph/operators/matmul.ts';
import { sizeOf } from '../../graph/tensor.ts';
import type { Feeds } from '../device.ts';

/** The inputs that stand for one tensor of indices. */
interface Slots {
  readonly indices: string;
  /** [distinct] int32: the distinct rows, in the order in which they come up. */
  readonly distinct: Tensor;
  /** [distinct, lookups]: 1 where the lookup is of the row, else 0. */
  readonly ones: Tensor;
}

export class RowSlots {
  readonly #graph: Graph;
  readonly #slots = new Map<Tensor, Slots>();

  constructor(graph: Graph) {
    this.#graph = graph;
  }

  /** The gradient of a whole table [total, width] from that of its lookups; declares the inputs that it needs. */
  placed({ rows, values }: RowGradient, total: number): Tensor {
    const { distinct, ones } = this.#slotsOf(rows);
    const sums = linear(ones, flattenRows(values), undefined, 'in-out');
    return placeRows(sums, distinct, total);
  }

  #slotsOf(rows: Tensor): Slots {
    const known = this.#slots.get(rows);
    if (known) return known;
    const graph = this.#graph;
    const distinctSize = `distinct${this.#slots.size}`;
    const name = (what: string) => `${what}:${rows.name}`;
    const distinct = graph.input(name('distinct'), { shape: [distinctSize], type: 'int32' });
    const slots = graph.input(name('slots'), { shape: rows.shape, type: 'float32' });
    const numbers = graph.input(name('numbers'), { shape: [distinctSize, 1], type: 'float32' });
    // 1 where they are equal: whole numbers, exact in float32, else differ by at least 1.
    const difference = subtract(numbers, reshape(slots, [1, sizeOf(rows.shape)]));
    const ones = relu(subtract(fill(graph, [], 1), multiply(difference, difference)));
    const made = { indices: rows.name, distinct, ones };
    this.#slots.set(rows, made);
    return made;
  }

  /** Values for the inputs declared. @throws Error when indices are not fed: they are computed. */
  feeds(feeds: Feeds): Feeds {
    const made: Record<string, Feeds[string]> = {};
    for (const { indices } of this.#slots.values()) {
      const fed = feeds[indices];
      if (!fed) throw new Error(`the input '${indices}' is not fed`);
      const slotOf = new Map<number, number>();
      const slots = Float32Array.from(fed.data, (row) => {
        if (!slotOf.has(row)) slotOf.set(row, slotOf.size);
        return slotOf.get(row)!;
      });
      made[`slots:${indices}`] = { shape: fed.shape, data: slots };
      made[`distinct:${indices}`] = { shape: [slotOf.size], data: Int32Array.from(slotOf.keys()) };
      made[`numbers:${indices}`] = { shape: [slotOf.size, 1], data: Float32Array.from(slotOf.values()) };
    }
    return made;
  }
}
