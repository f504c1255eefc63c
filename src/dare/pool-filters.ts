/** What the filters of a relation's pool compare its sentences with, and what is said aloud of what they found. */
import type { Judgement } from '../generation/filters/filter.ts';
import type { FilterMaterial } from '../generation/filters/filters.ts';
import type { PreparedCorpus } from './prepared-corpus.ts';

export function filterMaterial(corpus: PreparedCorpus, relation: string): FilterMaterial {
  const textsOf = (examples: readonly { text: string }[]): string[] => examples.map(({ text }) => text);
  return {
    placeholders: corpus.placeholders,
    gold: textsOf(corpus.train),
    learned: textsOf(corpus.train.filter((example) => example.relation === relation)),
    validation: textsOf(corpus.validation),
    test: textsOf(corpus.test),
  };
}

/** What to say of sentences that stand in the data that a run is scored on; nothing where there are none. */
export function heldOutAlarm(sentences: readonly Judgement[]): string | undefined {
  const found = (['test', 'validation'] as const).flatMap((part) => {
    const count = sentences.filter(({ verdict }) => verdict === `copied-from-${part}`).length;
    return count > 0 ? `${count} in the ${part} data` : [];
  });
  if (found.length === 0) return undefined;
  return (
    `ALARM: generated sentences stand, or nearly stand, ${found.join(' and ')}; they are dropped. Either training sentences resemble those, ` +
    'or the pretrained model has read them: then scores say too much (see dare data inspect, and sentences.jsonl)'
  );
}
