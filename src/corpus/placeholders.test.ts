import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  asRead,
  countPlaceholder,
  describePlaceholders,
  distinctPlaceholders,
  ENTITY_PLACEHOLDERS,
  placeholdersByTypes,
  placeholdersIn,
  renamePlaceholders,
  typedPlaceholders,
  typeWord,
  typeWordsOf,
} from './placeholders.ts';

const typed = typedPlaceholders('Chemical', 'Disease');

describe('placeholders', () => {
  it('are words for types, told apart where both types have one word', () => {
    expect(typedPlaceholders('Chemical', 'Disease')).toEqual({ head: 'DRUG', tail: 'DISEASE' });
    expect(typedPlaceholders('CHEMICAL', 'GENE-Y')).toEqual({ head: 'DRUG', tail: 'PROTEIN' });
    expect(typedPlaceholders('drug', 'drug')).toEqual({ head: 'DRUGA', tail: 'DRUGB' });
    expect(typedPlaceholders('Chemical', 'Disease', { words: { Chemical: 'COMPOUND' } })).toEqual({
      head: 'COMPOUND',
      tail: 'DISEASE',
    });
    expect(typedPlaceholders('drug', 'drug', { numbering: 'numbers' })).toEqual({ head: 'DRUG1', tail: 'DRUG2' });
    expect(typeWord('cell-line')).toBe('CELLLINE');
  });

  it('know what the types of a format mean', () => {
    expect(typedPlaceholders('brand', 'group', { words: typeWordsOf('ddi') })).toEqual({
      head: 'DRUGA',
      tail: 'DRUGB',
    });
    expect(typedPlaceholders('brand', 'group', { words: typeWordsOf('brat') })).toEqual({
      head: 'BRAND',
      tail: 'GROUP',
    });
  });

  it('are a pair for each pair of types, numbered where words do not tell head from tail', () => {
    const of = (...pairs: [string, string][]) =>
      placeholdersByTypes(pairs.map(([head, tail]) => ({ head, tail }))).map(
        ({ head, tail, placeholders }) => `${head}:${tail} ${placeholders.head} ${placeholders.tail}`,
      );
    expect(of(['Chemical', 'Disease'], ['Chemical', 'Chemical'], ['Chemical', 'Disease'])).toEqual([
      'Chemical:Disease DRUG DISEASE',
      'Chemical:Chemical DRUGA DRUGB',
    ]);
    expect(of(['Chemical', 'Gene'], ['Gene', 'Chemical'], ['Chemical', 'Disease'])).toEqual([
      'Chemical:Gene DRUGA PROTEINB',
      'Gene:Chemical PROTEINA DRUGB',
      'Chemical:Disease DRUG DISEASE',
    ]);
    const alike = placeholdersByTypes([
      { head: 'Chemical', tail: 'Disease' },
      { head: 'CHEMICAL', tail: 'Disease' },
    ]);
    expect(distinctPlaceholders(alike)).toEqual([typed]);
    expect(describePlaceholders([typed, { head: 'DRUGA', tail: 'DRUGB' }])).toBe(
      'DRUG and DISEASE, or DRUGA and DRUGB',
    );
  });

  it('are found in a text: those that it has both of, else one of', () => {
    const pairs = [typed, { head: 'DRUGA', tail: 'DRUGB' }];
    expect(placeholdersIn('DRUGB after DRUGA with a DRUG', pairs)).toBe(pairs[1]);
    expect(placeholdersIn('DISEASE after DRUG', pairs)).toBe(typed);
    expect(placeholdersIn('an edited DRUGB', pairs)).toBe(pairs[1]);
    expect(placeholdersIn('nothing', pairs)).toBe(typed);
    expect(asRead('DRUGB after DRUGA', pairs, [ENTITY_PLACEHOLDERS])).toBe('$ENTITYB$ after $ENTITYA$');
    expect(asRead('DRUGB after DRUGA', pairs, pairs)).toBe('DRUGB after DRUGA');
  });

  it.each([
    ['DRUG-induced DISEASE', 1],
    ['(DRUG)', 1],
    ['DRUG DRUG', 2],
    ['DRUGS drug DRUG1 aDRUG DRUG_', 0],
  ])('counts whole words in exact case: %s', (text, count) => {
    expect(countPlaceholder(text, 'DRUG')).toBe(count);
  });

  it('are renamed there and back without loss', () => {
    const words = fc.constantFrom('DRUG', 'DISEASE', 'DRUGS', 'and', '-', '.', ' ', 'drug', '$', '€', 'ENTITYA');
    fc.assert(
      fc.property(fc.array(words), (parts) => {
        const text = parts.join(' ');
        const renamed = renamePlaceholders(text, typed, ENTITY_PLACEHOLDERS);
        expect(countPlaceholder(renamed, ENTITY_PLACEHOLDERS.head)).toBe(countPlaceholder(text, 'DRUG'));
        expect(renamePlaceholders(renamed, ENTITY_PLACEHOLDERS, typed)).toBe(text);
      }),
    );
  });
});
