/** The process that `probeGpu` starts: it opens the GPU, has it compute, and prints what it found as its last line. */
import { messageOf } from '../../foundation/errors.ts';
import { loadOnnxRuntime } from '../onnxruntime/library.ts';
import { Gpu } from './gpu.ts';
import type { GpuAnswer } from './probe.ts';
import { graphicsDevices } from './vulkan.ts';

/** A GPU that works gives back what it was given. */
async function ask(): Promise<GpuAnswer> {
  try {
    // It comes first: it sets koffi up, which is possible before the first library only.
    loadOnnxRuntime();
    const [device] = graphicsDevices();
    const gpu = new Gpu();
    const sent = Float32Array.from({ length: 256 }, (_, index) => index / 7);
    const buffer = gpu.allocate(sent.length);
    await gpu.upload(sent, buffer);
    const received = await gpu.download(buffer);
    if (received.some((value, index) => value !== sent[index])) return { problem: 'it computes wrong numbers' };
    return { problem: null, device: device ?? null };
  } catch (error) {
    return { problem: messageOf(error) };
  }
}

const answer = await ask();
process.stdout.write(`\n${JSON.stringify(answer)}\n`, () => process.exit(0));
