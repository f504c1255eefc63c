/** The filters of a relation's pool: what they compare its sentences with, and the models that they ask. */
import { scoreTexts } from '../classification/score-texts.ts';
import { asRead, ENTITY_PLACEHOLDERS } from '../corpus/placeholders.ts';
import type { Monitor } from '../foundation/progress.ts';
import { FilterChain } from '../generation/filters/filter.ts';
import { textFilters, type FilterMaterial, type TextFilterSettings } from '../generation/filters/filters.ts';
import { FILTER_BATCH, perplexities } from '../generation/perplexity.ts';
import type { PoolFilters } from '../generation/pool.ts';
import type { Device } from '../runtime/device.ts';
import { LabelConsistency } from './label-consistency.ts';
import { learnedFrom } from './learned-from.ts';
import type { Learned } from './learned-from.ts';
import { PerplexityBand } from './perplexity-band.ts';
import type { PreparedCorpus } from './prepared-corpus.ts';
import { relationPlaceholders } from './relation-placeholders.ts';

/** What a relation's pool is compared with. */
export interface PoolMaterial extends FilterMaterial {
  /** The relation's gold sentences. */
  readonly own: readonly string[];
}

export function filterMaterial(corpus: PreparedCorpus, relation: string, learned: Learned = 'own'): PoolMaterial {
  return {
    placeholders: relationPlaceholders(corpus, relation),
    allPlaceholders: corpus.placeholders,
    gold: textsOf(corpus.train),
    own: textsOf(learnedFrom(corpus, relation, 'own')),
    learned: textsOf(learnedFrom(corpus, relation, learned)),
    validation: textsOf(corpus.validation),
    test: textsOf(corpus.test),
  };
}

const textsOf = (examples: readonly { readonly text: string }[]): string[] => examples.map(({ text }) => text);

export interface PoolFilterOptions extends TextFilterSettings {
  readonly consistency: {
    readonly mode: 'drop' | 'soft';
    readonly threshold: number;
    readonly judges: number;
    readonly placeholders: 'entity' | 'typed';
    readonly maxLength: number;
  } | null;
  readonly perplexity: { readonly band: number } | null;
  /** What the generator learned from: the relation's own sentences unless given. */
  readonly learned?: Learned | undefined;
}

/** Where models are found, and run. */
export interface FilterModels {
  readonly device: Device;
  readonly monitor: Monitor;
  /** Folder of a classifier that judges labels. */
  readonly judge: (fold: number) => string;
  /** Folder of the generator before it was fine-tuned. */
  readonly untuned: () => string;
}

export function poolFilters(
  corpus: PreparedCorpus,
  relation: string,
  { consistency, perplexity, learned = 'own', ...settings }: PoolFilterOptions,
  seed: number,
  { device, monitor, judge, untuned }: FilterModels,
): PoolFilters {
  const material = filterMaterial(corpus, relation, learned);
  const { placeholders } = corpus;
  const models = [];
  if (consistency) {
    const { maxLength } = consistency;
    const read = consistency.placeholders === 'entity' ? [ENTITY_PLACEHOLDERS] : placeholders;
    const options = { placeholders: read, classes: corpus.relations.length + 1, maxLength };
    models.push(
      new LabelConsistency(corpus, relation, { ...consistency, learned, seed }, (fold, texts) => {
        monitor.checkpoint();
        const renamed = texts.map((text) => asRead(text, placeholders, read));
        return scoreTexts(device, judge(fold), renamed, options);
      }),
    );
  }
  if (perplexity) {
    const score = (texts: readonly string[]) =>
      perplexities(device, untuned(), texts, { batchSize: FILTER_BATCH, monitor, cut: true });
    models.push(new PerplexityBand(material.own, perplexity.band, score));
  }
  return { text: new FilterChain(textFilters(settings, material)), models };
}
