/** What is said when a GPU fails: one line for what its user can mend, everything else as it came. */
import { expect, test } from 'vitest';
import { explainGpuError } from './gpu.ts';

test.each([
  ['WebGPU device error(2): [Device "GPU"] is lost.', 'the GPU does not answer any more (give the same command again'],
  ['ONNX Runtime, Run: the device was lost: VK_ERROR_DEVICE_LOST', 'the GPU does not answer any more (give the same'],
  ['vkAllocateMemory failed with VK_ERROR_OUT_OF_DEVICE_MEMORY', 'the GPU’s memory is too small: vkAllocateMemory'],
])('%s', (message, said) => {
  const error = explainGpuError(new Error(message));
  expect(error).toMatchObject({ name: 'UserError', exitCode: 1 });
  expect((error as Error).message).toContain(said);
  expect((error as Error).message).toContain('--device cpu');
});

test('what is neither stays as it is', () => {
  const error = new Error('a shape was lost on the way to the device');
  expect(explainGpuError(error)).toBe(error);
});
