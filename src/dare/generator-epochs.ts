/**
 * How long a generator learns. A relation with a dozen gold sentences is one batch: five epochs of it are five updates, after which a small model still writes
 * the text it was pretrained on and no placeholder. Such relations, which need synthetic sentences most, get as many epochs as make a least number of updates.
 */
export interface GeneratorLength {
  readonly epochs: number;
  readonly minimumUpdates: number;
  readonly batchSize: number;
  readonly accumulation: number;
}

/** @param examples gold sentences that it learns from. */
export function generatorEpochs(
  { epochs, minimumUpdates, batchSize, accumulation }: GeneratorLength,
  examples: number,
): number {
  const updates = Math.max(1, Math.ceil(Math.ceil(examples / batchSize) / accumulation));
  return Math.max(epochs, Math.ceil(minimumUpdates / updates));
}
