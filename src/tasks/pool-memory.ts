/** The memory that a pool takes: the generator that writes it and, beside that, the larger of the models that its filters ask one after the other. */
import type { Gpt2Config, ModelConfig } from '../checkpoint/config.ts';
import { SCORED_TOGETHER } from '../classification/relation-classifier.ts';
import type { RunConfiguration } from '../dare/configuration.ts';
import { perplexityNeeds } from '../generation/perplexity.ts';
import { samplingNeeds } from '../generation/sampling-batch.ts';
import type { SamplingPlace } from '../generation/sampling-batch.ts';
import { memoryToRun } from '../nn/model-memory.ts';
import { PROGRAM } from '../runtime/training-memory.ts';

/** Sentences that are written at once, and the bytes that writing and judging them takes. */
export function poolNeeds(
  { sampling, filter, classifier: { maxLength } }: RunConfiguration,
  models: { readonly generator: Gpt2Config; readonly classifier: ModelConfig },
  place: SamplingPlace,
): { batch: number; bytes: number } {
  const { batch, bytes } = samplingNeeds(models.generator, sampling, place);
  const asked = [
    ...(filter.perplexityBand === null ? [] : [perplexityNeeds(models.generator, sampling.maxTokens, place)]),
    ...(filter.consistency === 'off'
      ? []
      : [memoryToRun(models.classifier, { batch: SCORED_TOGETHER, sequence: maxLength }, place)]),
  ];
  // They are in the same process.
  return { batch, bytes: bytes + Math.max(0, ...asked.map((each) => each - PROGRAM)) };
}
