/**
 * Work that goes on for long, step by step, with another shape in every step: what long-run.ts looks at the memory of. The first step has the largest shape, so that
 * what memory grows by later is not a larger batch than those before.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseModelConfig } from '../src/checkpoint/config.ts';
import type { BertConfig, Gpt2Config, ModelConfig } from '../src/checkpoint/config.ts';
import { writeRandomModel } from '../src/dare/random-model.ts';
import { RandomStream } from '../src/foundation/random.ts';
import { SentenceSampler } from '../src/generation/sentence-sampler.ts';
import type { Graph, Tensor } from '../src/graph/graph.ts';
import { decoderFeeds, encoderFeeds, labelFeeds } from '../src/nn/batch.ts';
import { bertClassifierScoring, bertClassifierTraining } from '../src/nn/bert.ts';
import { gpt2Decoding, gpt2Scoring, gpt2Training } from '../src/nn/gpt2.ts';
import { initialize } from '../src/nn/initialize.ts';
import { openGpt2, specificationsOf } from '../src/nn/model.ts';
import { ADAM_DEFAULTS } from '../src/runtime/device.ts';
import type { Device, Feeds, Parameters, Program } from '../src/runtime/device.ts';
import { splitBatch } from '../src/training/micro-batch.ts';

export interface LongWork {
  step(index: number): Promise<void>;
  dispose(): Promise<void>;
}

export interface WorkSize {
  readonly layers: number;
  readonly hiddenSize: number;
  readonly heads: number;
  readonly vocabulary: number;
  readonly largestBatch: number;
  readonly longest: number;
}
export const SIZES: Record<string, WorkSize> = {
  small: { layers: 4, hiddenSize: 192, heads: 3, vocabulary: 4000, largestBatch: 16, longest: 96 },
  tiny: { layers: 1, hiddenSize: 64, heads: 2, vocabulary: 300, largestBatch: 16, longest: 96 },
};

const CLASSES = 3;

function gpt2Of({ layers, hiddenSize, heads, vocabulary }: WorkSize): Gpt2Config {
  const shape = { n_layer: layers, n_embd: hiddenSize, n_head: heads, vocab_size: vocabulary };
  const config = parseModelConfig({ model_type: 'gpt2', ...shape }, 'bench');
  if (config.model_type !== 'gpt2') throw new Error('unreachable');
  return config;
}

function bertOf({ layers, hiddenSize, heads, vocabulary }: WorkSize): BertConfig {
  const shape = { num_hidden_layers: layers, hidden_size: hiddenSize, num_attention_heads: heads };
  const inner = { intermediate_size: 4 * hiddenSize, vocab_size: vocabulary };
  const config = parseModelConfig({ model_type: 'bert', ...shape, ...inner }, 'bench');
  if (config.model_type !== 'bert') throw new Error('unreachable');
  return config;
}

/** Sequences of any number and length; the first step's are the most and longest. */
function sequencesOf(random: RandomStream, index: number, size: WorkSize): number[][] {
  const { largestBatch, longest, vocabulary } = size;
  const upTo = (least: number, most: number) => (index === 0 ? most : least + random.integer(most - least + 1));
  return Array.from({ length: upTo(1, largestBatch) }, () =>
    Array.from({ length: upTo(2, longest) }, () => random.integer(vocabulary)),
  );
}

const classified = (sequences: readonly number[][]): Feeds => ({
  ...encoderFeeds(
    sequences.map((ids) => ({ ids })),
    0,
  ),
  ...labelFeeds(
    sequences.map(([id]) => id! % CLASSES),
    sequences.map(() => 0.1),
  ),
});

interface Trained {
  readonly config: ModelConfig;
  readonly training: { graph: Graph; loss: Tensor };
  readonly feeds: (sequences: readonly number[][]) => Feeds;
}

/** Every tenth step is an update of two batches, one of them run in parts. */
async function training(device: Device, { config, training: made, feeds }: Trained, size: WorkSize): Promise<LongWork> {
  const { graph, loss } = made;
  const parameters = await device.createParameters(specificationsOf(graph), { trainable: true });
  await initialize(parameters, config, 1);
  const optimizer = { ...ADAM_DEFAULTS, weightDecay: () => 0 };
  const program = await device.createTrainingProgram(graph, loss, parameters, optimizer);
  const random = RandomStream.named(1, 'long run');
  return {
    async step(index) {
      for (let batch = 0; batch < (index % 10 === 0 ? 2 : 1); batch++) {
        const sequences = sequencesOf(random, index, size);
        const all = sequences.map((_, example) => example);
        const lengths = sequences.map((ids) => ids.length);
        for (const { examples, part } of splitBatch(all, batch === 0 ? undefined : 4, lengths)) {
          await program.accumulate(feeds(examples.map((example) => sequences[example]!)), [1, index, batch], part);
        }
      }
      await program.update({ learningRate: 1e-5, maxGradientNorm: 1 });
    },
    async dispose() {
      await program.dispose();
      await parameters.dispose();
    },
  };
}

/** Two models read texts; every tenth step they are loaded anew, as a run does from task to task. */
function scoring(device: Device, size: WorkSize): Promise<LongWork> {
  const [gpt2, bert] = [gpt2Of(size), bertOf(size)];
  const random = RandomStream.named(1, 'long run');
  let held: { program: Program; parameters: Parameters }[] = [];
  const load = async (graph: Graph, config: ModelConfig) => {
    const parameters = await device.createParameters(specificationsOf(graph), { trainable: false });
    await initialize(parameters, config, 1);
    return { parameters, program: await device.createProgram(graph, parameters, { frozen: true }) };
  };
  const dispose = async () => {
    for (const { program, parameters } of held) {
      await program.dispose();
      await parameters.dispose();
    }
    held = [];
  };
  return Promise.resolve({
    async step(index) {
      if (index % 10 === 0) {
        await dispose();
        held = [await load(gpt2Scoring(gpt2), gpt2), await load(bertClassifierScoring(bert, CLASSES), bert)];
      }
      const sequences = sequencesOf(random, index, size);
      await held[0]!.program.run(decoderFeeds(sequences, 1));
      await held[1]!.program.run(classified(sequences));
    },
    dispose,
  });
}

/** A step writes some sentences and lets the cache go; every tenth step is by another sampler, of another batch size. */
async function sampling(device: Device, size: WorkSize): Promise<LongWork> {
  const { largestBatch, longest, vocabulary, layers, hiddenSize, heads } = size;
  const folder = await mkdtemp(join(tmpdir(), 'dare-long-run-'));
  const shape = { layers, hiddenSize, heads, vocabulary, maxLength: 2 * longest };
  await writeRandomModel(folder, { kind: 'gpt2', ...shape, texts: ['severe DISEASE was seen after DRUG .'], seed: 1 });
  const model = await openGpt2(folder);
  await rm(folder, { recursive: true });
  const choice = { temperature: 1, topK: 5, topP: 1, minP: 0, repetitionPenalty: 1 };
  const graph = gpt2Decoding(model.config, choice.topK);
  const parameters = await device.createParameters(specificationsOf(graph), { trainable: false });
  await initialize(parameters, model.config, 1);
  const random = RandomStream.named(1, 'long run');
  let sampler: SentenceSampler | undefined;
  return {
    async step(index) {
      if (index % 10 === 0) {
        await sampler?.dispose();
        const batchSize = index === 0 ? largestBatch : 2 + random.integer(largestBatch - 1);
        const maxTokens = index === 0 ? longest : 2 + random.integer(longest - 1);
        const settings = { ...choice, maxWords: Infinity, maxTokens, batchSize };
        sampler = await SentenceSampler.create(device, model.config, model.tokenizer, parameters, settings);
      }
      const wanted = 1 + random.integer(largestBatch);
      let written = 0;
      for await (const { index: number } of sampler!.sample(0, index, 'long run')) {
        written = number + 1;
        if (written >= wanted) break;
      }
    },
    async dispose() {
      await sampler?.dispose();
      await parameters.dispose();
    },
  };
}

/** By name: how it is begun. */
export const WORK: Record<string, { begin: (device: Device, size: WorkSize) => Promise<LongWork> }> = {
  'GPT-2 training': {
    begin: (device, size) => {
      const config = gpt2Of(size);
      const feeds = (sequences: readonly number[][]) => decoderFeeds(sequences, 0.001);
      return training(device, { config, training: gpt2Training(config), feeds }, size);
    },
  },
  'BERT training': {
    begin: (device, size) => {
      const config = bertOf(size);
      return training(device, { config, training: bertClassifierTraining(config, CLASSES), feeds: classified }, size);
    },
  },
  scoring: { begin: scoring },
  sampling: { begin: sampling },
};
