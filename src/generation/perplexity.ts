/** How probable a GPT-2 finds texts. */
import type { Gpt2Config } from '../checkpoint/config.ts';
import { UserError } from '../foundation/errors.ts';
import type { Monitor } from '../foundation/progress.ts';
import { Resources } from '../foundation/resources.ts';
import { decoderFeeds } from '../nn/batch.ts';
import { gpt2Scoring } from '../nn/gpt2.ts';
import { memoryToScore } from '../nn/model-memory.ts';
import type { RunningPlace } from '../nn/model-memory.ts';
import { loadWeights, openGpt2 } from '../nn/model.ts';
import type { Device } from '../runtime/device.ts';
import { requireFinite } from '../runtime/finite.ts';
import { planScoring } from '../training/batching.ts';

/**
 * Logits of a batch; they and their softmax are most of what scoring takes, a gigabyte at this number. Not a share of the memory at hand: figures would then differ in their last digits between
 * machines.
 */
const LOGITS_AT_ONCE = 2 ** 27;

/** Bytes that this takes, of texts of at most so many tokens, in batches of a run's filters. */
export function perplexityNeeds(config: Gpt2Config, longest: number, place: RunningPlace): number {
  return memoryToScore(config, Math.min(FILTER_BATCH * longest, Math.floor(LOGITS_AT_ONCE / config.vocab_size)), place);
}

/** Texts that a run's filters have scored at once. */
export const FILTER_BATCH = 16;

export interface TextPerplexity {
  /** Tokens of the text. */
  readonly tokens: number;
  /** −Σ log p of the tokens after the first, in nats; 0 for a text of fewer than two tokens. */
  readonly negativeLogLikelihood: number;
}

export interface PerplexityOptions {
  readonly batchSize: number;
  readonly monitor: Monitor;
  /** Texts longer than the model's context are read up to there; otherwise they are an error. */
  readonly cut?: boolean;
}

/**
 * The negative log-likelihood of each text under the GPT-2 in a folder.
 * @throws UserError when the folder is not a GPT-2, a text is longer than the model's context, or its results are not finite numbers.
 * @example
 * const [first] = await perplexities(device, 'models/gpt2', ['Aspirin relieves pain.'], { batchSize: 16, monitor });
 * console.log(Math.exp(first!.negativeLogLikelihood / (first!.tokens - 1)));
 */
export async function perplexities(
  device: Device,
  folder: string,
  texts: readonly string[],
  { batchSize, monitor, cut = false }: PerplexityOptions,
): Promise<TextPerplexity[]> {
  const model = await openGpt2(folder);
  const sequences = texts
    .map((text) => model.tokenizer.encode(text))
    .map((ids) => (cut ? ids.slice(0, model.config.n_positions) : ids));
  const tooLong = sequences.findIndex((ids) => ids.length > model.config.n_positions);
  if (tooLong >= 0) {
    throw new UserError(
      `text ${tooLong + 1} has ${sequences[tooLong]!.length} tokens, the model reads ${model.config.n_positions}`,
      { remedy: 'split it' },
    );
  }
  const scored = sequences.flatMap((ids, index) => (ids.length > 1 ? [index] : []));
  const results = sequences.map((ids) => ({ tokens: ids.length, negativeLogLikelihood: 0 }));
  if (scored.length === 0) return results;

  // A GPU's softmax may make numbers of logits that are none; sums of them are none either.
  const graph = gpt2Scoring(model.config, { withSums: true });
  const held = new Resources();
  try {
    const { parameters } = await loadWeights(device, model, graph, { trainable: false });
    held.add(parameters);
    const program = held.add(await device.createProgram(graph, parameters));
    const start = performance.now();
    let done = 0;
    for (const places of planScoring(
      scored.map((index) => sequences[index]!.length),
      batchSize,
      LOGITS_AT_ONCE / model.config.vocab_size,
    )) {
      const batch = places.map((place) => scored[place]!);
      const { negativeLogLikelihoods, logitSums } = await program.run(
        decoderFeeds(
          batch.map((index) => sequences[index]!),
          1,
        ),
      );
      const { data } = negativeLogLikelihoods!;
      batch.forEach((index, example) => {
        let sum = 0;
        let sumOfLogits = 0;
        for (let position = 0; position + 1 < sequences[index]!.length; position++) {
          sum += data[position * batch.length + example]!;
          sumOfLogits += logitSums!.data[position * batch.length + example]!;
        }
        requireFinite([sum, sumOfLogits], device.precision, folder);
        results[index]!.negativeLogLikelihood = sum;
      });
      done += batch.length;
      monitor.report({ kind: 'step', stage: 'perplexity', done, total: scored.length, figures: {} });
      monitor.checkpoint();
    }
    const seconds = (performance.now() - start) / 1000;
    monitor.report({ kind: 'done', stage: 'perplexity', seconds, figures: { texts: texts.length } });
    return results;
  } finally {
    await held.dispose();
  }
}
