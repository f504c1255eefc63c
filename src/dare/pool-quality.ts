/** The quality of a relation's pool: of all that was written, and of what passed the filters. */
import { z } from 'zod';
import type { TextPerplexity } from '../generation/perplexity.ts';
import { measureQuality, type Quality, type SentenceQuality } from '../generation/quality/quality.ts';
import type { PoolMaterial } from './pool-filters.ts';
import type { PooledSentence } from './verdicts.ts';

export interface PoolQuality {
  readonly relation: string;
  /** Sentences by verdict: how many were accepted, and how many each filter dropped. */
  readonly verdicts: Readonly<Record<string, number>>;
  readonly written: Omit<Quality, 'bySentence'>;
  readonly accepted: Omit<Quality, 'bySentence'>;
}

/** What summaries read of it. */
export const qualitySummarySchema = z.object({
  relation: z.string(),
  verdicts: z.record(z.string(), z.int()),
  accepted: z.object({
    diversity: z.object({ distinct: z.array(z.number()), selfBleu: z.number().nullable() }),
    goldDiversity: z.object({ distinct: z.array(z.number()), selfBleu: z.number().nullable() }),
    novelty: z.array(z.number().nullable()),
    nearestGold: z.object({ mean: z.number() }).nullable(),
    perplexity: z.object({ mean: z.number() }).nullable(),
  }),
});

export type QualitySummary = z.infer<typeof qualitySummarySchema>;

/** @param perplexities under the un-tuned generator, of the sentences in their order, where they are known. */
export function measurePool(
  relation: string,
  sentences: readonly PooledSentence[],
  { own, learned, placeholders }: Pick<PoolMaterial, 'own' | 'learned' | 'placeholders'>,
  seed: number,
  perplexities: readonly TextPerplexity[] | undefined,
): { quality: PoolQuality; bySentence: (SentenceQuality & Pick<PooledSentence, 'id' | 'verdict'>)[] } {
  const measured = (places: readonly number[]): Quality =>
    measureQuality(
      places.map((place) => sentences[place]!.text),
      own,
      { learned, placeholders, seed, perplexities: perplexities && places.map((place) => perplexities[place]!) },
    );
  const all = measured([...sentences.keys()]);
  const passed = measured(sentences.flatMap(({ verdict }, place) => (verdict === 'accepted' ? place : [])));
  const verdicts: Record<string, number> = {};
  for (const { verdict } of sentences) verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
  return {
    quality: { relation, verdicts, written: summaryOf(all), accepted: summaryOf(passed) },
    bySentence: all.bySentence.map((each, place) => {
      const { id, verdict } = sentences[place]!;
      return { id, verdict, ...each };
    }),
  };
}

/** Without what stands in a file of its own. */
function summaryOf(quality: Quality): Omit<Quality, 'bySentence'> {
  const summary: Partial<Quality> & Omit<Quality, 'bySentence'> = { ...quality };
  delete summary.bySentence;
  return summary;
}
