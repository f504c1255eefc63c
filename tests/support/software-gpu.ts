/** Makes the software GPU (software-driver.ts) the one that ONNX Runtime finds in this process, and in those started from it. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import koffi from 'koffi';
import { CHROMIUM, softwareDriver } from './software-driver.ts';
import { loadOnnxRuntime } from '../../src/runtime/onnxruntime/library.ts';

const LOADER = 'libvulkan.so.1';

/** koffi unloads a library whose handle is collected. */
let loader: unknown;

/** Why the WebGPU device cannot be tested here; `undefined` where it can. */
export const gpuMissing: string | undefined = prepare();

function prepare(): string | undefined {
  const driver = softwareDriver();
  if (!driver) return 'no software Vulkan: install Debian’s chromium, or name a driver by VK_DRIVER_FILES';
  process.env.VK_DRIVER_FILES = driver;
  process.env.XDG_RUNTIME_DIR ??= tmpdir();
  // For processes started from here.
  process.env.LD_LIBRARY_PATH ??= CHROMIUM;
  // It sets koffi up, which is possible before the first library only.
  loadOnnxRuntime();
  // ONNX Runtime looks for the loader by its name, and finds it where it is loaded already.
  for (const path of [LOADER, join(CHROMIUM, LOADER)]) {
    try {
      loader ??= koffi.load(path);
      return undefined;
    } catch {
      // Not here; perhaps at the other place.
    }
  }
  return `no Vulkan loader (${LOADER}): install libvulkan1`;
}
