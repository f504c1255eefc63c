import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeRandomModel } from '../dare/random-model.ts';
import { Monitor } from '../foundation/progress.ts';
import type { Graph } from '../graph/graph.ts';
import { gpt2Decoding } from '../nn/gpt2.ts';
import { loadWeights, openGpt2 } from '../nn/model.ts';
import { CpuDevice } from '../runtime/cpu/cpu-device.ts';
import type { Parameters, Program, ProgramOptions } from '../runtime/device.ts';
import { sampleTexts } from './sample.ts';
import type { SampleOptions } from './sample.ts';
import { SentenceSampler } from './sentence-sampler.ts';

/** Notes how many rows its programs' states have, and whether their weights are laid out for speed. */
class WatchedDevice extends CpuDevice {
  readonly rows: (number | undefined)[] = [];
  readonly frozen: (boolean | undefined)[] = [];

  override async createProgram(graph: Graph, parameters: Parameters, options: ProgramOptions = {}): Promise<Program> {
    const program = await super.createProgram(graph, parameters, options);
    this.frozen.push(options.frozen);
    const createState = program.createState.bind(program);
    program.createState = (bindings) => {
      this.rows.push(bindings.batch);
      return createState(bindings);
    };
    return program;
  }
}

let device: WatchedDevice;
let folder: string;
beforeAll(async () => {
  device = new WatchedDevice({ threads: 1 });
  folder = await mkdtemp(join(tmpdir(), 'dare-sample-'));
  const size = { layers: 1, hiddenSize: 32, heads: 4, vocabulary: 300, maxLength: 64 };
  await writeRandomModel(folder, { kind: 'gpt2', ...size, texts: ['aspirin caused nausea .'], seed: 3 });
});
afterAll(async () => {
  await device.close();
  await rm(folder, { recursive: true });
});

const SETTINGS = { temperature: 1, topK: 5, topP: 1, minP: 0, repetitionPenalty: 1, maxWords: 5, maxTokens: 10 };

async function sample(options: Partial<SampleOptions>): Promise<string[]> {
  const texts: string[] = [];
  const all = { ...SETTINGS, count: 8, seed: 1, prompts: [''], monitor: new Monitor(), ...options };
  for await (const { text } of sampleTexts(device, folder, all)) texts.push(text);
  return texts;
}

test('no more sentences are worked on at once than are asked for, unless it is said how many; they are the same', async () => {
  device.rows.length = 0;
  const [one, eight, asked, hundred] = [
    await sample({ count: 1 }),
    await sample({ count: 8 }),
    await sample({ count: 8, batchSize: 12 }),
    await sample({ count: 100 }),
  ];
  expect(device.rows).toEqual([2, 8, 12, 64]);
  expect(asked).toEqual(eight);
  expect(hundred.slice(0, 8)).toEqual(eight);
  expect(one).toEqual(eight.slice(0, 1));
});

test('a sampler beside a training makes no second copy of the weights, and writes the same', async () => {
  const model = await openGpt2(folder);
  const { parameters } = await loadWeights(device, model, gpt2Decoding(model.config, SETTINGS.topK), {
    trainable: true,
  });
  const sampler = await SentenceSampler.create(device, model.config, model.tokenizer, parameters, SETTINGS, [''], {
    frozen: false,
    wanted: 4,
  });
  expect(device.frozen.at(-1)).toBe(false);
  const texts: string[] = [];
  for await (const { text } of sampler.sample(0, 1, 'sample')) if (texts.push(text) === 4) break;
  await sampler.dispose();
  await parameters.dispose();
  expect(texts).toEqual(await sample({ count: 4 }));
});

test('prompts may be as many as a file has lines', async () => {
  const prompts = new Array<string>(200_000).fill('');
  expect(await sample({ count: 2, prompts })).toEqual(await sample({ count: 2 }));
});
