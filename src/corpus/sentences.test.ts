import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SENTENCE_RULES, splitSentences } from './sentences.ts';

const sentencesOf = (text: string, options?: Parameters<typeof splitSentences>[1]): string[] =>
  splitSentences(text, options).map(({ start, end }) => text.slice(start, end));

describe.each(SENTENCE_RULES)('splitSentences by the %s rule', (rule) => {
  it.each([
    ['One ends here. Two begins. ', ['One ends here.', 'Two begins.']],
    ['Is it so? It is! Good.', ['Is it so?', 'It is!', 'Good.']],
    ['A dose of 2.5 mg was given. It helped.', ['A dose of 2.5 mg was given.', 'It helped.']],
    ['Cocaine vs. Placebo was tried.', ['Cocaine vs. Placebo was tried.']],
    ['As Smith et al. Showed it (e.g. Aspirin) works.', ['As Smith et al. Showed it (e.g. Aspirin) works.']],
    ['See Fig. 3 and Dr. Brown.', ['See Fig. 3 and Dr. Brown.']],
    ['They lacked vitamin C. Then they did not.', ['They lacked vitamin C.', 'Then they did not.']],
    ['It took 5 ms. Then it stopped.', ['It took 5 ms.', 'Then it stopped.']],
    ['no stop at all', ['no stop at all']],
    ['   ', []],
  ])('%j', (text, expected) => {
    expect(sentencesOf(text, { rule })).toEqual(expected);
  });

  it('does not divide a mention', () => {
    const text = 'Given vitamin B. Complex daily. Then none.';
    const mention = { start: 6, end: 24 };
    expect(text.slice(6, 24)).toBe('vitamin B. Complex');
    expect(sentencesOf(text, { rule, mentions: [mention] })).toEqual(['Given vitamin B. Complex daily.', 'Then none.']);
  });

  it('lets no sentence cross a passage', () => {
    const text = 'A title without stop The abstract begins.';
    const within = [
      { start: 0, end: 20 },
      { start: 21, end: text.length },
    ];
    expect(sentencesOf(text, { rule, within })).toEqual(['A title without stop', 'The abstract begins.']);
  });

  it('covers all but white space, in order', () => {
    const word = fc.constantFrom('A', 'rat.', 'died?', '3', 'vs.', '(B.)', '\n', '€.', '𐀀', 'x');
    fc.assert(
      fc.property(fc.array(word), (words) => {
        const text = words.join(' ');
        expect(sentencesOf(text, { rule }).join('').replaceAll(/\s/g, '')).toBe(text.replaceAll(/\s/g, ''));
      }),
    );
  });
});

it('begins sentences with numbers by the plain rule', () => {
  expect(sentencesOf('It was given. 12 rats died.')).toEqual(['It was given.', '12 rats died.']);
});
