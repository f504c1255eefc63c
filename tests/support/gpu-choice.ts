/**
 * Which GPU the tests of the WebGPU device use, by the environment variable DARE_TEST_GPU:
 *
 * - `software`, the default: SwiftShader, a Vulkan driver that computes on the processor, which comes with Debian's `chromium`. Slow, and exact enough to show that
 *   the WebGPU device is right. A driver named by VK_DRIVER_FILES is used in its place. Without one the tests are skipped.
 * - `real`: the card that this machine has, as `--device webgpu` finds it. Without one the tests fail.
 * - `none`: no GPU is tested.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export const CHROMIUM = '/usr/lib/chromium';

export type GpuChoice =
  | { readonly kind: 'software'; readonly driver: string }
  | { readonly kind: 'real' }
  | { readonly kind: 'none'; readonly reason: string };

/** @throws Error when the variable says something else. */
export function gpuChoice(): GpuChoice {
  const wanted = process.env.DARE_TEST_GPU ?? 'software';
  if (wanted === 'real') return { kind: 'real' };
  if (wanted === 'none') return { kind: 'none', reason: 'DARE_TEST_GPU=none' };
  if (wanted !== 'software') throw new Error(`DARE_TEST_GPU is "${wanted}": software, real or none`);
  const driver = process.env.VK_DRIVER_FILES ?? join(CHROMIUM, 'vk_swiftshader_icd.json');
  if (process.platform === 'linux' && process.arch === 'x64' && existsSync(driver)) return { kind: 'software', driver };
  const reason =
    'no software Vulkan: install Debian’s chromium, name a driver by VK_DRIVER_FILES, or say DARE_TEST_GPU=real for this machine’s GPU';
  return { kind: 'none', reason };
}
