/**
 * An alarm: synthetic sentences that stand, or nearly stand, in the data that a run is scored on. It is sounded whether such sentences are dropped or kept:
 * a setting that keeps them, as the paper did, is no reason not to know of them.
 */
import { CopiedFromHeldOut } from '../generation/filters/copied-from-held-out.ts';
import type { Judgement } from '../generation/filters/filter.ts';
import type { PreparedCorpus } from './prepared-corpus.ts';
import type { FilterMaterial, TextFilterSettings } from '../generation/filters/filters.ts';

/** Sentences by the data that they were found in. */
export interface HeldOutCopies {
  readonly test: number;
  readonly validation: number;
}

/** The texts of the data that are held out. */
export const heldOutTexts = ({ test, validation }: PreparedCorpus): Pick<FilterMaterial, 'test' | 'validation'> => ({
  test: test.map(({ text }) => text),
  validation: validation.map(({ text }) => text),
});

/** Of sentences that were dropped for it, their verdicts tell; accepted ones are looked for. */
export function heldOutCopies(
  sentences: readonly (Pick<Judgement, 'verdict'> & { readonly text: string })[],
  filter: Pick<TextFilterSettings, 'heldOutCopies'>,
  material: Pick<FilterMaterial, 'test' | 'validation'>,
): HeldOutCopies {
  const alarm = new CopiedFromHeldOut(material);
  const reasons = sentences.map(({ verdict, text }) =>
    filter.heldOutCopies === 'keep' && verdict === 'accepted' ? alarm.objection(text)?.reason : verdict,
  );
  const count = (part: 'test' | 'validation'): number =>
    reasons.filter((reason) => reason === `copied-from-${part}`).length;
  return { test: count('test'), validation: count('validation') };
}

/** What to say of them; nothing where there are none. */
export function heldOutAlarm(
  copies: HeldOutCopies,
  whatHappens: TextFilterSettings['heldOutCopies'],
): string | undefined {
  const found = (['test', 'validation'] as const).flatMap((part) =>
    copies[part] > 0 ? `${copies[part]} in the ${part} data` : [],
  );
  if (found.length === 0) return undefined;
  const fate = whatHappens === 'drop' ? 'they are dropped' : 'they are kept (filter.heldOutCopies)';
  return (
    `ALARM: synthetic sentences stand, or nearly stand, ${found.join(' and ')}; ${fate}. Either training sentences resemble those, ` +
    'or the model that wrote them has read them: then scores say too much (see dare data inspect, and sentences.jsonl)'
  );
}
