// Compiles src/runtime/kernels/kernels.wat into kernels.generated.ts, so that the product carries its kernels without a build step of their own.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import createWabt from 'wabt';

/** @param shared whether the memory that they work on is shared between threads. */
export async function compileKernels({ shared }) {
  const source = await readFile(new URL('../src/runtime/kernels/kernels.wat', import.meta.url), 'utf8');
  const wabt = await createWabt();
  const text = shared ? source : source.replace(/(\(memory 1 \d+) shared\)/, '$1)');
  const module = wabt.parseWat('kernels.wat', text, { simd: true, threads: true });
  return Buffer.from(module.toBinary({}).buffer);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const base64 = async (shared) => (await compileKernels({ shared })).toString('base64');
  const text = `// Made from kernels.wat by \`npm run generate:kernels\`; kernels.test.ts checks that the two agree.
export const KERNELS_BASE64 =
  '${await base64(true)}';
/** The same for memory of one thread alone. */
export const UNSHARED_KERNELS_BASE64 =
  '${await base64(false)}';
`;
  await writeFile(new URL('../src/runtime/kernels/kernels.generated.ts', import.meta.url), text);
}
