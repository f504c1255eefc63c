import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countPlaceholder, typedPlaceholders } from '../corpus/masking.ts';
import { countWords, duplicateKey, PAPER_SENTENCE_RULES, SentenceFilter, type Verdict } from './sentence-filters.ts';

const placeholders = typedPlaceholders('Chemical', 'Disease');
const gold = ['A case of DRUG followed by a severe DISEASE .'];

describe('SentenceFilter', () => {
  it.each<[string, Verdict, Verdict]>([
    // The verdict by default, and under the paper's rules.
    ['We saw that DRUG gave DISEASE to many rats .', 'accepted', 'accepted'],
    ['We saw that DRUG-induced (DISEASE) was seen in rats .', 'accepted', 'accepted'],
    ['We saw that DRUG gave pain to many old rats .', 'missing-mask', 'missing-mask'],
    ['We saw that drug gave DISEASE to many old rats .', 'missing-mask', 'missing-mask'],
    ['We saw that DRUGS gave DISEASE to many old rats .', 'missing-mask', 'missing-mask'],
    ['We saw that DRUG and DRUG gave DISEASE to rats .', 'repeated-mask', 'accepted'],
    ['DRUG gave DISEASE to all rats .', 'too-short', 'too-short'],
    ['', 'missing-mask', 'missing-mask'],
    ['a  case of DRUG followed by a\nsevere DISEASE . ', 'duplicate-of-gold', 'duplicate-of-gold'],
  ])('%j', (text, byDefault, byPaper) => {
    expect(new SentenceFilter({ placeholders, gold }).judge(text)).toBe(byDefault);
    expect(new SentenceFilter({ placeholders, gold, rules: PAPER_SENTENCE_RULES }).judge(text)).toBe(byPaper);
  });

  it('accepts a sentence once, also across sessions, and counts', () => {
    const text = 'We saw that DRUG gave DISEASE to many rats .';
    const filter = new SentenceFilter({ placeholders, gold });
    expect([text, text, 'DRUG'].map((each) => filter.judge(each))).toEqual([
      'accepted',
      'duplicate-of-generated',
      'missing-mask',
    ]);
    expect(filter.counts).toEqual({
      accepted: 1,
      'missing-mask': 1,
      'repeated-mask': 0,
      'too-short': 0,
      'duplicate-of-gold': 0,
      'duplicate-of-generated': 1,
    });
    expect(new SentenceFilter({ placeholders, gold, accepted: [text] }).judge(text)).toBe('duplicate-of-generated');
  });

  it('accepts only new sentences with both masks once and eight words, and counts every sentence once', () => {
    const word = fc.constantFrom('DRUG', 'DISEASE', 'drug', 'DRUGS', 'rats', 'had', 'a', '(DRUG)', ' ', 'DISEASE-like');
    const sentence = fc.array(word, { minLength: 5, maxLength: 14 }).map((words) => words.join(' '));
    const likely = fc
      .shuffledSubarray(['DRUG', 'DISEASE', 'rats', 'had', 'a', 'b', 'c', 'd', 'e'], { minLength: 7 })
      .map((words) => words.join(' '));
    fc.assert(
      fc.property(fc.array(fc.oneof(sentence, likely)), fc.array(likely), (texts, goldTexts) => {
        const filter = new SentenceFilter({ placeholders, gold: goldTexts });
        const accepted = texts.filter((text) => filter.judge(text) === 'accepted');
        for (const text of accepted) {
          expect(countPlaceholder(text, 'DRUG')).toBe(1);
          expect(countPlaceholder(text, 'DISEASE')).toBe(1);
          expect(countWords(text)).toBeGreaterThanOrEqual(8);
        }
        const keys = accepted.map(duplicateKey);
        expect(new Set([...keys, ...goldTexts.map(duplicateKey)]).size).toBe(
          keys.length + new Set(goldTexts.map(duplicateKey)).size,
        );
        expect(Object.values(filter.counts).reduce((sum, count) => sum + count, 0)).toBe(texts.length);
        expect(filter.counts.accepted).toBe(accepted.length);
      }),
    );
  });
});
