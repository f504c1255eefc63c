/**
 * Where the software GPU's driver is: SwiftShader, a Vulkan driver that computes on the processor, which comes with Debian's `chromium`. Slow, and exact enough
 * to show that the WebGPU device is right. A driver named by VK_DRIVER_FILES is used in its place.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export const CHROMIUM = '/usr/lib/chromium';

/** The driver's file; `undefined` where there is none. */
export function softwareDriver(): string | undefined {
  const driver = process.env.VK_DRIVER_FILES ?? join(CHROMIUM, 'vk_swiftshader_icd.json');
  return process.platform === 'linux' && process.arch === 'x64' && existsSync(driver) ? driver : undefined;
}
