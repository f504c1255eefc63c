/**
 * The process that `probeGpu` starts: it opens the GPU, has it compute, and prints what it found, a line for all but halves and one more where it has these. A driver that dies of them
 * has said by then that it has the rest.
 */
import { messageOf, UserError } from '../../foundation/errors.ts';
import { CpuDevice } from '../cpu/cpu-device.ts';
import { loadOnnxRuntime } from '../onnxruntime/library.ts';
import type { GpuAnswer } from './probe.ts';
import { agree, tryDevice } from './trial.ts';
import { graphicsDevices } from './vulkan.ts';
import { WebGpuDevice } from './webgpu-device.ts';

/** What numbers of up to some ten may differ by: sums in another order, and halves. */
const [DEVIATION, DEVIATION_OF_HALVES] = [0.001, 0.1];

const tell = (answer: GpuAnswer): Promise<void> =>
  new Promise((resolve) => {
    process.stdout.write(`\n${JSON.stringify(answer)}\n`, () => resolve());
  });

async function answer(): Promise<void> {
  try {
    // It comes first: it sets koffi up, which is possible before the first library only.
    loadOnnxRuntime();
    const device = graphicsDevices()[0] ?? null;
    const expected = await tryDevice(new CpuDevice({ threads: 1 }));
    const gpu = new WebGpuDevice();
    if (!agree(await tryDevice(gpu), expected, DEVIATION)) {
      await tell({ problem: 'it computes wrong numbers' });
      return;
    }
    await tell({ problem: null, device, hasFloat16: false });
    const halves = await tryDevice(new WebGpuDevice({ precision: 'float16' })).catch(() => []);
    if (agree(halves, expected, DEVIATION_OF_HALVES)) await tell({ problem: null, device, hasFloat16: true });
    await gpu.close();
  } catch (error) {
    // What the GPU said, and not what is made of it for people: that is `probeGpu`'s.
    await tell({ problem: messageOf((error instanceof UserError && error.cause) || error) });
  }
}

// Ctrl-C reaches it from the terminal: who asked stops when it has the answer.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => undefined);
await answer();
process.exit(0);
