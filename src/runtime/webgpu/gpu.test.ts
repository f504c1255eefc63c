/** What is said when a GPU fails: one line for what its user can mend, everything else as it came. */
import { expect, test } from 'vitest';
import { UserError } from '../../foundation/errors.ts';
import { explainComplaint, explainGpuError, explainSessionError } from './gpu.ts';

test.each([
  ['WebGPU device error(2): [Device "GPU"] is lost.', 'the GPU does not answer any more (give the same command again'],
  ['ONNX Runtime, Run: the device was lost: VK_ERROR_DEVICE_LOST', 'the GPU does not answer any more (give the same'],
  ['Failed to download data from buffer. wgpu::MapAsyncStatus value: 3', 'the GPU does not answer any more (give the'],
  ['Failed to wait for the operation:', 'the GPU does not answer any more (give the same command again'],
  ['vkAllocateMemory failed with VK_ERROR_OUT_OF_DEVICE_MEMORY', 'the GPU’s memory is too small: vkAllocateMemory'],
  [
    'ONNX Runtime, Run: Non-zero status code returned while running Gemm node. Status Message: Failed to create a WebGPU compute pipeline: no',
    'the GPU does not work: ONNX Runtime, Run: Non-zero status code',
  ],
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

test('where memory ended and a result does not come, it is memory', () => {
  const error = new Error('Failed to download data from buffer. wgpu::MapAsyncStatus value: 3');
  const complaints = [
    'Non-zero status code returned while running Gemm',
    'WebGPU device error(3): VK_ERROR_OUT_OF_DEVICE_MEMORY',
  ];
  expect(explainGpuError(error, complaints)).toMatchObject({
    message: expect.stringMatching(/^the GPU’s memory is too small: VK_ERROR_OUT_OF_DEVICE_MEMORY \(/) as string,
    cause: error,
  });
});

const lineOf = (error: unknown): string => {
  if (!(error instanceof UserError)) throw error;
  expect(error).toMatchObject({ exitCode: 1, cause: expect.any(Error) as Error });
  return error.message;
};

test('too little memory names what makes batches smaller where sentences are written, and where a model learns', () => {
  expect(lineOf(explainGpuError(new Error('VK_ERROR_OUT_OF_DEVICE_MEMORY')))).toBe(
    'the GPU’s memory is too small: VK_ERROR_OUT_OF_DEVICE_MEMORY (use a smaller batch (a run that writes sentences: --sampling-batch-size, ' +
      'one that trains: --generator-micro-batch or --classifier-micro-batch; pretrain: --micro-batch; export --distil: a lower --memory; other commands: --batch), or choose --device cpu)',
  );
});

test('whatever a driver complains of while it was to compute is said in a line', () => {
  expect(lineOf(explainComplaint('WebGPU device error(2): Invalid ShaderModule\n - While calling'))).toBe(
    'the GPU does not work: Invalid ShaderModule (update the graphics driver, or choose --device cpu)',
  );
  expect(lineOf(explainComplaint('the device was lost'))).toContain('does not answer any more');
});

test('a model that does not load is the driver’s doing, unless the model is wrong', () => {
  expect(lineOf(explainSessionError(new Error('no such feature')))).toBe(
    'the GPU does not work: no such feature (update the graphics driver, or choose --device cpu)',
  );
  const wrong = new Error('ONNX Runtime, CreateSessionFromArray: Op (MatMul) [ShapeInferenceError] Incompatible');
  expect(explainSessionError(wrong)).toBe(wrong);
});
