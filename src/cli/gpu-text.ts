/** What `dare doctor` says of the GPU: what it is and computes in, or why there is none, and whether `--device auto` chooses it. */
import { describeGpu, isWorthTaking } from '../runtime/webgpu/probe.ts';
import type { Machine } from './machine.ts';

export function gpuText(
  { name, memory, isSoftware, hasFloat16, problem }: Machine['gpu'],
  platform: NodeJS.Platform = process.platform,
): string {
  if (problem !== null || name === null) return `none: ${problem}`;
  const precisions = hasFloat16 ? 'float32 and float16' : 'float32 alone';
  const described = `${describeGpu({ name, memory, isSoftware })}, ${precisions}`;
  if (isWorthTaking({ isSoftware }, platform)) return described;
  return isSoftware
    ? `${described}: --device auto does not choose it`
    : `${described}, or a program on the processor, which nobody tells here: --device auto does not choose it, --device webgpu does`;
}
