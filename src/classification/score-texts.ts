/** What a finished relation classifier says of masked sentences. */
import { Resources } from '../foundation/resources.ts';
import { bertClassifierScoring } from '../nn/bert.ts';
import { loadWeights, openBert } from '../nn/model.ts';
import type { Device } from '../runtime/device.ts';
import { requireFinite } from '../runtime/finite.ts';
import { classifierInput } from './classifier-input.ts';
import { ClassifierScorer, type ClassifierFineTuning } from './relation-classifier.ts';

export interface ScoringOptions {
  /** As the classifier reads them, and as they stand in the texts. */
  readonly placeholders: ClassifierFineTuning['placeholders'];
  readonly classes: number;
  /** Tokens of a sequence, [CLS] and [SEP] included. */
  readonly maxLength: number;
}

/**
 * Probabilities of the classes for each text. The classifier is in memory for no longer.
 * @throws UserError when the folder is damaged, or its results are not finite numbers.
 */
export async function scoreTexts(
  device: Device,
  folder: string,
  texts: readonly string[],
  { placeholders, classes, maxLength }: ScoringOptions,
): Promise<Float32Array[]> {
  const model = await openBert(folder);
  const { config } = model;
  const held = new Resources();
  try {
    const { parameters } = await loadWeights(device, model, bertClassifierScoring(config, classes), {
      trainable: false,
    });
    held.add(parameters);
    const scorer = held.add(await ClassifierScorer.create(device, model, parameters, classes));
    const length = Math.min(maxLength, config.max_position_embeddings);
    const rows = await scorer.probabilities(texts.map((text) => classifierInput(model, text, placeholders, length)));
    for (const row of rows) requireFinite(row, device.precision, folder);
    return rows;
  } finally {
    await held.dispose();
  }
}
