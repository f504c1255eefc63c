/** Makes the GPU of the tests (gpu-choice.ts) the one that ONNX Runtime finds in this process, and in those started from it. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import koffi from 'koffi';
import { loadOnnxRuntime } from '../../src/runtime/onnxruntime/library.ts';
import { probeGpu } from '../../src/runtime/webgpu/probe.ts';
import { CHROMIUM, gpuChoice } from './gpu-choice.ts';

const LOADER = 'libvulkan.so.1';

/** koffi unloads a library whose handle is collected. */
let loader: unknown;

/** Why the WebGPU device cannot be tested here; `undefined` where it can. */
export const gpuMissing: string | undefined = await prepare();

/** @throws Error when a real GPU is asked for and none is there. */
async function prepare(): Promise<string | undefined> {
  const choice = gpuChoice();
  if (choice.kind === 'none') return choice.reason;
  if (choice.kind === 'real') {
    const { name, isSoftware } = await probeGpu();
    if (isSoftware) throw new Error(`DARE_TEST_GPU=real: what answers is ${name}, a program on the processor`);
    return undefined;
  }
  process.env.VK_DRIVER_FILES = choice.driver;
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
