/** The process that `probeGpu` starts: it opens the GPU, has it compute, and prints what it found as its last line. */
import { messageOf, UserError } from '../../foundation/errors.ts';
import type { Precision } from '../../graph/onnx/precision.ts';
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
    const returned = async (precision: Precision): Promise<Float32Array> => {
      const buffer = gpu.allocate(sent.length, precision);
      await gpu.upload(sent, buffer);
      return gpu.download(buffer);
    };
    const received = await returned('float32');
    if (received.some((value, index) => value !== sent[index])) return { problem: 'it computes wrong numbers' };
    const halves = await returned('float16').catch(() => undefined);
    const hasFloat16 = halves?.every((value, index) => Math.abs(value - sent[index]!) <= sent[index]! / 1024) ?? false;
    return { problem: null, device: device ?? null, hasFloat16 };
  } catch (error) {
    // What the GPU said, and not what is made of it for people: that is `probeGpu`'s.
    return { problem: messageOf((error instanceof UserError && error.cause) || error) };
  }
}

const answer = await ask();
process.stdout.write(`\n${JSON.stringify(answer)}\n`, () => process.exit(0));
