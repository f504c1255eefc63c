/**
 * Class weighting: all gold sentences, an example of class c counting freq_min / freq_c in the loss (the paper's first baseline).
 *
 * Null is a class like the others here; without it every weight would be 1 where there is one relation. The loss is the weighted mean of PyTorch's
 * `CrossEntropyLoss(weight)`, over the examples of an update, and of validation data where the best epoch is chosen.
 */
import { classCounts, defineArm, rarest } from './arm.ts';

/** freq_min / freq_c of each class; 1 for a class without examples. */
export function inverseFrequencyWeights(counts: readonly number[]): number[] {
  const least = rarest(counts);
  return counts.map((count) => (count === 0 ? 1 : least / count));
}

export const classWeighting = defineArm({
  title: 'class weighting',
  pools: null,
  usesRatio: () => false,
  settings: {},
  trainingData: ({ gold, relations }) => ({
    gold,
    added: [],
    classWeights: inverseFrequencyWeights(classCounts(gold, relations)),
  }),
});
