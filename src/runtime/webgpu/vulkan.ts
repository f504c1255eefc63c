/**
 * The graphics devices that Vulkan knows of, asked of its loader: their names, kinds and memory. WebGPU runs on one of them on Linux; ONNX Runtime itself does
 * not tell which, nor whether it is a program on the processor that stands in for one.
 */
import koffi from 'koffi';

export interface GraphicsDevice {
  readonly name: string;
  /** Computed by the processor: right, and slower than the processor's own arithmetic. */
  readonly isSoftware: boolean;
  /** Bytes of its own memory (of the machine's, where it shares that). */
  readonly memory: number;
}

const LOADERS: Partial<Record<NodeJS.Platform, string>> = { linux: 'libvulkan.so.1', win32: 'vulkan-1.dll' };

/** Kinds of devices (VkPhysicalDeviceType) in the order in which WebGPU prefers them: discrete, integrated, virtual, others, on the processor. */
const PREFERENCE = [2, 1, 3, 0, 4];
const ON_PROCESSOR = 4;
const INSTANCE_CREATE_INFO = 1;
/** Of VkPhysicalDeviceProperties. */
const PROPERTIES = { bytes: 1024, type: 16, name: 20, nameBytes: 256 };
/** Of VkPhysicalDeviceMemoryProperties: 16 heaps of a size and flags. */
const MEMORY = { bytes: 1024, heapCount: 260, heaps: 264, heapBytes: 16, deviceLocal: 1 };

/** The devices, the one that WebGPU takes first; none where there is no Vulkan loader. */
export function graphicsDevices(platform: NodeJS.Platform = process.platform): GraphicsDevice[] {
  const loader = LOADERS[platform];
  if (!loader) return [];
  let vulkan: ReturnType<typeof koffi.load>;
  try {
    vulkan = koffi.load(loader);
  } catch {
    return [];
  }
  const createInstance = vulkan.func('int vkCreateInstance(void *info, void *allocator, void *instance)');
  const destroyInstance = vulkan.func('void vkDestroyInstance(void *instance, void *allocator)');
  const enumerate = vulkan.func('int vkEnumeratePhysicalDevices(void *instance, void *count, void *devices)');
  const getProperties = vulkan.func('void vkGetPhysicalDeviceProperties(void *device, void *properties)');
  const getMemory = vulkan.func('void vkGetPhysicalDeviceMemoryProperties(void *device, void *properties)');

  const info = Buffer.alloc(64);
  info.writeUInt32LE(INSTANCE_CREATE_INFO, 0);
  const instance = new BigUint64Array(1);
  if (createInstance(info, null, instance) !== 0) return [];
  const count = new Uint32Array(1);
  enumerate(instance[0], count, null);
  const handles = new BigUint64Array(count[0]);
  enumerate(instance[0], count, handles);
  const found = [...handles].map((handle) => {
    const properties = Buffer.alloc(PROPERTIES.bytes);
    getProperties(handle, properties);
    const name = properties.subarray(PROPERTIES.name, PROPERTIES.name + PROPERTIES.nameBytes).toString('utf8');
    const memory = Buffer.alloc(MEMORY.bytes);
    getMemory(handle, memory);
    const heaps = Array.from({ length: memory.readUInt32LE(MEMORY.heapCount) }, (_, index) => {
      const at = MEMORY.heaps + index * MEMORY.heapBytes;
      const isLocal = (memory.readUInt32LE(at + 8) & MEMORY.deviceLocal) !== 0;
      return isLocal ? Number(memory.readBigUInt64LE(at)) : 0;
    });
    const type = properties.readUInt32LE(PROPERTIES.type);
    return { name: name.slice(0, name.indexOf('\0')), type, memory: Math.max(0, ...heaps) };
  });
  destroyInstance(instance[0], null);
  return found
    .sort((a, b) => PREFERENCE.indexOf(a.type) - PREFERENCE.indexOf(b.type))
    .map(({ name, type, memory }) => ({ name, isSoftware: type === ON_PROCESSOR, memory }));
}
