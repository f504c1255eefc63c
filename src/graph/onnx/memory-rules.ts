/** What the nodes of lowering.ts need of ONNX Runtime's memory on the CPU. */
import type { MemoryRules } from '../memory.ts';

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
