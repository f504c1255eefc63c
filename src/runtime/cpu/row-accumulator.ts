/**
 * Adds row gradients of embedding tables to the gradients in shared memory.
 *
 * A table without a dense gradient is zero but for the rows of the current update, so that only those rows are cleared for the next. (AdamW still
 * goes over the whole table: the moments of rows not seen keep decaying, as in PyTorch.)
 */
import type { KernelMemory, KernelPool } from '../kernels/kernel-pool.ts';
import { PAGE_BYTES } from '../kernels/kernel-pool.ts';
import type { CpuParameters } from './cpu-parameters.ts';

/** Room at the end of a parameters' memory, where the kernel finds the rows. */
interface Staging {
  start: number;
  bytes: number;
}

export class RowAccumulator {
  readonly #pool: KernelPool;
  readonly #parameters: CpuParameters;
  readonly #staging = new Map<KernelMemory, Staging>();
  /** Rows with a gradient since the last update, by table. */
  readonly #touched = new Map<string, Set<number>>();

  constructor(pool: KernelPool, parameters: CpuParameters) {
    this.#pool = pool;
    this.#parameters = parameters;
  }

  /** Forgets the rows of the last update. */
  clear(): void {
    for (const [table, rows] of this.#touched) {
      const width = this.#widthOf(table);
      const gradient = this.#parameters.view(table, 'gradient');
      for (const row of rows) gradient.fill(0, row * width, (row + 1) * width);
    }
    this.#touched.clear();
  }

  /**
   * Adds values[i] to row rows[i] of a table's gradient.
   * @param values [rows.length, width], flat.
   * @param hasDenseGradient the table's whole gradient is written anew for each update, and needs no clearing here.
   */
  async add(table: string, rows: Int32Array, values: Float32Array, hasDenseGradient: boolean): Promise<void> {
    const { memory } = this.#parameters.place(table);
    const indicesBytes = Math.ceil(rows.byteLength / 16) * 16;
    const start = this.#stage(memory, indicesBytes + values.byteLength);
    const { buffer } = memory.memory;
    new Int32Array(buffer, start, rows.length).set(rows);
    new Float32Array(buffer, start + indicesBytes, values.length).set(values);
    const gradient = this.#parameters.address(table, 'gradient');
    const parameters = [start + indicesBytes, start, rows.length, this.#widthOf(table), gradient];
    await this.#pool.run([{ kernel: 'addRows', memory, parameters }]);
    if (hasDenseGradient) return;
    const touched = this.#touched.get(table) ?? new Set();
    for (const row of rows) touched.add(row);
    this.#touched.set(table, touched);
  }

  #widthOf(table: string): number {
    return this.#parameters.place(table).specification.shape[1]!;
  }

  /** The start of at least `bytes` of room. @throws RangeError when the memory cannot grow. */
  #stage(memory: KernelMemory, bytes: number): number {
    const staging = this.#staging.get(memory) ?? { start: memory.memory.buffer.byteLength, bytes: 0 };
    if (staging.bytes < bytes) {
      const pages = Math.ceil((bytes - staging.bytes) / PAGE_BYTES);
      memory.memory.grow(pages);
      staging.bytes += pages * PAGE_BYTES;
      this.#staging.set(memory, staging);
    }
    return staging.start;
  }
}
