// Compiles src/runtime/kernels/kernels.wat into kernels.generated.ts, so that the product carries its kernels without a build step of their own.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import createWabt from 'wabt';

export async function compileKernels() {
  const source = await readFile(new URL('../src/runtime/kernels/kernels.wat', import.meta.url), 'utf8');
  const wabt = await createWabt();
  const module = wabt.parseWat('kernels.wat', source, { simd: true, threads: true });
  return Buffer.from(module.toBinary({}).buffer);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const base64 = (await compileKernels()).toString('base64');
  const text = `// Made from kernels.wat by \`npm run generate:kernels\`; kernel-pool.test.ts checks that the two agree.\nexport const KERNELS_BASE64 =\n  '${base64}';\n`;
  await writeFile(new URL('../src/runtime/kernels/kernels.generated.ts', import.meta.url), text);
}
