/** The part of a configuration that a task depends on: what changes no result is left out, so that it changes no key. */
import { RANDOM_MODEL } from '../nn/initialize.ts';
import type { RunConfiguration } from '../dare/configuration.ts';
import type { TextFilterSettings } from '../generation/filters/filters.ts';

/** What pools are filtered by, as far as the text alone decides. */
export const textSettings = ({
  masks,
  minimumWords,
  nearDuplicates,
  longestCopy,
  copiedNgrams,
  heldOutCopies,
}: RunConfiguration['filter']): TextFilterSettings => ({
  masks,
  minimumWords,
  nearDuplicates,
  longestCopy,
  copiedNgrams,
  heldOutCopies,
});

/** The settings that a training depends on, of the generator's or the classifier's section (a random model's size is its base's affair). */
export function trainingSettings(
  section: RunConfiguration['generator'] | RunConfiguration['classifier'],
  microBatch: number | undefined,
) {
  const { epochs, batchSize, accumulation, learningRate, warmup, weightDecay, maxGradientNorm } = section;
  const { maxLength, addPlaceholderTokens } = section;
  return {
    epochs,
    batchSize,
    microBatch,
    accumulation,
    learningRate,
    warmup,
    weightDecay,
    maxGradientNorm,
    maxLength,
    addPlaceholderTokens,
  };
}

/** The same of a classifier, with what it reads. */
export function classifierSettings(classifier: RunConfiguration['classifier'], microBatch: number | undefined) {
  const { head, placeholders } = classifier;
  return { ...trainingSettings(classifier, microBatch), ...(head !== 'cls' && { head }), placeholders };
}

/** The generator's adapters, unless it is fine-tuned whole. */
export function loraParameters({ lora, model }: RunConfiguration['generator']) {
  if (lora.rank === null) return null;
  const { rank, alpha, dropout, targets } = lora;
  return { rank, alpha, dropout, targets, base: model === RANDOM_MODEL ? null : model };
}
