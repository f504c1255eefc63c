/** Sentences from any GPT-2 folder. */
import type { Monitor } from '../foundation/progress.ts';
import { Resources } from '../foundation/resources.ts';
import { gpt2Decoding } from '../nn/gpt2.ts';
import { loadWeights, openGpt2 } from '../nn/model.ts';
import type { Device } from '../runtime/device.ts';
import { SentenceSampler } from './sentence-sampler.ts';
import { candidatesNeeded } from './token-sampler.ts';
import type { SampledSentence, SamplingSettings } from './sentence-sampler.ts';

export interface SampleOptions extends SamplingSettings {
  readonly count: number;
  readonly seed: number;
  /** Sentence i continues prompt i modulo their number. */
  readonly prompts: readonly string[];
  readonly monitor: Monitor;
}

/**
 * Yields `count` sentences as they are finished, in order.
 * @throws UserError when the folder is not a GPT-2, or its results are not finite numbers.
 * @example
 * const sampling = { temperature: 1, topK: 5, topP: 1, minP: 0, repetitionPenalty: 1, maxWords: 100, maxTokens: 128 };
 * for await (const { text } of sampleTexts(device, 'models/gpt2', { ...sampling, count: 3, seed: 1, prompts: [''], monitor })) console.log(text);
 */
export async function* sampleTexts(
  device: Device,
  folder: string,
  options: SampleOptions,
): AsyncGenerator<SampledSentence> {
  const { count, seed, prompts, monitor } = options;
  const model = await openGpt2(folder);
  if (count <= 0) return;
  const { config, tokenizer } = model;
  const held = new Resources();
  try {
    const { parameters } = await loadWeights(device, model, gpt2Decoding(config, candidatesNeeded(options)), {
      trainable: false,
    });
    held.add(parameters);
    const sampler = held.add(
      await SentenceSampler.create(device, config, tokenizer, parameters, options, prompts, { wanted: count, folder }),
    );
    const start = performance.now();
    let done = 0;
    for await (const sentence of sampler.sample(0, seed, 'sample')) {
      monitor.checkpoint();
      yield sentence;
      done++;
      monitor.report({ kind: 'step', stage: 'sample', done, total: count, figures: {} });
      if (done >= count) break;
    }
    const seconds = (performance.now() - start) / 1000;
    monitor.report({ kind: 'done', stage: 'sample', seconds, figures: { sentences: done } });
  } finally {
    await held.dispose();
  }
}
