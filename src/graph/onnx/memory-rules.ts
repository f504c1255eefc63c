/** What the nodes of the lowering tables need of ONNX Runtime's memory. */
import type { MemoryRules } from '../memory.ts';

/** On the processor. */
export const CPU_MEMORY: MemoryRules = {
  views: new Set(['reshape', 'after']),
  workspace: ({ operator, inputs: [first], outputs: [output], attributes }, bytes) => {
    switch (operator) {
      case 'gemm':
        // Its first operand's transposed copy.
        return attributes.transposeA === true ? bytes(first!) : 0;
      case 'applyMask':
        // The mask as floats.
        return bytes(output!);
      case 'placeRows':
        // The zeros that are written into.
        return bytes(output!);
      default:
        return 0;
    }
  },
};

/**
 * Sizes in bytes in which the WebGPU provider hands out memory (its `BucketCacheManager`): a buffer has the next one up, or as many bytes as it needs where it needs more than the
 * last.
 */
const BUFFER_SIZES = [
  ...[64, 128, 256, 512, 2048, 4096, 8192, 16384, 32768, 65536, 131072, 262144, 524288, 1048576, 2097152, 4194304],
  ...[8388608, 12582912, 16777216, 26214400, 33554432, 44236800, 58982400, 67108864, 134217728, 167772160],
];
const SMALLEST_STEP = 16;

/** What a buffer of so many bytes takes of a GPU. */
export const gpuRoom = (bytes: number): number =>
  BUFFER_SIZES.find((size) => size >= bytes) ?? SMALLEST_STEP * Math.ceil(bytes / SMALLEST_STEP);

/** On a GPU, which keeps what was given back for values of the same size. */
export const GPU_MEMORY: MemoryRules = { ...CPU_MEMORY, room: gpuRoom };
