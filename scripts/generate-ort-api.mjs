// Writes src/runtime/onnxruntime/api-table.generated.ts: the place of each C API function that dare calls in ONNX Runtime's `OrtApi` struct.
//   node scripts/generate-ort-api.mjs path/to/onnxruntime_c_api.h
// Take the header of the onnxruntime-node version in package.json (include/onnxruntime/core/session/ in the ONNX Runtime sources). The struct only
// ever grows at its end, so the places stay; the version asked for when loading is the one written here.
import { readFile, writeFile } from 'node:fs/promises';

const USED = [
  'GetErrorMessage',
  'CreateEnvWithCustomLogger',
  'CreateSessionFromArray',
  'Run',
  'CreateSessionOptions',
  'DisableMemPattern',
  'SetSessionLogSeverityLevel',
  'SetSessionGraphOptimizationLevel',
  'SetIntraOpNumThreads',
  'SetInterOpNumThreads',
  'EnableProfiling',
  'SessionEndProfiling',
  'CreateTensorWithDataAsOrtValue',
  'CreateCpuMemoryInfo',
  'CreateMemoryInfo',
  'CreateAllocator',
  'AllocatorAlloc',
  'AllocatorFree',
  'SessionOptionsAppendExecutionProvider',
  'AddSessionConfigEntry',
  'AddExternalInitializers',
  'SetDeterministicCompute',
  'GetAllocatorWithDefaultOptions',
  'CreateArenaCfgV2',
  'CreateAndRegisterAllocator',
  'AllocatorGetStats',
  'GetKeyValue',
  'ReleaseStatus',
  'ReleaseSession',
  'ReleaseValue',
  'ReleaseSessionOptions',
  'ReleaseArenaCfg',
  'ReleaseMemoryInfo',
  'ReleaseAllocator',
  'ReleaseKeyValuePairs',
];

const header = await readFile(process.argv[2], 'utf8');
const version = Number(/#define ORT_API_VERSION (\d+)/.exec(header)?.[1]);
const body = header.slice(header.indexOf('struct OrtApi {'));
// Members come as `OrtStatus*(ORT_API_CALL* Name)(`, ORT_API2_STATUS(Name, …), ORT_API_T(type, Name, …), ORT_CLASS_RELEASE(Type) or plain function
// pointers.
const member =
  /ORT_API2_STATUS\(\s*(\w+)|ORT_API_T\(\s*[\w\s*]+,\s*(\w+)|ORT_CLASS_RELEASE2?\(\s*(\w+)|ORT_API_CALL\s*\*\s*(\w+)\s*\)/g;
const names = [...body.slice(0, body.indexOf('\n};')).matchAll(member)].map(
  (m) => m[1] ?? m[2] ?? (m[3] && `Release${m[3]}`) ?? m[4],
);
const table = USED.map((name) => [name, names.indexOf(name)]);
const missing = table.filter(([, index]) => index < 0);
if (missing.length) throw new Error(`not in the header: ${missing.map(([name]) => name).join(', ')}`);
await writeFile(
  new URL('../src/runtime/onnxruntime/api-table.generated.ts', import.meta.url),
  `// Made by scripts/generate-ort-api.mjs from onnxruntime_c_api.h.\n` +
    `export const ORT_API_VERSION = ${version};\n` +
    `export const ORT_API_TABLE = {\n${table.map(([name, index]) => `  ${name}: ${index},`).join('\n')}\n} as const;\n`,
);
