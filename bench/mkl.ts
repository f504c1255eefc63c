/**
 * MKL, with which PyTorch computes products on a processor, takes its kernels for AVX-512 on Intel's processors alone: on AMD's it computes less than half of what they can. Told
 * that one is Intel's it uses them there as well, and PyTorch is as fast as it can be.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How rows and tables of peers that were told so are marked. */
export const AS_ON_INTEL = 'as on Intel’s';

/** The function of MKL that says so. */
const SOURCE = 'int mkl_serv_intel_cpu_true(void) { return 1; }\n';

/** What a peer's environment needs for it, made with the C compiler that torch.compile needs as well; nothing where the processor is not AMD's. */
export function mklAsOnIntel(): Record<string, string> | undefined {
  if (process.platform !== 'linux') return undefined;
  if (!/^vendor_id\s*: AuthenticAMD$/m.test(readFileSync('/proc/cpuinfo', 'utf8'))) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'dare-mkl-'));
  const [source, library] = [join(folder, 'intel.c'), join(folder, 'libintel.so')];
  writeFileSync(source, SOURCE);
  execFileSync('cc', ['-shared', '-fPIC', '-o', library, source]);
  return { LD_PRELOAD: library };
}
