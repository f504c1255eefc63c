/**
 * Seconds for one training step (forward, backward, AdamW; dropout 0.1, attention weights included), as one JSON line.
 *
 *   tsx bench/train-step.ts bert-base|bert-large|bert-tiny|gpt2 --batch 8 --length 128 --steps 6 --warmup 2 [--profile PREFIX]
 *   tsx bench/train-step.ts gpt2 --layers 36 --hidden 1280 --heads 20 --batch 4 --accumulation 2 [--checkpointing] [--lora-rank 8]
 *   tsx bench/train-step.ts gpt2 --layers 4 --hidden 256 --heads 4 --vocabulary 8000 --packed --batch 32
 *   tsx bench/train-step.ts bert-large --batch 32 --device webgpu
 */
import { parseArgs } from 'node:util';
import { parseModelConfig } from '../src/checkpoint/config.ts';
import { bertClassifierTraining } from '../src/nn/bert.ts';
import { decoderFeeds, encoderFeeds, labelFeeds, predictedTokens } from '../src/nn/batch.ts';
import { gpt2Training } from '../src/nn/gpt2.ts';
import { isAdapter, loraSettingsSchema } from '../src/nn/lora.ts';
import { packedDecoderFeeds } from '../src/nn/packed-batch.ts';
import { initialize } from '../src/nn/initialize.ts';
import { CpuTrainingProgram } from '../src/runtime/cpu/cpu-training-program.ts';
import { WebGpuTrainingProgram } from '../src/runtime/webgpu/webgpu-training-program.ts';
import type { Results } from '../src/runtime/device.ts';
import { trainingMemory } from '../src/runtime/training-memory.ts';
import { RandomStream } from '../src/foundation/random.ts';
import { ADAM_DEFAULTS } from '../src/runtime/device.ts';
import { openBenchDevice } from './bench-device.ts';
import { median } from './measure.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    batch: { type: 'string', default: '8' },
    length: { type: 'string', default: '128' },
    steps: { type: 'string', default: '6' },
    warmup: { type: 'string', default: '2' },
    device: { type: 'string', default: 'cpu' },
    threads: { type: 'string', default: '2' },
    dropout: { type: 'string', default: '0.1' },
    profile: { type: 'string' },
    // Another GPT-2 than the 124M one, and whether rows hold several documents.
    layers: { type: 'string', default: '12' },
    hidden: { type: 'string', default: '768' },
    heads: { type: 'string', default: '12' },
    vocabulary: { type: 'string', default: '50257' },
    packed: { type: 'boolean', default: false },
    // Batches of an update; the memory of large models.
    accumulation: { type: 'string', default: '1' },
    checkpointing: { type: 'boolean', default: false },
    'lora-rank': { type: 'string' },
  },
});
const model = positionals[0] ?? 'bert-base';
const [batch, length] = [Number(values.batch), Number(values.length)];
const dropout = Number(values.dropout);
const random = RandomStream.named(1, 'bench');
const device = await openBenchDevice(values.device, {
  threads: Number(values.threads),
  ...(values.profile && { profilePrefix: values.profile }),
});

const BERT_SHAPES: Record<string, object> = {
  'bert-base': {},
  'bert-tiny': {
    hidden_size: 128,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    intermediate_size: 512,
    vocab_size: 1000,
  },
  'bert-large': { hidden_size: 1024, num_hidden_layers: 24, num_attention_heads: 16, intermediate_size: 4096 },
};
const isGpt2 = model === 'gpt2';
if (!isGpt2 && !BERT_SHAPES[model]) throw new Error(`${model}: bert-base, bert-large, bert-tiny or gpt2`);
const config = parseModelConfig(
  isGpt2
    ? {
        model_type: 'gpt2',
        n_layer: Number(values.layers),
        n_embd: Number(values.hidden),
        n_head: Number(values.heads),
        vocab_size: Number(values.vocabulary),
        embd_pdrop: dropout,
        attn_pdrop: dropout,
        resid_pdrop: dropout,
      }
    : {
        model_type: 'bert',
        ...BERT_SHAPES[model],
        hidden_dropout_prob: dropout,
        attention_probs_dropout_prob: dropout,
      },
  'bench',
);
const sequences = Array.from({ length: batch }, () => Array.from({ length }, () => random.integer(config.vocab_size)));
/** The same rows as two documents each. */
const halves = sequences.map((ids) => [ids.slice(0, length >> 1), ids.slice(length >> 1)]);
const LABELS = 3;
const feeds =
  config.model_type === 'gpt2'
    ? values.packed
      ? packedDecoderFeeds(halves, length, 1 / predictedTokens(halves.flat()))
      : decoderFeeds(sequences, 1 / predictedTokens(sequences))
    : {
        ...encoderFeeds(
          sequences.map((ids) => ({ ids })),
          0,
        ),
        ...labelFeeds(
          sequences.map(() => random.integer(LABELS)),
          sequences.map(() => 1 / batch),
        ),
      };
const lora = values['lora-rank'] ? loraSettingsSchema.parse({ rank: Number(values['lora-rank']) }) : undefined;
const { checkpointing } = values;
const build = () =>
  config.model_type === 'gpt2'
    ? gpt2Training(config, { packed: values.packed, checkpointing, lora })
    : bertClassifierTraining(config, LABELS, { checkpointing });
const trainable = lora ? isAdapter : () => true;
const place = { isOnGpu: device.name === 'webgpu', accumulates: Number(values.accumulation) > 1 };
const estimate = trainingMemory(build(), trainable)({ batch, sequence: length }, undefined, place);
const { graph, loss } = build();
const specifications = graph.parameters().map(({ name, shape }) => ({ name, shape: shape.map(Number) }));
const parameters = await device.createParameters(specifications, { trainable });
await initialize(parameters, config, 1);
const program = await device.createTrainingProgram(graph, loss, parameters, {
  ...ADAM_DEFAULTS,
  weightDecay: () => 0.01,
});

const seconds: number[] = [];
const updates: number[] = [];
const losses: number[] = [];
for (let step = 0; step < Number(values.warmup) + Number(values.steps); step++) {
  const start = performance.now();
  let results: Results = {};
  for (let part = 0; part < Number(values.accumulation); part++) {
    results = await program.accumulate(feeds, [1, 'bench', step, part]);
  }
  const middle = performance.now();
  await program.update({ learningRate: 1e-5, maxGradientNorm: Infinity });
  if (step >= Number(values.warmup)) {
    seconds.push((performance.now() - start) / 1000);
    updates.push((performance.now() - middle) / 1000);
  }
  losses.push(results.loss!.data[0]!);
}
const canProfile = program instanceof CpuTrainingProgram || program instanceof WebGpuTrainingProgram;
if (values.profile && canProfile) program.endProfiling();
console.log(
  JSON.stringify({
    peer: 'dare',
    model,
    batch,
    length,
    dropout,
    device: device.description,
    parameters: specifications.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0),
    stepSeconds: { median: median(seconds), min: Math.min(...seconds), each: seconds },
    updateSeconds: median(updates),
    losses,
    estimatedBytes: estimate.total,
    ...(program instanceof CpuTrainingProgram && { arena: program.arenaStatistics() }),
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
  }),
);
await program.dispose();
await parameters.dispose();
await device.close();
