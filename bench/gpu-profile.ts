/**
 * Where a training step's time goes on a GPU, from ONNX Runtime's traces: it has the GPU's own clock read before and after every kernel. What the
 * kernels do not take of a step is the processor's: it gives the GPU its work, and waits where a result must come back.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { dare } from './measure.ts';

export const gpuProfileSchema = z.object({
  /** Milliseconds of kernels in a step, by operator. */
  kernels: z.record(z.string(), z.number()),
  /** Kernels that are started in a step. */
  launches: z.number(),
});
export type GpuProfile = z.infer<typeof gpuProfileSchema>;

const eventSchema = z.looseObject({
  cat: z.string().optional(),
  name: z.string().optional(),
  dur: z.number().optional(),
});

/** Kernels have names such as `&Gemm&Gemm`: the node's, where it has one, the operator's, and the shader's. */
const operatorOf = (name: string): string => name.split('&')[1] ?? name;

/**
 * @param traces ONNX Runtime's, as text, of all sessions of a training.
 * @param steps how many steps they hold.
 */
export function kernelsIn(traces: readonly string[], steps: number): GpuProfile {
  const kernels: Record<string, number> = {};
  let launches = 0;
  for (const trace of traces) {
    for (const { cat, name, dur = 0 } of z.array(eventSchema).parse(JSON.parse(trace))) {
      if (cat !== 'Api' || name === undefined) continue;
      const operator = operatorOf(name);
      kernels[operator] = (kernels[operator] ?? 0) + dur / 1000 / steps;
      launches += 1 / steps;
    }
  }
  return { kernels, launches };
}

/** @param args of bench/train-step.ts, with neither `--steps` nor `--warmup`. */
export function measureGpuProfile(args: readonly string[]): GpuProfile {
  const folder = mkdtempSync(join(tmpdir(), 'dare-gpu-profile-'));
  try {
    dare('train-step', ...args, '--steps', '2', '--warmup', '1', '--profile', join(folder, 'trace'));
    const traces = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
    return kernelsIn(traces, 3);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
