/** What a relation classifier reads: a masked sentence as tokens, and token sequences as what its graph is fed, as the head of the model asks. */
import type { BertConfig } from '../checkpoint/config.ts';
import { placeholdersIn, type Placeholders } from '../corpus/placeholders.ts';
import { UserError } from '../foundation/errors.ts';
import { encoderFeeds, entityFeeds } from '../nn/batch.ts';
import type { EncoderSequence } from '../nn/batch.ts';
import type { Model } from '../nn/model.ts';
import type { Feeds } from '../runtime/device.ts';
import { encodeMasked } from '../text/encode-masked.ts';
import { entityStarts, markedPlaceholders, markEntities } from './entity-markers.ts';

/** As much of a model as its inputs depend on. */
export type ClassifierModel = Pick<Model<BertConfig>, 'config' | 'tokenizer'>;

export const readsMarkers = ({ config }: Pick<ClassifierModel, 'config'>): boolean =>
  config.classifier_head === 'entity-markers';

/**
 * `[CLS]` sentence `[SEP]`, with markers where the classifier has a head that reads them, cut around the placeholders when too long.
 * @param placeholders what the classifier reads: one pair for all sentences, or a pair for each pair of types.
 * @param maxLength tokens at most, [CLS] and [SEP] included.
 * @throws UserError when the classifier reads markers, and the sentence lacks a placeholder.
 */
export function classifierInput(
  model: ClassifierModel,
  text: string,
  placeholders: readonly Placeholders[],
  maxLength: number,
): number[] {
  const { tokenizer } = model;
  const { cls, sep } = tokenizer;
  if (cls === undefined || sep === undefined) throw new UserError('the classifier’s tokenizer lacks [CLS] or [SEP]');
  const own = placeholdersIn(text, placeholders);
  // The markers stand at the placeholders without a space, so that the words that hold them hold both.
  const ids = readsMarkers(model)
    ? encodeMasked(tokenizer, markEntities(text, own), own, maxLength - 2)
    : encodeMasked(tokenizer, text, own, maxLength - 2);
  return [cls, ...ids, sep];
}

/** What must stand in a sentence in place of the two entities, for who gives it to the model without `classifierInput`. */
export function writtenPlaceholders(model: Pick<ClassifierModel, 'config'>, placeholders: Placeholders): Placeholders {
  return readsMarkers(model) ? markedPlaceholders(placeholders) : placeholders;
}

/** What the classifier's graph is fed beside labels. @throws UserError when a sequence lacks the markers that it reads. */
export function classifierFeeds(model: ClassifierModel, sequences: readonly EncoderSequence[]): Feeds {
  const { tokenizer } = model;
  return {
    ...encoderFeeds(sequences, tokenizer.pad ?? 0),
    ...(readsMarkers(model) && entityFeeds(sequences.map(({ ids }) => entityStarts(ids, tokenizer)))),
  };
}
