/** What the WebGPU device promises beyond every device's contract: what leaves the GPU inside a step, its masks, and what is said where there is none. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { UserError } from '../../src/foundation/errors.ts';
import { Graph } from '../../src/graph/graph.ts';
import { fill } from '../../src/graph/operators/constant.ts';
import { dropout } from '../../src/graph/operators/dropout.ts';
import { sumAll } from '../../src/graph/operators/reduction.ts';
import { multiply } from '../../src/graph/operators/elementwise.ts';
import { isKept } from '../../src/graph/onnx/generated-masks.ts';
import { decoderFeeds } from '../../src/nn/batch.ts';
import { gpt2Training } from '../../src/nn/gpt2.ts';
import { maskKeys } from '../../src/runtime/webgpu/mask-keys.ts';
import { probeGpu } from '../../src/runtime/webgpu/probe.ts';
import { WebGpuDevice } from '../../src/runtime/webgpu/webgpu-device.ts';
import { WebGpuTrainingProgram } from '../../src/runtime/webgpu/webgpu-training-program.ts';
import { gpuMissing } from '../support/software-gpu.ts';
import { randomParameters, tinyGpt2 } from '../support/tiny-models.ts';

const ADAMW = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: () => 0.01 };

/** A node's event in ONNX Runtime's profile. */
const nodeEvent = z.object({
  args: z.object({ op_name: z.string(), provider: z.string(), output_size: z.string() }),
});

describe.skipIf(gpuMissing !== undefined)(`the WebGPU device${gpuMissing ? ` (${gpuMissing})` : ''}`, () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dare-webgpu-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** What ran, from the profiles written so far. */
  async function profiledNodes() {
    const nodes: { operator: string; onGpu: boolean; bytes: number }[] = [];
    for (const name of await readdir(folder)) {
      const events = JSON.parse(await readFile(join(folder, name), 'utf8')) as unknown[];
      for (const event of events) {
        const { success, data } = nodeEvent.safeParse(event);
        if (!success) continue;
        const { op_name: operator, provider, output_size: bytes } = data.args;
        const onGpu = provider === 'WebGpuExecutionProvider' && !operator.startsWith('Memcpy');
        nodes.push({ operator, onGpu, bytes: Number(bytes) });
      }
    }
    return nodes;
  }

  test('in a training step with dropout nothing of activation size leaves the GPU', async () => {
    const device = new WebGpuDevice({ profilePrefix: join(folder, 'training') });
    const config = tinyGpt2(0.1);
    const { graph, loss } = gpt2Training(config);
    const parameters = await randomParameters(device, graph, config, true);
    const program = await device.createTrainingProgram(graph, loss, parameters, ADAMW);
    await program.accumulate(
      decoderFeeds(
        [
          [1, 2, 3, 4, 5],
          [6, 2, 2],
        ],
        0.1,
      ),
      ['step', 1],
    );
    if (!(program instanceof WebGpuTrainingProgram)) throw new Error('not the WebGPU device’s');
    program.endProfiling();
    await program.dispose();
    await parameters.dispose();

    const nodes = await profiledNodes();
    expect(nodes.filter(({ onGpu }) => onGpu).length).toBeGreaterThan(100);
    // Shapes, and the masks' keys: the smallest activation, one row of the stream, has 64 bytes.
    const elsewhere = nodes.filter(({ onGpu }) => !onGpu);
    expect(elsewhere.filter(({ bytes }) => bytes > 32)).toEqual([]);
  });

  test('a dropout mask is the generator’s, element by element', async () => {
    const device = new WebGpuDevice();
    const graph = new Graph();
    const keep = 0.7;
    const x = graph.parameter('x', [40, 50]);
    const dropped = dropout(multiply(fill(graph, [40, 50], 1), x), 1 - keep, 'here');
    const loss = sumAll(dropped);
    graph.output('dropped', dropped);
    const parameters = await device.createParameters([{ name: 'x', shape: [40, 50] }], { trainable: true });
    await parameters.write('x', new Float32Array(2000).fill(1));
    const program = await device.createTrainingProgram(graph, loss, parameters, ADAMW);
    const { dropped: results } = await program.accumulate({}, ['seed', 3]);
    await program.dispose();
    await parameters.dispose();
    const [first, second] = maskKeys('mask:here', ['seed', 3]);
    const expected = Array.from({ length: 2000 }, (_, index) => isKept(index, [first!, second!], keep));
    expect(Array.from(results!.data, (value) => value > 0)).toEqual(expected);
  });

  test('too little memory is said in one line, and the GPU works on', async () => {
    const device = new WebGpuDevice();
    const tooLarge = device.createParameters([{ name: 'x', shape: [2 ** 20, 2 ** 20] }], { trainable: false });
    await expect(tooLarge).rejects.toThrow(UserError);
    await expect(tooLarge).rejects.toThrow(/^the GPU’s memory is too small: .*\(.*smaller batch.*--device cpu\)$/);
    const parameters = await device.createParameters([{ name: 'x', shape: [3] }], { trainable: false });
    await parameters.write('x', Float32Array.of(1, 2, 3));
    expect(await parameters.read('x')).toEqual(Float32Array.of(1, 2, 3));
    await parameters.dispose();
  });

  test('a software GPU is known for what it is', async () => {
    const found = await probeGpu();
    expect(found.name).toMatch(/SwiftShader|llvmpipe/);
    expect(found.isSoftware).toBe(true);
  });
});
