/**
 * Adds row gradients of embedding tables to the gradients in the kernels' memory.
 *
 * A table without a dense gradient is zero but for the rows of the current update, so that only those rows are cleared for the next. (AdamW still
 * goes over the whole table: the moments of rows not seen keep decaying, as in PyTorch.)
 */
import type { Kernels } from '../kernels/kernels.ts';
import type { CpuParameters } from './cpu-parameters.ts';

export class RowAccumulator {
  readonly #kernels: Kernels;
  readonly #parameters: CpuParameters;
  /** Rows with a gradient since the last update, of the tables that have no other gradient. */
  readonly #touched: ReadonlyMap<string, Set<number>>;

  /**
   * @param rowsOnly tables without a dense gradient. They are zeroed here, as another program may have left its gradients; the others
   * are written anew for each update.
   */
  constructor(kernels: Kernels, parameters: CpuParameters, rowsOnly: readonly string[]) {
    this.#kernels = kernels;
    this.#parameters = parameters;
    this.#touched = new Map(rowsOnly.map((table) => [table, new Set()]));
    for (const table of rowsOnly) parameters.view(table, 'gradient').fill(0);
  }

  /** Forgets the rows of the last update. */
  clear(): void {
    for (const [table, rows] of this.#touched) {
      const width = this.#widthOf(table);
      const gradient = this.#parameters.view(table, 'gradient');
      for (const row of rows) gradient.fill(0, row * width, (row + 1) * width);
      rows.clear();
    }
  }

  /**
   * Adds values[i] to row rows[i] of a table's gradient.
   * @param values [rows.length, width], flat.
   */
  async add(table: string, rows: Int32Array, values: Float32Array): Promise<void> {
    const { memory } = this.#parameters.place(table);
    const indicesBytes = Math.ceil(rows.byteLength / 16) * 16;
    const start = this.#parameters.stage(table, indicesBytes + values.byteLength);
    const { buffer } = memory.memory;
    new Int32Array(buffer, start, rows.length).set(rows);
    new Float32Array(buffer, start + indicesBytes, values.length).set(values);
    const gradient = this.#parameters.address(table, 'gradient');
    const parameters = [start + indicesBytes, start, rows.length, this.#widthOf(table), gradient];
    await this.#kernels.run([{ kernel: 'addRows', memory, parameters }]);
    const touched = this.#touched.get(table);
    for (const row of rows) touched?.add(row);
  }

  #widthOf(table: string): number {
    return this.#parameters.place(table).specification.shape[1]!;
  }
}
