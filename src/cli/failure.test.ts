/** How failures are told. */
import { expect, test } from 'vitest';
import { describeFailure } from './failure.ts';

test.each([
  'ONNX Runtime, Run: Non-zero status code returned while running Gemm node: Failed to allocate memory for requested buffer of size 823132160',
  'ONNX Runtime, CreateSessionFromArray: std::bad_alloc',
  'Array buffer allocation failed',
])('running out of memory is said in a line: %s', (message) => {
  const { message: line, exitCode } = describeFailure(new Error(message));
  expect(line).toMatch(
    /^dare: the memory is used up \(give --workers 1, a smaller --batch or --micro-batch, or a lower --memory .*\)\n$/,
  );
  expect(exitCode).toBe(1);
});
