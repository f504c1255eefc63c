/**
 * Seconds for a share of an epoch of fine-tuning BERT-base on masked corpus sentences, at their natural lengths, as one JSON line.
 *
 *   tsx bench/epoch.ts prepare --corpus CDR --vocabulary FOLDER --out DATA     writes DATA/train.jsonl and DATA/tokenizer
 *   tsx bench/epoch.ts train --data DATA --every 10                            trains on every tenth batch
 *
 * The share is taken of the batches of a whole epoch, every tenth of them by size: how well sentences of like length are put together depends on how many
 * there are. The peers (peers/epoch.py) do the same with the batches that they make of the same file: 32 sentences of at most 128 tokens, dropout 0.1, AdamW,
 * clipping at 1.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { parseModelConfig } from '../src/checkpoint/config.ts';
import { maskExample } from '../src/corpus/masking.ts';
import { ENTITY_PLACEHOLDERS } from '../src/corpus/placeholders.ts';
import { readCorpus } from '../src/corpus/corpus.ts';
import { readAllJsonLines, writeJsonLines } from '../src/foundation/json-lines.ts';
import { RandomStream } from '../src/foundation/random.ts';
import { classifierInput } from '../src/classification/classifier-input.ts';
import { encoderFeeds, labelFeeds } from '../src/nn/batch.ts';
import { bertClassifierTraining } from '../src/nn/bert.ts';
import { initialize } from '../src/nn/initialize.ts';
import { specificationsOf } from '../src/nn/model.ts';
import { CpuDevice } from '../src/runtime/cpu/cpu-device.ts';
import { loadTokenizer } from '../src/text/load-tokenizer.ts';
import { countTokens, planEpoch } from '../src/training/batching.ts';
import { ADAM_DEFAULTS } from '../src/runtime/device.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    corpus: { type: 'string', default: '' },
    vocabulary: { type: 'string', default: '' },
    every: { type: 'string', default: '10' },
    out: { type: 'string', default: '' },
    data: { type: 'string', default: '' },
    batch: { type: 'string', default: '32' },
    threads: { type: 'string', default: '2' },
  },
});

const lineSchema = z.object({ text: z.string(), label: z.int() });

async function prepare(): Promise<void> {
  const { examples } = await readCorpus(values.corpus);
  const lines = examples.train.map((example) => ({
    text: maskExample(example, ENTITY_PLACEHOLDERS).text,
    label: example.relation === null ? 1 : 0,
  }));
  await writeJsonLines(join(values.out, 'train.jsonl'), lines);
  await (await loadTokenizer(values.vocabulary)).save(join(values.out, 'tokenizer'));
  console.log(JSON.stringify({ examples: lines.length }));
}

/** Every so manieth batch of those of an epoch, by size, in their order there. */
function everyOf(batches: readonly number[][], lengths: readonly number[], every: number): number[][] {
  const size = (batch: readonly number[]): number => batch.length * Math.max(...batch.map((index) => lengths[index]!));
  const bySize = [...batches.keys()].sort((a, b) => size(batches[b]!) - size(batches[a]!) || a - b);
  const chosen = new Set(bySize.filter((_, place) => place % every === Math.floor(every / 2)));
  return batches.filter((_, index) => chosen.has(index));
}

async function trainEpoch(): Promise<void> {
  const batchSize = Number(values.batch);
  const tokenizer = await loadTokenizer(join(values.data, 'tokenizer'));
  const lines = await readAllJsonLines(join(values.data, 'train.jsonl'), lineSchema);
  const config = parseModelConfig({ model_type: 'bert' }, 'bench');
  if (config.model_type !== 'bert') throw new Error('not a BERT');
  const inputs = lines.map(({ text }) => classifierInput({ config, tokenizer }, text, [ENTITY_PLACEHOLDERS], 128));
  const lengths = inputs.map((ids) => ids.length);
  const device = new CpuDevice({ threads: Number(values.threads) });
  const { graph, loss } = bertClassifierTraining(config, 2);
  const parameters = await device.createParameters(specificationsOf(graph), { trainable: true });
  await initialize(parameters, config, 1);
  const program = await device.createTrainingProgram(graph, loss, parameters, {
    ...ADAM_DEFAULTS,
    weightDecay: () => 0.01,
  });
  const batches = everyOf(planEpoch(lengths, batchSize, RandomStream.named(1, 'epoch')), lengths, Number(values.every));
  const start = performance.now();
  for (const [step, batch] of batches.entries()) {
    const feeds = {
      ...encoderFeeds(
        batch.map((index) => ({ ids: inputs[index]! })),
        0,
      ),
      ...labelFeeds(
        batch.map((index) => lines[index]!.label),
        batch.map(() => 1 / batch.length),
      ),
    };
    await program.accumulate(feeds, [1, 'epoch', step]);
    await program.update({ learningRate: 2e-5, maxGradientNorm: 1 });
  }
  const epochSeconds = (performance.now() - start) / 1000;
  const { real, padded } = countTokens(batches, lengths);
  const peakRssBytes = process.resourceUsage().maxRSS * 1024;
  console.log(
    JSON.stringify({
      peer: 'dare',
      rows: batches.flat().length,
      tokens: real,
      paddedTokens: padded,
      epochSeconds,
      peakRssBytes,
    }),
  );
  await device.close();
}

if (positionals[0] === 'prepare') await prepare();
else await trainEpoch();
