import { describe, expect, it } from 'vitest';
import { GoldText } from '../../generation/quality/gold-text.ts';
import { copiedSpan as spanIn } from './copied-span.ts';

const copiedSpan = (text: string, gold: readonly string[]) => spanIn(text, new GoldText(gold));

const spanOf = (text: string, gold: readonly string[]): string | undefined => {
  const span = copiedSpan(text, gold);
  return span && text.slice(span.start, span.end);
};

describe('copiedSpan', () => {
  it('finds the longest stretch of words in a single gold sentence, whatever its case and spacing', () => {
    const gold = ['We report that DRUG caused severe DISEASE.', 'In rats, DRUG caused no DISEASE.'];
    expect(spanOf('Then  DRUG Caused severe  DISEASE in rats', gold)).toBe('DRUG Caused severe  DISEASE');
    expect(copiedSpan('Then DRUG caused severe DISEASE in rats', gold)?.words).toBe(4);
  });

  it('does not join what stands in two sentences, and finds nothing where no word is shared', () => {
    expect(spanOf('DRUG caused DISEASE', ['DRUG caused it', 'caused DISEASE'])).toBe('DRUG caused');
    expect(copiedSpan('entirely other', ['DRUG caused it'])).toBeUndefined();
    expect(copiedSpan('', ['DRUG'])).toBeUndefined();
  });
});
