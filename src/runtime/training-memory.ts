/**
 * The memory that training will take, estimated from the training graph before anything is run.
 *
 *     weights       4 bytes a parameter
 *     gradients     4 bytes a trained parameter
 *     moments       8 bytes a trained parameter: AdamW's two
 *     activations   the peak of the graph's intermediate values, with what ONNX Runtime's reserve holds beside it
 *     masks         1 byte a dropped element; of a part of a batch, the largest mask of the whole batch as well
 *     results       row gradients of embedding tables, which come out twice: as a result, and beside the weights to be added up
 *     program       Node, the libraries, the loaded models
 *
 * On a GPU every buffer has one of certain sizes (`gpuRoom`), and there are three more:
 *
 *     sums          gradients so far, where an update takes several batches or parts of one (the processor adds them up in place)
 *     spares        what the AdamW step writes into, weight and moments, one of each size
 *     tables        of embedding tables that also have a dense gradient: their row gradients as a whole table, and the dense one, beside the sum of both; and three
 *                   matrices [distinct rows, lookups] by which gradients of the same row are added up
 */
import { totalmem } from 'node:os';
import { z } from 'zod';
import type { Graph, Tensor } from '../graph/graph.ts';
import { bytesOf, peakOfIntermediates } from '../graph/memory.ts';
import { CPU_MEMORY, GPU_MEMORY, gpuRoom } from '../graph/onnx/memory-rules.ts';
import { resolveDimension, sizeOf } from '../graph/tensor.ts';
import type { Bindings } from '../graph/tensor.ts';
import { accumulateGradients, addGradients, isRowOutput } from '../graph/training-graph.ts';

/** Sizes in bytes. */
export interface TrainingMemory {
  readonly weights: number;
  readonly gradients: number;
  readonly sums?: number;
  readonly spares?: number;
  readonly tables?: number;
  readonly moments: number;
  readonly activations: number;
  readonly masks: number;
  readonly results: number;
  readonly program: number;
  readonly total: number;
}

/** What the library takes for each byte that the graph tells of: rounding, free stretches between values, growth in steps. */
export const RESERVE = 1.2;
/** Node, the libraries, the program: bytes. */
export const PROGRAM = 2 ** 28;

/** Where a training runs, as far as its memory depends on it. */
export interface TrainingPlace {
  readonly isOnGpu: boolean;
  /** An update takes several batches. */
  readonly accumulates: boolean;
}

const ON_PROCESSOR: TrainingPlace = { isOnGpu: false, accumulates: false };

/**
 * @param graph is changed: it gets its way back.
 * @returns a function from the sizes of what is run at once, and of the whole batch where that is a part of it, to the memory.
 */
export function trainingMemory(
  { graph, loss }: { readonly graph: Graph; readonly loss: Tensor },
  isTrained: (name: string) => boolean,
): (part: Bindings, whole?: Bindings, place?: TrainingPlace) => TrainingMemory {
  const sum = (sizes: readonly number[]) => sizes.reduce((total, size) => total + size, 0);
  const bytesOfParameter = ({ shape }: Tensor) => 4 * Number(sizeOf(shape));
  const parameters = graph.parameters();
  const trained = parameters.filter(({ name }) => isTrained(name));
  const masks = graph.inputs.filter(({ kind }) => kind === 'mask').map(({ tensor }) => tensor);
  const training = addGradients(graph, loss, isTrained);
  const rows = [...graph.outputs].filter(([name]) => isRowOutput(name)).map(([, tensor]) => tensor);
  const { dense, rows: rowGradients } = training.gradients;
  const tablesOf = (room: (bytes: number) => number, part: Bindings): number => {
    const both = trained.filter((parameter) => dense.has(parameter) && rowGradients.has(parameter));
    /** Lookups that are added up, by what is looked up. */
    const lookups = new Map<Tensor, number>();
    for (const [table, gradients] of rowGradients) {
      for (const gradient of gradients) lookups.set(gradient.rows, Number(table.shape[0]));
    }
    const matrices = [...lookups].map(([indices, total]) => {
      const count = resolveDimension(sizeOf(indices.shape), part);
      return 3 * room(4 * Math.min(count, total) * count);
    });
    return 2 * sum(both.map((parameter) => room(bytesOfParameter(parameter)))) + sum(matrices);
  };
  // With the gradients so far as inputs: batches behind the first need a little more.
  accumulateGradients(graph, training.gradients.dense);

  return (part, whole, { isOnGpu, accumulates } = ON_PROCESSOR) => {
    const room = isOnGpu ? gpuRoom : (bytes: number) => bytes;
    const held = (tensors: readonly Tensor[]) => sum(tensors.map((tensor) => room(bytesOfParameter(tensor))));
    const maskSize = (mask: Tensor, bindings: Bindings) => resolveDimension(sizeOf(mask.shape), bindings);
    const gradients = held(trained);
    const spares = 3 * sum([...new Set(trained.map(bytesOfParameter))].map(room));
    const memory = {
      weights: held(parameters),
      gradients,
      moments: 2 * gradients,
      activations: Math.ceil(RESERVE * peakOfIntermediates(graph, isOnGpu ? GPU_MEMORY : CPU_MEMORY, part)),
      masks:
        sum(masks.map((mask) => maskSize(mask, part))) +
        (whole ? Math.max(0, ...masks.map((mask) => maskSize(mask, whole))) : 0),
      results: 2 * sum(rows.map((tensor) => bytesOf(tensor, part))),
      program: PROGRAM,
      ...(isOnGpu && {
        spares,
        tables: tablesOf(room, part),
        ...((whole !== undefined || accumulates) && { sums: gradients }),
      }),
    };
    return { ...memory, total: sum(Object.values(memory)) };
  };
}

/** The machine's memory in bytes; a container's limit counts, where there is one. */
export function machineMemory(): number {
  return Math.min(totalmem(), process.constrainedMemory() || Infinity);
}

/** What is left to the system and to other programs. */
const SHARE = 0.85;

/** Gigabytes (10⁹ bytes) that a user lets trainings take; null where nothing is said. */
export const memorySetting = z.number().positive().nullable().default(null);

/**
 * What a training may take, in bytes. Not what is free at the moment: the same training would then be cut into other parts another time, and end
 * with other bytes.
 * @param setting a `memorySetting`.
 * @param own the device's own memory in bytes, where it has some (`Device.memory`).
 */
export function memoryBudget(setting: number | null, own: number | null = null): number {
  return setting === null ? SHARE * (own ?? machineMemory()) : setting * 1e9;
}
