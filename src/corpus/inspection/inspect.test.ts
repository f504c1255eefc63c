import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Example, Split } from '../example.ts';
import { DEFAULT_SETTINGS, type CorpusSettings } from '../settings.ts';
import { inspectCorpus, type InspectionOptions } from './inspect.ts';
import { LengthCount, WORDS } from './lengths.ts';
import { paperCounts } from './paper-counts.ts';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'inspect-'))));
afterEach(() => rm(folder, { recursive: true }));

const OPTIONS: InspectionOptions = { counter: WORDS, limit: 8, similarity: 0.8, shown: 2, seed: 1 };

let made = 0;
/** An example of a sentence with DRUG and DISEASE where the names are to stand. */
function example(sentence: string, relation: string | null, split: Split = 'train', document?: string): Example {
  const id = `e${made++}`;
  const names = { head: `aspirin${made}`, tail: `pain${made}` };
  const text = sentence.replace('DRUG', names.head).replace('DISEASE', names.tail);
  const mention = (words: string, type: string) => {
    const start = text.indexOf(words);
    return { start, end: start + words.length, type, text: words };
  };
  return {
    id,
    document: document ?? id,
    text,
    head: mention(names.head, 'Chemical'),
    tail: mention(names.tail, 'Disease'),
    relation,
    split,
  };
}

async function inspect(examples: readonly Example[], settings: Partial<CorpusSettings> = {}, options = OPTIONS) {
  const path = join(folder, 'corpus.jsonl');
  await writeFile(path, examples.map((each) => `${JSON.stringify(each)}\n`).join(''));
  return inspectCorpus(path, { ...DEFAULT_SETTINGS, ...settings }, options);
}

describe('inspectCorpus', () => {
  it('begins with what programs are promised, in this order', async () => {
    const { inspection } = await inspect([example('DRUG cures DISEASE', 'treats'), example('DRUG and DISEASE', null)]);
    expect(Object.keys(inspection).slice(0, 7)).toEqual([
      'format',
      'documents',
      'sentences',
      'examples',
      'relations',
      'null',
      'warnings',
    ]);
    expect(inspection).toMatchObject({
      format: 'jsonl',
      documents: 2,
      sentences: 2,
      examples: 2,
      relations: { treats: 1 },
      null: 1,
      warnings: [],
      splits: { train: { documents: 2, examples: 2, relations: { treats: 1 }, null: 1 } },
      types: { 'Chemical:Disease': 2 },
      placeholders: [{ head: 'DRUG', tail: 'DISEASE' }],
      leakage: [],
      paper: null,
    });
  });

  it('finds duplicates and contradictions by masked sentence', async () => {
    const { inspection } = await inspect([
      example('DRUG cures DISEASE', 'treats'),
      example('DRUG cures DISEASE', 'treats'),
      example('DRUG cures DISEASE', null),
      example('DRUG for DISEASE', null),
    ]);
    expect(inspection.duplicates).toMatchObject({ examples: 1, samples: [{ text: 'DRUG cures DISEASE' }] });
    expect(inspection.contradictions).toMatchObject({
      sentences: 1,
      examples: 3,
      samples: [{ text: 'DRUG cures DISEASE', labels: ['treats', null] }],
    });
  });

  it('tells head from tail as a run does, where types stand in both orders', async () => {
    const forth = example('DRUG cures DISEASE', 'treats');
    const { head, tail } = forth;
    const back: Example = { ...forth, id: 'back', head: tail, tail: head, relation: null };
    const { inspection } = await inspect([forth, back]);
    expect(inspection.placeholders).toEqual([
      { head: 'DRUGA', tail: 'DISEASEB' },
      { head: 'DISEASEA', tail: 'DRUGB' },
    ]);
    expect(inspection.contradictions.sentences).toBe(0);
  });

  it('finds labels that differ only in spelling, and rare ones', async () => {
    const many = Array.from({ length: 10 }, (_, i) => example(`DRUG ${i} DISEASE`, 'side effect'));
    const { inspection } = await inspect([...many, example('DRUG or DISEASE', 'Side-Effect')]);
    expect(inspection.labels).toEqual({ alike: [['side effect', 'Side-Effect']], rare: ['Side-Effect'] });
  });

  it('finds leakage between the splits, with the sentences', async () => {
    const { inspection } = await inspect([
      example('DRUG cures DISEASE', 'treats', 'train', 'd1'),
      example('DRUG cures DISEASE', 'treats', 'test', 'd2'),
      example('DRUG is not DISEASE', null, 'test', 'd1'),
    ]);
    expect(inspection.leakage).toMatchObject([
      {
        from: 'train',
        to: 'test',
        documents: 1,
        same: 1,
        near: 0,
        samples: [{ texts: ['DRUG cures DISEASE', 'DRUG cures DISEASE'], similarity: 1 }],
      },
    ]);
  });

  it('measures what a model reads', async () => {
    const { inspection } = await inspect([
      example('DRUG cures DISEASE.', null),
      example('DRUG: one, two, three, four and five DISEASE.', null),
    ]);
    expect(inspection.lengths).toEqual({
      unit: 'words and punctuation marks',
      mean: 8.5,
      median: 4,
      percentile95: 13,
      longest: 13,
      limit: 8,
      longer: 1,
      share: 0.5,
      counts: [
        [4, 1],
        [13, 1],
      ],
    });
  });

  it('warns of placeholders that texts held before, and drops these on request', async () => {
    const examples = [example('DRUG cures DISEASE', 'r'), { ...example('a', 'r'), ...ownPlaceholder() }];
    const lower = await inspect(examples);
    expect(lower.inspection).toMatchObject({
      examples: 2,
      warnings: [
        {
          code: 'placeholder-in-text',
          count: 1,
          first: { what: 'the text holds DRUG as a word of its own' },
          remedy: 'choose what happens to it with --own-placeholders',
        },
      ],
    });
    const dropped = await inspect(examples, { ownPlaceholders: 'drop' });
    expect(dropped.inspection).toMatchObject({
      examples: 1,
      dropped: { 'placeholder-in-text': { pairs: 1, related: 1 } },
    });
    await expect(inspect(examples, { strict: true })).rejects.toThrow('--strict makes this warning an error');
  });

  it('shows some examples of each label, the same ones every time', async () => {
    const examples = Array.from({ length: 30 }, (_, i) => example(`DRUG ${i} DISEASE`, i % 3 === 0 ? null : 'r'));
    const first = await inspect(examples);
    expect(first.shown.map(({ relation, examples: shown }) => [relation, shown.length])).toEqual([
      ['r', 2],
      [null, 2],
    ]);
    for (const { relation, examples: shown } of first.shown) {
      for (const { example: each, masked } of shown) {
        expect(each.relation).toBe(relation);
        expect(masked).toMatch(/^DRUG \d+ DISEASE$/);
      }
    }
    expect(await inspect(examples)).toEqual(first);
    expect((await inspect(examples, {}, { ...OPTIONS, seed: 2 })).shown).not.toEqual(first.shown);
  });
});

function ownPlaceholder(): Partial<Example> {
  const text = 'DRUG x y';
  return {
    text,
    head: { start: 5, end: 6, type: 'Chemical', text: 'x' },
    tail: { start: 7, end: 8, type: 'Disease', text: 'y' },
  };
}

describe('lengths', () => {
  it('are zero for nothing', () => {
    expect(new LengthCount(WORDS, 5).result()).toMatchObject({ mean: 0, median: 0, longest: 0, share: 0, counts: [] });
  });

  it.each([
    ['DRUG-induced DISEASE.', 5],
    ['$ENTITYA$ 2.5 mg', 5],
    ['  ', 0],
    ['naïve café', 2],
  ])('of %j in words and marks', (text, length) => {
    expect(WORDS.count(text)).toBe(length);
  });
});

describe('the paper’s counts', () => {
  it.each([
    [['CID'], 'CDR'],
    [['int', 'effect', 'advise', 'mechanism'], 'DDI2013'],
    [['CPR:3', 'CPR:4', 'CPR:5', 'CPR:6', 'CPR:9'], 'ChemProt'],
    [['CPR:3'], undefined],
    [['CID', 'treats'], undefined],
    [[], undefined],
  ])('stand beside a corpus with the relations %j', (relations, corpus) => {
    expect(paperCounts(relations)?.corpus).toBe(corpus);
  });
});
