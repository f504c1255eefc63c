/**
 * What float16 changes in a pool: a generator is fine-tuned on CDR's sentences as `dare augment --preset small` does it; the same sentences are written in float32 and
 * in float16, and judged by the same filters. On ONNX Runtime's CPU provider, which computes the graphs that a GPU with `shader-f16` gets by way of float32.
 *
 *   tsx bench/float16.ts --corpus CDR [--count 500]
 *
 * Writes docs/results/float16.json, whose figures docs/guides/gpu.md quotes.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { filterMaterial } from '../src/dare/pool-filters.ts';
import { readPreparedCorpus } from '../src/dare/prepared-corpus.ts';
import { runConfigurationSchema } from '../src/dare/configuration.ts';
import { writeJson } from '../src/foundation/files.ts';
import { Monitor } from '../src/foundation/progress.ts';
import { FilterChain } from '../src/generation/filters/filter.ts';
import { textFilters } from '../src/generation/filters/filters.ts';
import { sampleTexts } from '../src/generation/sample.ts';
import { decoderFeeds } from '../src/nn/batch.ts';
import { gpt2Scoring } from '../src/nn/gpt2.ts';
import { loadWeights, openGpt2 } from '../src/nn/model.ts';
import { CpuDevice } from '../src/runtime/cpu/cpu-device.ts';
import type { Device } from '../src/runtime/device.ts';
import { HalfDevice } from '../tests/support/half-device.ts';
import { machineName } from './surroundings.ts';
import { taskFolder } from './task-folder.ts';

const { values } = parseArgs({ options: { corpus: { type: 'string' }, count: { type: 'string', default: '500' } } });
const RELATION = 'CID';
const count = Number(values.count);
const out = mkdtempSync(join(tmpdir(), 'dare-float16-'));

/** Sentences whose logits are compared, in batches of as many as hold their vocabulary's logits easily. */
const COMPARED = 64;
const BATCH = 8;

interface Written {
  readonly texts: readonly string[];
  readonly accepted: number;
}

async function write(device: Device, filters: FilterChain): Promise<Written> {
  const sampling = runConfigurationSchema.shape.sampling.parse({});
  const texts: string[] = [];
  const options = { ...sampling, batchSize: undefined, count, seed: 1, prompts: [''], monitor: new Monitor() };
  for await (const { text } of sampleTexts(device, join(taskFolder(out, 'generator'), 'model'), options))
    texts.push(text);
  return { texts, accepted: texts.filter((text) => filters.judge(text).verdict === 'accepted').length };
}

/** Logits of sentences, batch after batch. */
async function logitsOf(device: Device, texts: readonly string[]): Promise<Float32Array[]> {
  const model = await openGpt2(join(taskFolder(out, 'generator'), 'model'));
  const graph = gpt2Scoring(model.config, { withLogits: true });
  const { parameters } = await loadWeights(device, model, graph, { trainable: false });
  const program = await device.createProgram(graph, parameters);
  const all: Float32Array[] = [];
  for (let first = 0; first < texts.length; first += BATCH) {
    const sentences = texts.slice(first, first + BATCH).map((text) => [...model.tokenizer.encode(text)]);
    const { logits } = await program.run(decoderFeeds(sentences, 1));
    all.push(Float32Array.from(logits!.data));
  }
  await program.dispose();
  await parameters.dispose();
  return all;
}

try {
  const args = ['augment', '--corpus', values.corpus!, '--preset', 'small', '--generator-keep-weights'];
  const few = ['--corpus-positives', '500', '--sampling-pool-factor', '1', '--ensemble-ratio', '0.1', '--offline'];
  execFileSync(process.execPath, ['bin/dare', ...args, ...few, '--out', out, '--quiet'], { stdio: 'inherit' });
  const corpus = await readPreparedCorpus(taskFolder(out, 'corpus'));
  const filters = (): FilterChain =>
    new FilterChain(textFilters(runConfigurationSchema.shape.filter.parse({}), filterMaterial(corpus, RELATION)));
  const [single, half] = [new CpuDevice(), new HalfDevice()];
  const expected = await write(single, filters());
  const written = await write(half, filters());
  const compared = expected.texts.filter((text) => text !== '').slice(0, COMPARED);
  const [reference, logits] = [await logitsOf(single, compared), await logitsOf(half, compared)];
  let [largest, furthest] = [0, 0];
  reference.forEach((batch, index) =>
    batch.forEach((value, place) => {
      largest = Math.max(largest, Math.abs(value));
      furthest = Math.max(furthest, Math.abs(value - logits[index]![place]!));
    }),
  );
  const found = {
    machine: machineName(),
    sentences: count,
    accepted: { float32: expected.accepted, float16: written.accepted },
    sameText: written.texts.filter((text, index) => text === expected.texts[index]).length,
    logits: { largest, largestDifference: furthest },
  };
  await single.close();
  await half.close();
  await writeJson('docs/results/float16.json', found);
  console.log(JSON.stringify(found, null, 2));
} finally {
  rmSync(out, { recursive: true, force: true });
}
