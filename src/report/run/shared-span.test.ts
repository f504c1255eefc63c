import { describe, expect, it } from 'vitest';
import { sharedSpan } from './shared-span.ts';

const spansOf = (first: string, second: string): string[] | undefined =>
  sharedSpan(first, second)?.places.map(({ start, end }, which) => [first, second][which]!.slice(start, end));

describe('sharedSpan', () => {
  it('is the longest stretch of words that both have, as it stands in each, whatever its case and spacing', () => {
    expect(spansOf('Then  DRUG Caused severe  DISEASE in rats', 'In rats, DRUG caused severe DISEASE.')).toEqual([
      'DRUG Caused severe  DISEASE',
      'DRUG caused severe DISEASE',
    ]);
    expect(sharedSpan('Then DRUG caused severe DISEASE', 'DRUG caused severe DISEASE')?.words).toBe(4);
  });

  it('is the first of several as long, and never longer than one of the sentences', () => {
    expect(spansOf('a b, c d', 'c d; a b')).toEqual(['a b', 'a b']);
    expect(spansOf('DRUG DRUG DRUG', 'DRUG DRUG')).toEqual(['DRUG DRUG', 'DRUG DRUG']);
  });

  it('is nothing where no word is shared', () => {
    expect(sharedSpan('entirely other', 'DRUG caused it')).toBeUndefined();
    expect(sharedSpan('', 'DRUG')).toBeUndefined();
  });
});
