import { expect, test } from 'vitest';
import { gpuText } from './gpu-text.ts';

const direct3d = { name: 'the GPU of Direct3D 12', memory: null, isSoftware: null, hasFloat16: false, problem: null };

test('a GPU that auto chooses', () => {
  expect(gpuText({ ...direct3d, name: 'Radeon', memory: 8e9, isSoftware: false, hasFloat16: true }, 'win32')).toBe(
    'Radeon, 8.0 GB, float32 and float16',
  );
  expect(gpuText({ ...direct3d, name: 'the Mac’s GPU' }, 'darwin')).toBe('the Mac’s GPU, float32 alone');
});

test('one that auto does not choose: a program, or on Windows one of which nobody says that it is none', () => {
  expect(gpuText({ ...direct3d, name: 'llvmpipe', isSoftware: true }, 'linux')).toBe(
    'llvmpipe, a program on the processor, float32 alone: --device auto does not choose it',
  );
  expect(gpuText(direct3d, 'win32')).toBe(
    'the GPU of Direct3D 12, float32 alone, or a program on the processor, which nobody tells here: --device auto does not choose it, --device webgpu does',
  );
});

test('none, and why', () => {
  const none = { ...direct3d, name: null, hasFloat16: null, problem: 'no GPU was found' };
  expect(gpuText(none, 'linux')).toBe('none: no GPU was found');
});
