/**
 * Freed memory goes back to the system. glibc keeps what is freed, in as many places as threads have asked for memory: after a hundred small samplers
 * that came and went a process held some 50 MB more than it used.
 */
import koffi from 'koffi';

/** Of glibc. Elsewhere the system's allocator does as it likes. The handle is held: koffi unloads a library whose handle is collected. */
let glibc: { readonly handle: unknown; readonly trim: (keep: number) => number } | null | undefined;

function load(): typeof glibc {
  if (process.platform !== 'linux') return null;
  try {
    const handle = koffi.load('libc.so.6');
    return { handle, trim: handle.func('int malloc_trim(size_t keep)') as (keep: number) => number };
  } catch {
    // Another C library.
    return null;
  }
}

/** To be called when much was freed, after ONNX Runtime is loaded: koffi is configured before its first library. */
export function returnFreedMemory(): void {
  glibc ??= load();
  glibc?.trim(0);
}
