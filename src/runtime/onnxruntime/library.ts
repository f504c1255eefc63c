/**
 * ONNX Runtime's C API, called through koffi.
 *
 * The shared library comes with npm's onnxruntime-node; its stock binding would copy every output and block the event loop. A C API function
 * is found by its place in the `OrtApi` struct (api-table.generated.ts). A function returns a status: null, or an error that is turned into an
 * exception here. Pointers are bigints; a buffer handed over must be kept referenced by the caller for as long as the library may use it.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import koffi from 'koffi';
import { messageOf, UserError } from '../../foundation/errors.ts';
import type { ArenaStatistics } from './engine.ts';
import { ORT_API_TABLE, ORT_API_VERSION } from './api-table.generated.ts';

/** An address in the library's memory. */
export type Pointer = bigint;
type Argument = Pointer | number | string | NodeJS.ArrayBufferView | null;

/** C signatures of the functions used, without the status that they return. */
const SIGNATURES = {
  CreateEnvWithCustomLogger: 'void *logger, void *parameter, int level, str id, void *out',
  CreateSessionOptions: 'void *out',
  DisableMemPattern: 'void *options',
  SetSessionLogSeverityLevel: 'void *options, int level',
  SetSessionGraphOptimizationLevel: 'void *options, int level',
  SetIntraOpNumThreads: 'void *options, int count',
  SetInterOpNumThreads: 'void *options, int count',
  SetDeterministicCompute: 'void *options, uint8_t value',
  EnableProfiling: 'void *options, str prefix',
  GetAllocatorWithDefaultOptions: 'void *out',
  SessionEndProfiling: 'void *session, void *allocator, void *out',
  AddSessionConfigEntry: 'void *options, str key, str value',
  AddExternalInitializers: 'void *options, void *names, void *values, size_t count',
  CreateArenaCfgV2: 'void *keys, void *values, size_t count, void *out',
  CreateAndRegisterAllocator: 'void *env, void *info, void *settings',
  CreateAllocator: 'void *session, void *info, void *out',
  AllocatorGetStats: 'void *allocator, void *out',
  CreateSessionFromArray: 'void *env, void *data, size_t length, void *options, void *out',
  CreateCpuMemoryInfo: 'int allocator, int type, void *out',
  CreateMemoryInfo: 'str name, int allocator, int device, int type, void *out',
  AllocatorAlloc: 'void *allocator, size_t bytes, void *out',
  AllocatorFree: 'void *allocator, void *memory',
  SessionOptionsAppendExecutionProvider: 'void *options, str name, void *keys, void *values, size_t count',
  CreateTensorWithDataAsOrtValue: 'void *info, void *data, size_t bytes, void *shape, size_t rank, int type, void *out',
  Run: 'void *session, void *options, void *inputNames, void *inputs, size_t inputCount, void *outputNames, size_t outputCount, void *outputs',
} as const;

type FunctionName = keyof typeof SIGNATURES;
const RELEASES = [
  'ReleaseStatus',
  'ReleaseSession',
  'ReleaseValue',
  'ReleaseSessionOptions',
  'ReleaseArenaCfg',
  'ReleaseMemoryInfo',
  'ReleaseAllocator',
  'ReleaseKeyValuePairs',
] as const;
type ReleaseName = (typeof RELEASES)[number];

const LOGGER =
  'void Logger(void *parameter, int severity, const char *category, const char *id, const char *place, const char *message)';

const GROW_BY_POWERS_OF_TWO = 0;
const LARGEST_STEP = 2 ** 28;
const LARGEST_WASTE = 2 ** 16;

interface NativeFunction {
  (...parameters: Argument[]): Pointer | null;
  async: (...parameters: [...Argument[], (error: Error | null, result: Pointer | null) => void]) => void;
}

/** The loaded library. Make it with `loadOnnxRuntime`, once a process. */
export class OnnxRuntime {
  readonly version: string;
  readonly environment: Pointer;
  readonly cpuMemory: Pointer;
  readonly #functions = new Map<string, NativeFunction>();
  readonly #errorMessage: (status: Pointer) => string;
  readonly #keyValue: (pairs: Pointer, key: string) => string | null;
  /** koffi unloads a library whose handle is collected, and the process with it: this holds the handle. */
  readonly handle: unknown;
  readonly #strings = new Map<string, Buffer>();
  /** Called by the library, whose errors would else go to standard error. */
  readonly #logger: Pointer;
  #complaints: string[] = [];

  constructor(path: string, version: string) {
    enlargeStacks();
    const library = koffi.load(path);
    this.handle = library;
    this.version = version;
    const base = library.func('void *OrtGetApiBase()')() as Pointer;
    const [getApi] = koffi.decode(base, 'void *', 2) as [Pointer];
    const api = koffi.call(getApi, koffi.proto('void *OrtGetApi(uint32_t version)'), ORT_API_VERSION) as Pointer | null;
    if (!api) throw new Error(`it does not offer version ${ORT_API_VERSION} of its interface`);
    const table = koffi.decode(api, 'void *', Math.max(...Object.values(ORT_API_TABLE)) + 1) as Pointer[];
    const at = (name: keyof typeof ORT_API_TABLE): Pointer => table[ORT_API_TABLE[name]]!;

    for (const [name, parameters] of Object.entries(SIGNATURES) as [FunctionName, string][]) {
      this.#functions.set(name, koffi.decode(at(name), koffi.proto(`void *${name}(${parameters})`)) as NativeFunction);
    }
    for (const name of RELEASES) {
      this.#functions.set(name, koffi.decode(at(name), koffi.proto(`void ${name}(void *object)`)) as NativeFunction);
    }
    this.#errorMessage = koffi.decode(at('GetErrorMessage'), koffi.proto('str GetErrorMessage(void *status)')) as (
      status: Pointer,
    ) => string;
    this.#keyValue = koffi.decode(at('GetKeyValue'), koffi.proto('str GetKeyValue(void *pairs, str key)')) as (
      pairs: Pointer,
      key: string,
    ) => string | null;
    const ERRORS_ONLY = 3;
    this.#logger = koffi.register(
      (_parameter: unknown, _severity: number, _category: string, _id: string, _place: string, message: string) => {
        this.#complaints.push(message);
      },
      koffi.pointer(koffi.proto(LOGGER)),
    );
    this.environment = this.make('CreateEnvWithCustomLogger', this.#logger, null, ERRORS_ONLY, 'dare');
    const ARENA_ALLOCATOR = 1;
    this.cpuMemory = this.make('CreateCpuMemoryInfo', ARENA_ALLOCATOR, 0);
    this.#shareMemory();
  }

  /**
   * One reserve of memory for the intermediate values of all sessions. Each would keep one of its own otherwise: as much again for
   * every program that ever ran. It grows by what is asked for, in steps of `LARGEST_STEP` at most; by default it would double. A value is given
   * a free stretch that is cut to its size; by default one of nearly twice the size would be given whole.
   */
  #shareMemory(): void {
    const settings = {
      arena_extend_strategy: GROW_BY_POWERS_OF_TWO,
      max_power_of_two_extend_bytes: LARGEST_STEP,
      max_dead_bytes_per_chunk: LARGEST_WASTE,
    };
    const keys = BigUint64Array.from(Object.keys(settings).map((key) => this.string(key)));
    const values = BigUint64Array.from(Object.values(settings).map(BigInt));
    const arena = this.make('CreateArenaCfgV2', keys, values, keys.length);
    this.call('CreateAndRegisterAllocator', this.environment, this.cpuMemory, arena);
    this.release('ReleaseArenaCfg', arena);
  }

  /** What the common reserve of memory holds, asked through a session that uses it. */
  arenaStatistics(session: Pointer): ArenaStatistics {
    const allocator = this.make('CreateAllocator', session, this.cpuMemory);
    const pairs = this.make('AllocatorGetStats', allocator);
    const bytes = (key: string) => Number(this.#keyValue(pairs, key) ?? NaN);
    const statistics = { inUse: bytes('InUse'), peak: bytes('MaxInUse'), reserved: bytes('TotalAllocated') };
    this.release('ReleaseKeyValuePairs', pairs);
    this.release('ReleaseAllocator', allocator);
    return statistics;
  }

  /**
   * What the library has logged as errors since the last call. Some go no other way: a GPU that is out of memory computes nothing, and the call that
   * asked it to succeeds.
   */
  takeComplaints(): string[] {
    const complaints = this.#complaints;
    this.#complaints = [];
    return complaints;
  }

  /** Calls a function. @throws Error with the library's message. */
  call(name: FunctionName, ...parameters: Argument[]): void {
    this.#check(name, this.#functions.get(name)!(...parameters));
  }

  /** Calls a function whose last parameter is where it puts a pointer, and returns the pointer. */
  make(name: FunctionName, ...parameters: Argument[]): Pointer {
    const out = new BigUint64Array(1);
    this.call(name, ...parameters, out);
    return out[0]!;
  }

  /** Calls a function on a thread of its own; the event loop stays free. */
  callAsync(name: FunctionName, ...parameters: Argument[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#functions.get(name)!.async(...parameters, (error, status) => {
        try {
          if (error) throw error;
          this.#check(name, status);
          resolve();
        } catch (problem) {
          reject(problem instanceof Error ? problem : new Error(String(problem)));
        }
      });
    });
  }

  release(name: ReleaseName, object: Pointer): void {
    this.#functions.get(name)!(object);
  }

  /** The address of a zero-terminated copy of a string, which lives as long as the library. */
  string(text: string): Pointer {
    let bytes = this.#strings.get(text);
    if (!bytes) {
      bytes = Buffer.from(`${text}\0`);
      this.#strings.set(text, bytes);
    }
    return koffi.address(bytes);
  }

  #check(name: string, status: Pointer | null): void {
    if (!status) return;
    const message = this.#errorMessage(status);
    this.release('ReleaseStatus', status);
    throw new Error(`ONNX Runtime, ${name}: ${message}`);
  }
}

let stacksAreLarge = false;

/** Running a graph needs more stack than koffi gives to calls. koffi can be told before it loads its first library only. */
function enlargeStacks(): void {
  if (!stacksAreLarge) koffi.config({ ...koffi.config(), sync_stack_size: 16 << 20, async_stack_size: 16 << 20 });
  stacksAreLarge = true;
}

let loaded: OnnxRuntime | undefined;

/**
 * Loads the library that npm's onnxruntime-node carries for this platform.
 * @throws UserError naming the file that is missing or does not load, and what to install.
 */
export function loadOnnxRuntime(): OnnxRuntime {
  loaded ??= openLibrary(findLibrary(installedPackage(), process.platform, process.arch));
  return loaded;
}

/** The file of the library, and its version. */
export interface LibraryFile {
  readonly path: string;
  readonly version: string;
}

/** @throws UserError when the file does not load. */
export function openLibrary({ path, version }: LibraryFile): OnnxRuntime {
  try {
    return new OnnxRuntime(path, version);
  } catch (error) {
    throw new UserError(`ONNX Runtime ${version} does not load: ${messageOf(error)}`, {
      where: path,
      remedy: loadingRemedy(messageOf(error)),
      exitCode: 1,
      cause: error,
    });
  }
}

/** Those that onnxruntime-node has a library for. */
const PLATFORMS = 'Linux or Windows on x64 or arm64, or macOS on arm64';

/** What to do about the dynamic linker's complaint. */
export function loadingRemedy(message: string): string {
  const library = /(lib[\w+.-]+\.so[\w.]*): cannot open/.exec(message)?.[1];
  if (library) return `install the package that holds ${library}`;
  if (/GLIBC|musl|ld-linux/.test(message)) return 'use a Linux with glibc 2.28 or newer (on Alpine: a glibc image)';
  return `reinstall with "npm ci", on ${PLATFORMS}`;
}

/** onnxruntime-node's package.json. @throws UserError when it is not installed. */
function installedPackage(): string {
  try {
    return createRequire(import.meta.url).resolve('onnxruntime-node/package.json');
  } catch (error) {
    throw new UserError('the package onnxruntime-node is not installed', {
      remedy: 'run "npm ci"',
      exitCode: 1,
      cause: error,
    });
  }
}

const FILE_NAMES: Partial<Record<NodeJS.Platform, RegExp>> = {
  linux: /^libonnxruntime\.so\.1$/,
  darwin: /^libonnxruntime\..*dylib$/,
  win32: /^onnxruntime\.dll$/,
};

/**
 * The library inside onnxruntime-node: bin/napi-vN/<platform>/<arch>/.
 * @param packageFile the package's package.json.
 * @throws UserError when it has none for this platform and processor.
 */
export function findLibrary(packageFile: string, platform: NodeJS.Platform, arch: string): LibraryFile {
  const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string };
  const bin = join(dirname(packageFile), 'bin');
  const interfaces = existsSync(bin) ? readdirSync(bin) : [];
  for (const name of interfaces) {
    const folder = join(bin, name, platform, arch);
    const file = existsSync(folder) && readdirSync(folder).find((entry) => FILE_NAMES[platform]?.test(entry));
    if (file) return { path: join(folder, file), version };
  }
  throw new UserError(`ONNX Runtime has no library for ${platform} on ${arch}`, {
    where: bin,
    remedy: `use ${PLATFORMS}, and reinstall with "npm ci"`,
    exitCode: 1,
  });
}
