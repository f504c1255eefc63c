import { expect, it } from 'vitest';
import { WORDS } from '../../corpus/inspection/lengths.ts';
import type { MaskedExample, PreparedCorpus } from '../../dare/prepared-corpus.ts';
import { findingsIn } from './data-inspection.ts';

let made = 0;
const example = (text: string, relation: string | null): MaskedExample => {
  const id = `e${made++}`;
  return { id, document: id, text, relation };
};

it('finds in the parts of a run what data inspect finds in a corpus', () => {
  const corpus: PreparedCorpus = {
    relations: ['CID'],
    placeholders: [{ head: 'DRUG', tail: 'DISEASE' }],
    types: [],
    testedOn: 'test',
    train: [example('DRUG caused DISEASE', 'CID'), example('DRUG and then a rare DISEASE', null)],
    validation: [example('DRUG and then a rare DISEASE', 'CID')],
    test: [example('DRUG caused DISEASE', 'CID'), example('no DRUG', null)],
  };
  const { duplicates, contradictions, lengths, labels, leakage } = findingsIn(corpus, WORDS, 4);
  expect(duplicates.examples).toBe(1);
  expect(contradictions).toMatchObject({ sentences: 1, examples: 2 });
  expect(lengths).toMatchObject({ longest: 6, longer: 2, limit: 4 });
  expect(labels.rare).toEqual(['CID']);
  expect(leakage).toMatchObject([
    {
      from: 'train',
      to: 'validation',
      same: 1,
      samples: [{ texts: ['DRUG and then a rare DISEASE', 'DRUG and then a rare DISEASE'] }],
    },
    { from: 'train', to: 'test', same: 1 },
  ]);
});
