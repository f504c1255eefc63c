import { describe, expect, it } from 'vitest';
import { readFiles, readingError, type ReadFiles } from '../../../tests/support/corpus-files.ts';

const read = (content: string | Uint8Array): Promise<ReadFiles> =>
  readFiles({ 'x.txt': content }, { format: 'pubtator' });

const TITLE = '1|t|Aspirin and pain.';
const ABSTRACT = '1|a|Rash after aspirin.';
const MENTION = '1\t0\t7\tAspirin\tChemical\tD1';
const OTHER = '1\t18\t22\tRash\tDisease\tD2|D3';
const file = (...lines: string[]): string => lines.join('\n') + '\n';

describe('pubtator', () => {
  it('reads title, abstract, mentions and relations', async () => {
    const { documents, warnings } = await read(
      file(TITLE, ABSTRACT, MENTION, OTHER, '1\tCID\tD1\tD3', '', '2|t|T.', '2|a|'),
    );
    expect(warnings).toEqual([]);
    expect(documents).toEqual([
      {
        id: '1',
        text: 'Aspirin and pain. Rash after aspirin.',
        passages: [
          { start: 0, end: 17 },
          { start: 18, end: 37 },
        ],
        mentions: [
          { start: 0, end: 7, type: 'Chemical', text: 'Aspirin', ids: ['D1'] },
          { start: 18, end: 22, type: 'Disease', text: 'Rash', ids: ['D2', 'D3'] },
        ],
        relations: [{ type: 'CID', head: 'D1', tail: 'D3' }],
      },
      {
        id: '2',
        text: 'T. ',
        passages: [
          { start: 0, end: 2 },
          { start: 3, end: 3 },
        ],
        mentions: [],
        relations: [],
      },
    ]);
  });

  it('takes Windows line ends, a byte order mark and a missing last line end', async () => {
    const { documents } = await read(file(TITLE, ABSTRACT, MENTION));
    expect((await read(`\uFEFF${[TITLE, ABSTRACT, MENTION].join('\r\n')}`)).documents).toEqual(documents);
  });

  it.each(['-1', '-', ''])('takes %j for a mention without a concept', async (id) => {
    const { documents } = await read(file(TITLE, ABSTRACT, `1\t0\t7\tAspirin\tChemical\t${id}`));
    expect(documents[0]?.mentions[0]?.ids).toEqual([]);
  });

  it('does not take U+2028 inside a text for a line end', async () => {
    const { documents } = await read(file('1|t|A\u2028B.', '1|a|', '1\t2\t3\tB\tChemical\tD1'));
    expect(documents[0]?.text).toBe('A\u2028B. ');
  });

  it('takes offsets in code points as well as in UTF-16 code units', async () => {
    for (const [start, end] of [
      [2, 3],
      [3, 4],
    ] as const) {
      const { documents } = await read(file('1|t|𝛂-B.', '1|a|', `1\t${start}\t${end}\tB\tChemical\tD1`));
      expect(documents[0]?.mentions[0]).toMatchObject({ start: 3, end: 4 });
    }
  });

  it('takes mentions inside words, and relations of any type between ids of any form', async () => {
    const { documents, warnings } = await read(
      file(
        '1|t|Antinicotinelike harm.',
        '1|a|',
        '1\t4\t12\tnicotine\tChemical\tD009538',
        '1\t17\t21\tharm\tDisease\t7157',
        '1\tPositive_Correlation\tD009538\t7157\tNovel',
        '1\tAssociation\t7157\tD009538',
      ),
    );
    expect(documents[0]?.mentions[0]).toMatchObject({ start: 4, end: 12, text: 'nicotine' });
    expect(documents[0]?.relations).toEqual([
      { type: 'Positive_Correlation', head: 'D009538', tail: '7157' },
      { type: 'Association', head: '7157', tail: 'D009538' },
    ]);
    expect(warnings).toEqual([]);
  });

  it('counts relations between concepts that no mention has', async () => {
    const { warnings } = await read(file(TITLE, ABSTRACT, MENTION, '1\tCID\tD1\tD9', '1\tCID\tD8\tD9'));
    expect(warnings).toEqual(['unknown-concept 2 x.txt:4: a relation names D9, which no mention has']);
  });

  it.each<[string, string | Uint8Array, string]>([
    ['an empty file', '', 'x.txt: the corpus is empty'],
    ['blank lines only', '\n\n', 'x.txt: the corpus is empty'],
    ['a missing abstract', file(TITLE, '2|t|T', '2|a|A'), 'x.txt:1: document 1 has a title but no abstract'],
    ['a missing abstract at the end', file(TITLE), 'x.txt:1: document 1 has a title but no abstract'],
    ['an abstract without title', file('1|a|A'), 'x.txt:1: abstract of 1 without its title'],
    ["another document's abstract", file(TITLE, '2|a|A'), 'x.txt:2: abstract of 2 without its title'],
    ['two abstracts', file(TITLE, ABSTRACT, ABSTRACT), 'x.txt:3: document 1 has a second abstract'],
    [
      'a document twice',
      file(TITLE, ABSTRACT, '2|t|T', '2|a|A', TITLE, ABSTRACT),
      'x.txt:5: document 1 was met at x.txt:1 already',
    ],
    ['a mention before any document', file(MENTION), 'x.txt:1: annotation of document 1, but no document is open here'],
    [
      "another document's mention",
      file(TITLE, ABSTRACT, MENTION.replace('1', '2')),
      'x.txt:3: annotation of document 2, but document 1 is open here',
    ],
    ['a mention before the abstract', file(TITLE, MENTION), 'x.txt:2: annotation before the abstract of 1'],
    ['prose', file(TITLE, ABSTRACT, 'see above'), 'x.txt:3: neither a title, an abstract, a mention nor a relation'],
    [
      'too few columns',
      file(TITLE, ABSTRACT, '1\t0\t7'),
      'x.txt:3: neither a title, an abstract, a mention nor a relation',
    ],
    [
      'empty offsets',
      file(TITLE, ABSTRACT, '1\t\t\tAspirin\tChemical\tD1'),
      'x.txt:3: a mention needs whole numbers for start and end, not "" and ""',
    ],
    [
      'no offsets',
      file(TITLE, ABSTRACT, MENTION, '1\taspirin\tChemical\tD1'),
      'x.txt:4: a mention needs whole numbers for start and end, not "aspirin" and "Chemical"',
    ],
    [
      'a fraction',
      file(TITLE, ABSTRACT, MENTION.replace('7', '7.0')),
      'x.txt:3: a mention needs whole numbers for start and end, not "0" and "7.0"',
    ],
    [
      'a negative offset',
      file(TITLE, ABSTRACT, MENTION.replace('0', '-1')),
      'x.txt:3: a mention needs whole numbers for start and end, not "-1" and "7"',
    ],
    [
      'offsets beyond the text',
      file(TITLE, ABSTRACT, '1\t30\t90\tx\tChemical\tD1'),
      'x.txt:3: end 90 lies beyond the text, which has 37 characters',
    ],
    [
      'start after end',
      file(TITLE, ABSTRACT, '1\t7\t0\tAspirin\tChemical\tD1'),
      'x.txt:3: start 7 is not before end 0',
    ],
    [
      'offsets at other text',
      file(TITLE, ABSTRACT, '1\t1\t8\tAspirin\tChemical\tD1'),
      'x.txt:3: offsets 1 to 8 hold "spirin ", not "Aspirin"',
    ],
    ['no type', file(TITLE, ABSTRACT, '1\t0\t7\tAspirin\t\tD1'), 'x.txt:3: a mention needs a type'],
    ['half a relation', file(TITLE, ABSTRACT, MENTION, '1\tCID\tD1\t'), 'x.txt:4: a relation needs two concept ids'],
    ['Latin-1', Uint8Array.from(Buffer.from(file(TITLE, '1|a|Sjögren'), 'latin1')), 'x.txt:2: the text is not UTF-8'],
  ])('refuses %s', async (_, content, message) => {
    const error = await readingError({ 'x.txt': content }, { format: 'pubtator' });
    expect(error.message).toBe(`${message} (${error.remedy})`);
  });
});
