/**
 * Tokens a second when writing sentences with GPT-2 124M (random weights), as one JSON line.
 *
 *   tsx bench/generate.ts --vocabulary GPT2_VOCABULARY --batch 8,16,32,64 --new-tokens 64 --rounds 3 [--until-slower]
 *
 * As the peer (peers/generate.py) does it: top-k 5, temperature 1, from <|endoftext|>, every sentence as long as asked for. A round is a sentence
 * for every place of the batch; the first one warms up. With `auto` the batch is what the product chooses. --until-slower ends when
 * two batch sizes have followed the fastest one.
 */
import { parseArgs } from 'node:util';
import { parseModelConfig } from '../src/checkpoint/config.ts';
import { SentenceSampler } from '../src/generation/sentence-sampler.ts';
import { chooseBatch, FEWEST_ROWS } from '../src/generation/sampling-batch.ts';
import { gpt2Decoding } from '../src/nn/gpt2.ts';
import { initialize } from '../src/nn/initialize.ts';
import { specificationsOf } from '../src/nn/model.ts';
import { loadTokenizer } from '../src/text/load-tokenizer.ts';
import { openBenchDevice } from './bench-device.ts';

const { values } = parseArgs({
  options: {
    vocabulary: { type: 'string', default: '' },
    batch: { type: 'string', default: 'auto' },
    'until-slower': { type: 'boolean', default: false },
    'new-tokens': { type: 'string', default: '64' },
    rounds: { type: 'string', default: '3' },
    device: { type: 'string', default: 'cpu' },
    precision: { type: 'string', default: 'float32' },
    threads: { type: 'string', default: '2' },
  },
});
const maxTokens = Number(values['new-tokens']);
const config = parseModelConfig({ model_type: 'gpt2' }, 'bench');
if (config.model_type !== 'gpt2') throw new Error('unreachable');
const tokenizer = await loadTokenizer(values.vocabulary);
const device = await openBenchDevice(values.device, { threads: Number(values.threads), precision: values.precision });
const place = { memory: device.memory, isOnGpu: device.name === 'webgpu' };
const choice = { temperature: 1, topK: 5, topP: 1, minP: 0, repetitionPenalty: 1 };
const parameters = await device.createParameters(specificationsOf(gpt2Decoding(config, choice.topK)), {
  trainable: false,
});
await initialize(parameters, config, 1);

const batches: { batch: number; seconds: number; tokens: number; tokensPerSecond: number }[] = [];
for (const asked of values.batch.split(',')) {
  const batchSize = asked === 'auto' ? chooseBatch(config, 1 + maxTokens, place) : Number(asked);
  // The sampler writes no fewer than two sentences at once: of these one is wanted where one is asked for.
  const rows = Math.max(FEWEST_ROWS, batchSize);
  const settings = { ...choice, maxWords: Infinity, maxTokens, batchSize: rows };
  const sampler = await SentenceSampler.create(device, config, tokenizer, parameters, settings);
  let sentences = 0;
  let tokens = 0;
  let start = 0;
  for await (const sentence of sampler.sample(0, 1, 'bench')) {
    sentences++;
    if (sentences > rows) tokens += (sentence.tokens * batchSize) / rows;
    if (sentences === rows) start = performance.now();
    if (sentences === rows * (1 + Number(values.rounds))) break;
  }
  const seconds = (performance.now() - start) / 1000;
  await sampler.dispose();
  batches.push({ batch: batchSize, seconds, tokens, tokensPerSecond: tokens / seconds });
  const fastest = Math.max(...batches.map(({ tokensPerSecond }) => tokensPerSecond));
  const isOver = batches.slice(-2).every(({ tokensPerSecond }) => tokensPerSecond < fastest);
  if (values['until-slower'] && isOver) break;
}
console.log(JSON.stringify({ peer: 'dare', batches, peakRssBytes: process.resourceUsage().maxRSS * 1024 }));
await parameters.dispose();
await device.close();
