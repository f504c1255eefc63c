import { describe, expect, it } from 'vitest';
import { readFiles, readingError } from '../../../tests/support/corpus-files.ts';

const HEADER = 'text,head,tail,relation\n';
const read = (content: string) => readFiles({ 'x.csv': content });

describe('csv', () => {
  it('reads quoted fields with commas, quotes and line ends, and tells lines', async () => {
    const { examples, items } = await read(
      `${HEADER}"Lead, ""red""\nlead: rash.",Lead,rash,causes\nLead: rash.,Lead,rash,NA\n`,
    );
    expect(examples.map(({ text, relation }) => [text, relation])).toEqual([
      ['Lead, "red"\nlead: rash.', 'causes'],
      ['Lead: rash.', null],
    ]);
    expect(items.map(({ place }) => place.line)).toEqual([3, 4]);
  });

  it('takes whole words first, the first of several with a warning, and never one place for both', async () => {
    const { examples, warnings } = await read(`${HEADER}misleading lead,lead,misleading,x\nzinc or zinc,zinc,zinc,x\n`);
    expect(examples.map(({ head, tail }) => [head.start, tail.start])).toEqual([
      [11, 0],
      [0, 8],
    ]);
    expect(warnings).toEqual(['ambiguous-mention 1 x.csv:3: "zinc" stands in the text 2 times, the first counts']);
  });

  it('reads columns by the names that the user gives', async () => {
    const options = { format: 'csv', columns: { text: 'Satz', relation: 'Klasse', head: 'A', tail: 'B' } };
    const { examples } = await readFiles(
      { 'x.csv': 'A,B,Satz,Klasse,text\nLead,rash,Lead: rash,causes,other\n' },
      options,
    );
    expect(examples[0]).toMatchObject({ text: 'Lead: rash', relation: 'causes' });
  });

  it('holds all that an example holds', async () => {
    const others = '[{""start"":0,""end"":4,""type"":""Drug"",""text"":""Lead""}]';
    const parts = '[{""start"":6,""end"":10},{""start"":14,""end"":19}]';
    const { examples } = await read(
      'id,document,split,text,head,head_start,head_end,head_type,tail,tail_start,tail_end,tail_type,tail_parts,relation,others,masked\n' +
        `a,d,dev,Lead: skin or liver,Lead,0,4,Drug,skin or liver,6,19,Disease,"${parts}",,"${others}",true\n`,
    );
    expect(examples).toEqual([
      {
        id: 'a',
        document: 'd',
        split: 'development',
        text: 'Lead: skin or liver',
        head: { start: 0, end: 4, type: 'Drug', text: 'Lead' },
        tail: {
          start: 6,
          end: 19,
          type: 'Disease',
          text: 'skin or liver',
          parts: [
            { start: 6, end: 10 },
            { start: 14, end: 19 },
          ],
        },
        relation: null,
        others: [{ start: 0, end: 4, type: 'Drug', text: 'Lead' }],
        masked: true,
      },
    ]);
  });

  it('in tab-separated files takes quotation marks for what they are', async () => {
    const { examples } = await readFiles({
      'x.tsv': 'text\thead\ttail\trelation\n"Lead" and "zinc"\tLead\tzinc\tx\n"""Lead"" or zinc"\tLead\tzinc\tx\n',
    });
    expect(examples.map(({ text }) => text)).toEqual(['"Lead" and "zinc"', '"Lead" or zinc']);
  });

  it('takes no notice of blanks around a cell, but for the text', async () => {
    const { examples } = await readFiles({
      'x.csv': 'document,text,head,tail,relation\np1 , Lead or zinc.,Lead , zinc,x\np1,Lead or zinc.,Lead,zinc, NA \n',
    });
    expect(examples.map(({ document, text, relation }) => [document, text, relation])).toEqual([
      ['p1', ' Lead or zinc.', 'x'],
      ['p1', 'Lead or zinc.', null],
    ]);
    expect(examples[0]).toMatchObject({ head: { start: 1, text: 'Lead' }, tail: { start: 9, text: 'zinc' } });
  });

  it('says what to do where a column named id holds what several rows have', async () => {
    const rows = 'S1,Lead or zinc,Lead,zinc,x\nS1,Lead or zinc,zinc,Lead,y\n';
    const error = await readingError({ 'x.csv': `id,text,head,tail,relation\n${rows}` });
    expect(error.message).toBe(
      'x.csv:3: example S1 was met at x.csv:2 already (remove one of the two, or give it another id; ' +
        'if the column names sentences or papers, say so: --columns document=COLUMN)',
    );
    const named = await readFiles({ 'x.csv': `id,text,head,tail,relation\n${rows}` }, { columns: { document: 'id' } });
    expect(named.examples.map(({ document }) => document)).toEqual(['S1', 'S1']);
  });

  it('says which columns are missing', async () => {
    const error = await readingError({ 'x.csv': 'sentence,class name\na,b\n' }, { format: 'csv' });
    expect(error.message).toBe(
      'x.csv:1: no column is the relation (say which is, with --columns relation=NAME; there are "sentence, class name")',
    );
  });

  it('takes a column of sentences for the document, and numbers of rows for numbers of a file’s rows', async () => {
    const rows = 'S1,Lead or zinc,Lead,zinc,x\nS1,Lead or zinc,zinc,Lead,y\n';
    const { examples } = await readFiles({ 'x.csv': `sentence_id,text,head,tail,relation\n${rows}` });
    expect(examples.map(({ id, document }) => [id, document])).toEqual([
      ['x:2', 'S1'],
      ['x:3', 'S1'],
    ]);
    const numbered = 'index,text,head,tail,relation\n0,Lead or zinc,Lead,zinc,x\n';
    const folder = await readFiles({ 'train.csv': numbered, 'test.csv': numbered });
    expect(folder.examples.map(({ id }) => id)).toEqual(['test:0', 'train:0']);
    const named = await readFiles({ 'x.csv': numbered.replace('index', 'id') });
    expect(named.examples[0]?.id).toBe('0');
  });

  it('reads what spreadsheets and pandas write', async () => {
    const header = 'text,head_start,head_end,tail_start,tail_end,relation';
    const { examples } = await readFiles({ 'x.csv': `sep=,\n${header}\nLead or zinc,0,4,8.0,12.0,NaN\n` });
    expect(examples[0]).toMatchObject({ tail: { start: 8, end: 12, text: 'zinc' }, relation: null });
    const semicolons = await readFiles({ 'x.csv': 'sep=;\ntext;head;tail;relation\nLead, or zinc;Lead;zinc;x\n' });
    expect(semicolons.examples[0]?.text).toBe('Lead, or zinc');
  });

  it('says once that a word is taken for no relation which may be one', async () => {
    const rows = 'Lead or zinc,Lead,zinc,negative\n'.repeat(2);
    const csv = { 'x.csv': `text,head,tail,relation\n${rows}` };
    const { examples, warnings } = await readFiles(csv);
    expect(examples.map(({ relation }) => relation)).toEqual([null, null]);
    expect(warnings).toEqual(['null-label 1 x.csv:2: "negative" is taken for no relation']);
    expect((await readFiles(csv, { nullLabels: ['negative'] })).warnings).toEqual([]);
    expect((await readFiles(csv, { nullLabels: ['none'] })).examples[0]?.relation).toBe('negative');
  });

  it('parts concept ids at commas only where these are numbered', async () => {
    const row = (ids: string): string => `text,head,tail,relation,head_id\nLead or zinc,Lead,zinc,x,"${ids}"\n`;
    const concepts = async (ids: string) => (await readFiles({ 'x.csv': row(ids) })).examples[0]?.head.concepts;
    expect(await concepts('D01,MESH:D02;7157')).toEqual(['D01', 'MESH:D02', '7157']);
    expect(await concepts('2,4-D|1,2-dichloroethane')).toEqual(['2,4-D', '1,2-dichloroethane']);
  });
});
