import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import type { Example, Mention } from '../corpus/example.ts';
import type { Inspection } from '../corpus/inspection/inspect.ts';
import { inspectionPage } from './inspection-page.ts';
import { segmentsOf } from './marked-sentence.ts';

const INSPECTION: Inspection = {
  format: 'jsonl',
  documents: 2,
  sentences: 3,
  examples: 40,
  relations: { 'treats <b>': 12 },
  null: 28,
  warnings: [{ code: 'label-case', count: 2, first: { what: 'odd <i>', where: 'a.jsonl:1' }, remedy: 'mend it' }],
  splits: { train: { documents: 2, examples: 40, relations: { 'treats <b>': 12 }, null: 28 } },
  types: { 'Chemical:Disease': 40 },
  placeholders: [{ head: 'DRUG', tail: 'DISEASE' }],
  dropped: { 'nested-mentions': { pairs: 3, related: 1 } },
  lengths: {
    unit: 'tokens',
    mean: 20,
    median: 20,
    percentile95: 30,
    longest: 40,
    limit: 30,
    longer: 4,
    share: 0.1,
    counts: [
      [20, 36],
      [40, 4],
    ],
  },
  duplicates: { examples: 1, samples: [{ text: 'DRUG.', ids: ['a', 'b'], labels: [null, null] }] },
  contradictions: {
    sentences: 1,
    examples: 2,
    samples: [{ text: 'DRUG!', ids: ['c', 'd'], labels: ['treats <b>', null] }],
  },
  labels: { alike: [], rare: [] },
  leakage: [
    {
      from: 'train',
      to: 'test',
      documents: 0,
      same: 1,
      near: 0,
      samples: [{ from: 'a', to: 'z', similarity: 1, texts: ['DRUG.', 'DRUG.'] }],
    },
  ],
  paper: null,
};

const mention = (text: string, words: string, type: string): Mention => {
  const start = text.indexOf(words);
  return { start, end: start + words.length, type, text: words };
};

const TEXT = 'Aspirin cured <script>alert(1)</script> pain.';
const EXAMPLE: Example = {
  id: 'e1',
  document: 'd',
  text: TEXT,
  head: mention(TEXT, 'Aspirin', 'Chemical'),
  tail: mention(TEXT, 'pain', 'Disease'),
  relation: 'treats <b>',
};

const page = (inspection: Inspection = INSPECTION): Promise<string> =>
  inspectionPage('/data/my corpus', inspection, [
    { relation: 'treats <b>', examples: [{ example: EXAMPLE, masked: 'DRUG cured DISEASE.' }] },
  ]);

describe('the page of a corpus', () => {
  it('is one file, the same every time', async () => {
    const text = await page();
    expect(text).toBe(await page());
    expect(text).not.toMatch(/(src|href)="|@import|url\(/);
  });

  it('shows what there is, as text and not as markup', async () => {
    const { document } = parseHTML(await page());
    expect(document.querySelector('h1')?.textContent).toBe('my corpus');
    expect(document.querySelectorAll('script, b > b, i')).toHaveLength(0);
    const body = document.body.textContent;
    for (const part of ['treats <b>', 'odd <i>', 'pairs where one mention lies in the other', TEXT, '10.0%']) {
      expect(body).toContain(part);
    }
    expect(document.querySelector('.example mark.head')?.textContent).toBe('Aspirin');
    expect(document.querySelector('.example mark.tail')?.getAttribute('title')).toBe('Disease');
  });

  it('draws both charts, wide and narrow', async () => {
    const { document } = parseHTML(await page());
    expect(document.querySelectorAll('figure .wide > svg, figure .narrow > svg')).toHaveLength(4);
    expect(document.querySelectorAll('svg rect').length).toBeGreaterThan(6);
  });

  it('says so where nothing stands out', async () => {
    const { document } = parseHTML(
      await page({
        ...INSPECTION,
        warnings: [],
        duplicates: { examples: 0, samples: [] },
        contradictions: { sentences: 0, examples: 0, samples: [] },
        leakage: [],
        dropped: {},
        lengths: { ...INSPECTION.lengths, share: 0, longer: 0 },
      }),
    );
    expect(document.querySelector('.findings .good')?.textContent).toContain('Nothing');
    expect(document.body.textContent).not.toContain('Leakage');
  });
});

describe('segmentsOf', () => {
  it('keeps the text whole and knows every cover', () => {
    const text = 'ocular and auditory toxicity';
    const parts = [
      { start: 0, end: 6 },
      { start: 20, end: 28 },
    ];
    const head: Mention = { start: 0, end: 28, type: 'Disease', text, parts };
    const segments = segmentsOf({ ...EXAMPLE, text, head, tail: mention(text, 'auditory toxicity', 'Disease') });
    expect(segments.map((each) => each.text).join('')).toBe(text);
    expect(segments.map((each) => `${each.text}|${each.covers.join('+')}`)).toEqual([
      'ocular|head',
      ' and |',
      'auditory |tail',
      'toxicity|head+tail',
    ]);
  });
});
