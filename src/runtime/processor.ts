/** The processor's name, which says what arithmetic results come from: rounding differs between instruction sets. */
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/**
 * With what tells it from others of that name where it has no number: a virtual machine's "AMD EPYC" may be of any generation, with AVX-512 or without,
 * and rounds and computes accordingly.
 * @param information the text of /proc/cpuinfo, where there is one.
 * @example
 * processorName() // 'AMD EPYC (family 26, model 2; AVX-512)'
 */
export function processorName(model = cpus()[0]?.model, information = processorInformation): string {
  const name = model?.trim() ?? 'unknown processor';
  if (/\d/.test(name)) return name;
  const text = information();
  const valueOf = (key: string) => new RegExp(`^${key}\\s*: (.*)$`, 'm').exec(text)?.[1];
  const [family, number, flags] = [valueOf('cpu family'), valueOf('model'), valueOf('flags')];
  if (family === undefined || number === undefined) return name;
  const widest = [
    ['avx512f', 'AVX-512'],
    ['avx2', 'AVX2, no AVX-512'],
  ].find(([flag]) => flags?.split(' ').includes(flag!));
  return `${name} (family ${family}, model ${number}${widest ? `; ${widest[1]}` : ''})`;
}

/** Empty where the system has none. */
function processorInformation(): string {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return '';
  }
}
