/** The filters that need no model, as settings ask for them, in the order in which they are asked. A new one is a file beside this, and a line here. */
import { z } from 'zod';
import type { Placeholders } from '../../corpus/placeholders.ts';
import { CopiedFromGold } from './copied-from-gold.ts';
import { CopiedFromHeldOut } from './copied-from-held-out.ts';
import { ExactDuplicates } from './exact-duplicates.ts';
import type { SentenceFilter } from './filter.ts';
import { Length } from './length.ts';
import { MASK_RULES, MaskPresence } from './mask-presence.ts';
import { NearDuplicates } from './near-duplicates.ts';

/** Settings of the filters that need no model. */
export const textFilterSettings = {
  masks: z.enum(MASK_RULES).default('exactly-once').describe('how often each placeholder must stand'),
  minimumWords: z.int().min(0).default(8).describe('shorter sentences are dropped'),
  nearDuplicates: z
    .number()
    .min(0.5)
    .max(1)
    .nullable()
    .default(null)
    .describe('drop sentences that share this part of their word pairs with a gold or an earlier one'),
  longestCopy: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe('drop sentences with more words than this in a row from one gold sentence'),
  copiedNgrams: z
    .number()
    .min(0)
    .max(1)
    .nullable()
    .default(null)
    .describe('drop sentences of whose 4-grams more than this part stands in gold'),
  heldOutCopies: z
    .enum(['drop', 'keep'])
    .default('drop')
    .describe('sentences that stand, or nearly, in validation or test data'),
};
export type TextFilterSettings = z.infer<z.ZodObject<typeof textFilterSettings>>;

/** What filters compare a sentence with: masked sentences. */
export interface FilterMaterial {
  /** The relation's, a pair for each pair of types that it holds between; and those of all relations. */
  readonly placeholders: readonly Placeholders[];
  readonly allPlaceholders: readonly Placeholders[];
  /** All gold sentences, and those among them that the generator learned from. */
  readonly gold: readonly string[];
  readonly learned: readonly string[];
  readonly validation: readonly string[];
  readonly test: readonly string[];
}

export function textFilters(settings: TextFilterSettings, material: FilterMaterial): SentenceFilter[] {
  const { masks, minimumWords, nearDuplicates, longestCopy, copiedNgrams, heldOutCopies } = settings;
  const { placeholders, allPlaceholders, gold, learned } = material;
  const limitsCopies = longestCopy !== null || copiedNgrams !== null;
  return [
    new MaskPresence(placeholders, allPlaceholders, masks),
    new Length(minimumWords),
    new ExactDuplicates(gold),
    ...(nearDuplicates === null ? [] : [new NearDuplicates(gold, nearDuplicates)]),
    ...(limitsCopies ? [new CopiedFromGold(learned, { span: longestCopy, ngrams: copiedNgrams })] : []),
    ...(heldOutCopies === 'keep' ? [] : [new CopiedFromHeldOut(material)]),
  ];
}
