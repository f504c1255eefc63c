/** A device that notes how many rows its programs are run on at once. */
import { CpuDevice } from '../../src/runtime/cpu/cpu-device.ts';
import type { Device, Feeds, Program } from '../../src/runtime/device.ts';

export class WatchedDevice extends CpuDevice {
  /** Rows of each run, in order. */
  rows: number[] = [];
  readonly #rowsOf: (feeds: Feeds) => number;

  constructor(rowsOf: (feeds: Feeds) => number) {
    super({ threads: 1 });
    this.#rowsOf = rowsOf;
  }

  override async createProgram(...options: Parameters<Device['createProgram']>): Promise<Program> {
    const program = await super.createProgram(...options);
    const run = program.run.bind(program);
    program.run = (feeds, state) => {
      this.rows.push(this.#rowsOf(feeds));
      return run(feeds, state);
    };
    return program;
  }
}
