/** What the WebGPU device promises beyond every device's contract: what leaves the GPU inside a step, its masks, and what is said where there is none. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { UserError } from '../../src/foundation/errors.ts';
import { Graph } from '../../src/graph/graph.ts';
import { fill } from '../../src/graph/operators/constant.ts';
import { dropout } from '../../src/graph/operators/dropout.ts';
import { matmul } from '../../src/graph/operators/matmul.ts';
import { sumAll } from '../../src/graph/operators/reduction.ts';
import { multiply } from '../../src/graph/operators/elementwise.ts';
import { isKept } from '../../src/graph/onnx/generated-masks.ts';
import { decoderFeeds, encoderFeeds, entityFeeds, labelFeeds, targetFeeds } from '../../src/nn/batch.ts';
import {
  bertClassifierScoring,
  bertClassifierTraining,
  bertMaskedTraining,
  bertPackedScoring,
  bertPackedTraining,
} from '../../src/nn/bert.ts';
import { gpt2Decoding, gpt2Scoring, gpt2Training } from '../../src/nn/gpt2.ts';
import { packedDecoderFeeds, packedEncoderFeeds } from '../../src/nn/packed-batch.ts';
import { openGpu } from '../../src/runtime/webgpu/gpu.ts';
import { maskKeys } from '../../src/runtime/webgpu/mask-keys.ts';
import { probeGpu } from '../../src/runtime/webgpu/probe.ts';
import { WebGpuDevice } from '../../src/runtime/webgpu/webgpu-device.ts';
import { WebGpuProgram } from '../../src/runtime/webgpu/webgpu-program.ts';
import { WebGpuTrainingProgram } from '../../src/runtime/webgpu/webgpu-training-program.ts';
import { gpuMissing } from '../support/gpu.ts';
import { randomParameters, tinyBert, tinyGpt2 } from '../support/tiny-models.ts';

const ADAMW = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: () => 0.01 };

/** A node's event in ONNX Runtime's profile. */
const nodeEvent = z.object({
  args: z.object({ op_name: z.string(), provider: z.string(), output_size: z.string() }),
});

if (gpuMissing !== undefined) console.log(`the WebGPU device is not tested: ${gpuMissing}`);

describe.skipIf(gpuMissing !== undefined)(`the WebGPU device${gpuMissing ? ` (${gpuMissing})` : ''}`, () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dare-webgpu-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** What ran, from the profiles of a prefix. */
  async function profiledNodes(prefix: string) {
    const nodes: { operator: string; onGpu: boolean; bytes: number }[] = [];
    for (const name of await readdir(folder)) {
      if (!name.startsWith(prefix)) continue;
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

  const sequences = [
    [1, 2, 3, 4, 5],
    [6, 2, 2],
  ];

  /** Shapes and the masks' keys run on the processor; the smallest activation, one row of the stream, has 64 bytes. */
  async function expectOnGpu(prefix: string, fewest: number): Promise<void> {
    const nodes = await profiledNodes(prefix);
    expect(nodes.filter(({ onGpu }) => onGpu).length).toBeGreaterThan(fewest);
    expect(nodes.filter(({ onGpu, bytes }) => !onGpu && bytes > 32)).toEqual([]);
  }

  const encoded = () =>
    encoderFeeds(
      sequences.map((ids) => ({ ids })),
      0,
    );
  /** Two rows, the first of two documents. */
  const packedMasked = () => {
    const predicted = [{ position: 1, label: 4 }];
    const pieces = sequences.map((ids) => ({ ids, predicted }));
    return packedEncoderFeeds([pieces, [{ ids: [3, 1], predicted }]], 8, 0.3, 0);
  };
  const STEPS = {
    'GPT-2': () => {
      const config = tinyGpt2(0.1);
      return { config, ...gpt2Training(config), feeds: decoderFeeds(sequences, 0.1) };
    },
    'GPT-2 with adapters, packed rows and checkpointing': () => {
      const config = tinyGpt2(0.1);
      const lora = { rank: 8, alpha: 16, dropout: 0.1, targets: ['c_attn' as const, 'mlp.c_proj' as const] };
      return {
        config,
        ...gpt2Training(config, { lora, packed: true, checkpointing: true }),
        feeds: packedDecoderFeeds([sequences, [[3, 1]]], 8, 0.1),
      };
    },
    BERT: () => {
      const config = tinyBert(0.1);
      return {
        config,
        ...bertClassifierTraining(config, 3),
        feeds: { ...encoded(), ...labelFeeds([0, 2], [0.5, 0.5]) },
      };
    },
    'BERT that reads entity markers and learns target distributions': () => {
      const config = { ...tinyBert(0.1), classifier_head: 'entity-markers' as const };
      const targets = [
        [0.7, 0.2, 0.1],
        [0.1, 0.1, 0.8],
      ];
      const starts = [
        { head: 1, tail: 3 },
        { head: 2, tail: 1 },
      ];
      return {
        config,
        ...bertClassifierTraining(config, 3, { softTargets: true }),
        feeds: { ...encoded(), ...entityFeeds(starts), ...targetFeeds(targets, 3, [0.5, 0.5]) },
      };
    },
    'masked BERT with packed rows': () => {
      const config = tinyBert(0.1);
      return { config, ...bertPackedTraining(config), feeds: packedMasked() };
    },
    'masked BERT': () => {
      const config = tinyBert(0.1);
      const { labels, labelWeights } = decoderFeeds(sequences, 0.1);
      return {
        config,
        ...bertMaskedTraining(config),
        feeds: { ...encoded(), labels: labels!, labelWeights: labelWeights! },
      };
    },
  };
  test.each(Object.entries(STEPS))(
    'in a training step of %s with dropout nothing of activation size leaves the GPU',
    async (name, make) => {
      const prefix = `training ${name}`;
      const device = new WebGpuDevice({ profilePrefix: join(folder, prefix) });
      const { config, graph, loss, feeds } = make();
      const parameters = await randomParameters(device, graph, config, true);
      const program = await device.createTrainingProgram(graph, loss, parameters, ADAMW);
      // The second batch of an update runs another session, and AdamW two more.
      for (const batch of [1, 2]) await program.accumulate(feeds, ['step', batch]);
      await program.update({ learningRate: 1e-3, maxGradientNorm: 1 });
      if (!(program instanceof WebGpuTrainingProgram)) throw new Error('not the WebGPU device’s');
      program.endProfiling();
      await program.dispose();
      await parameters.dispose();
      await expectOnGpu(prefix, 100);
    },
  );

  /** The places of the best tokens are results, and leave as eight bytes each: for two rows, as much as is let through. */
  const CANDIDATES = 2;
  const EVALUATIONS = {
    'BERT’s classes': () => ({ config: tinyBert(), graph: bertClassifierScoring(tinyBert(), 3), feeds: encoded() }),
    'the classes of a BERT that reads entity markers': () => {
      const config = { ...tinyBert(), classifier_head: 'entity-markers' as const };
      const starts = [
        { head: 1, tail: 3 },
        { head: 2, tail: 1 },
      ];
      return { config, graph: bertClassifierScoring(config, 3), feeds: { ...encoded(), ...entityFeeds(starts) } };
    },
    'hidden words in packed rows': () => ({
      config: tinyBert(),
      graph: bertPackedScoring(tinyBert()),
      feeds: packedMasked(),
    }),
    'GPT-2’s likelihoods': () => ({
      config: tinyGpt2(),
      graph: gpt2Scoring(tinyGpt2(), { withSums: true }),
      feeds: decoderFeeds(sequences, 1),
    }),
    'GPT-2’s likelihoods in packed rows': () => ({
      config: tinyGpt2(),
      graph: gpt2Scoring(tinyGpt2(), { withSums: true, packed: true }),
      feeds: packedDecoderFeeds([sequences, [[3, 1]]], 8, 1),
    }),
    'GPT-2’s next tokens': () => ({
      config: tinyGpt2(),
      graph: gpt2Decoding(tinyGpt2(), CANDIDATES),
      feeds: {
        inputIds: { shape: [2, 1], data: Int32Array.of(1, 2) },
        positionIds: { shape: [2, 1], data: Int32Array.of(0, 0) },
        lastPosition: { shape: [2], data: Int32Array.of(0, 0) },
        lastIndex: { shape: [2], data: Int32Array.of(0, 0) },
        totalLength: { shape: [], data: Int32Array.of(1) },
      },
    }),
  };
  test.each(Object.entries(EVALUATIONS))('nothing of activation size leaves the GPU for %s', async (name, make) => {
    const device = new WebGpuDevice({ profilePrefix: join(folder, name) });
    const { config, graph, feeds } = make();
    const parameters = await randomParameters(device, graph, config, false);
    const program = await device.createProgram(graph, parameters);
    const hasState = graph.inputs.some(({ kind }) => kind === 'state');
    const state = hasState ? await program.createState({ batch: 2, capacity: 12 }) : undefined;
    await program.run(feeds, state);
    if (!(program instanceof WebGpuProgram)) throw new Error('not the WebGPU device’s');
    program.endProfiling();
    await state?.dispose();
    await program.dispose();
    await parameters.dispose();
    await expectOnGpu(name, 20);
  });

  test('a product is scaled before it can overflow: in halves, scores of attention soon would', async () => {
    const device = new WebGpuDevice();
    const graph = new Graph();
    const [a, b] = ['a', 'b'].map((name) => graph.input(name, { shape: [1, 1, 2, 4], type: 'float32' }));
    graph.output('scores', matmul(a!, b!, { transposeB: true, scale: 1e-10 }));
    const parameters = await device.createParameters([], { trainable: false });
    const program = await device.createProgram(graph, parameters);
    const large = { shape: [1, 1, 2, 4], data: new Float32Array(8).fill(1e20) };
    const { scores } = await program.run({ a: large, b: large });
    await program.dispose();
    await parameters.dispose();
    for (const score of scores!.data) expect(score / 4e30).toBeCloseTo(1, 5);
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

  describe('where room fails halfway, all that was made is given back', () => {
    /** What is still held of what `work` asks for, when the GPU has room for so many buffers more. */
    async function heldAfter(room: number, work: () => Promise<unknown>): Promise<number> {
      const gpu = openGpu();
      const held = new Set<bigint>();
      const [allocate, free] = [gpu.allocate.bind(gpu), gpu.free.bind(gpu)];
      const allocating = vi.spyOn(gpu, 'allocate').mockImplementation((...request) => {
        if (held.size === room) throw new Error('VK_ERROR_OUT_OF_DEVICE_MEMORY');
        const buffer = allocate(...request);
        held.add(buffer.handle);
        return buffer;
      });
      const freeing = vi.spyOn(gpu, 'free').mockImplementation((buffer) => {
        held.delete(buffer.handle);
        free(buffer);
      });
      try {
        await expect(work()).rejects.toThrow(/^the GPU’s memory is too small/);
        return held.size;
      } finally {
        allocating.mockRestore();
        freeing.mockRestore();
      }
    }

    test('weights and moments', async () => {
      const device = new WebGpuDevice();
      const specifications = ['x', 'y'].map((name) => ({ name, shape: [1000] }));
      const create = () => device.createParameters(specifications, { trainable: true });
      expect(await heldAfter(2, create)).toBe(0);
      expect(await heldAfter(5, create)).toBe(0);
    });

    test('a state, and gradients', async () => {
      const device = new WebGpuDevice();
      const config = tinyGpt2();
      const decoding = gpt2Decoding(config, CANDIDATES);
      const parameters = await randomParameters(device, decoding, config, true);
      const program = await device.createProgram(decoding, parameters);
      expect(await heldAfter(1, () => program.createState({ batch: 2, capacity: 12 }))).toBe(0);
      const { graph, loss } = gpt2Training(config);
      expect(await heldAfter(3, () => device.createTrainingProgram(graph, loss, parameters, ADAMW))).toBe(0);
      await program.dispose();
      await parameters.dispose();
    });

    test('what an update writes into', async () => {
      const device = new WebGpuDevice();
      // Four for the scalars of a step, and one of the three that a parameter's new numbers are written into; then as many for one of another size.
      for (const room of [5, 8]) {
        const { graph, loss } = gpt2Training(tinyGpt2());
        const parameters = await randomParameters(device, graph, tinyGpt2(), true);
        const program = await device.createTrainingProgram(graph, loss, parameters, ADAMW);
        await program.accumulate(decoderFeeds(sequences, 0.1), ['step']);
        const update = async () => {
          try {
            await program.update({ learningRate: 1e-3, maxGradientNorm: 1 });
          } finally {
            await program.dispose();
            await parameters.dispose();
          }
        };
        expect(await heldAfter(room, update)).toBe(0);
      }
    });
  });

  test('a GPU is known by its name, and a software GPU for what it is', async () => {
    const found = await probeGpu();
    expect(found.name).not.toBe('');
    expect(found.isSoftware).toBe(/SwiftShader|llvmpipe/.test(found.name));
  });
});
