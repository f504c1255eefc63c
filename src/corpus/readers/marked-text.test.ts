import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFiles } from '../../../tests/support/corpus-files.ts';
import { parseMasked, parseTagged } from './marked-text.ts';

describe('parseTagged', () => {
  it.each([
    ['<e1>Lead</e1> and <e2>zinc</e2>.', 'Lead and zinc.', 'Lead', 'zinc'],
    ['<e1> Lead </e1> and <e2> zinc </e2>.', 'Lead and zinc.', 'Lead', 'zinc'],
    ['<e2>Lead</e2> and <e1>zinc</e1>.', 'Lead and zinc.', 'zinc', 'Lead'],
    ['a<e1> Lead </e1>s and <e2>zinc</e2>', 'a Lead s and zinc', 'Lead', 'zinc'],
    ['anti<e1>lead</e1>like <e2>zinc</e2>', 'antileadlike zinc', 'lead', 'zinc'],
    ['<e1>lead <e2>poisoning</e2></e1>', 'lead poisoning', 'lead poisoning', 'poisoning'],
  ])('%s', (tagged, text, head, tail) => {
    expect(parseTagged(tagged)).toMatchObject({ text, head: { text: head }, tail: { text: tail } });
  });

  it('gives offsets into the text without tags', () => {
    const word = fc.stringMatching(/^[a-zα-ω]{1,6}$/u);
    fc.assert(
      fc.property(word, word, word, word, word, (a, head, b, tail, c) => {
        const marked = parseTagged(`${a} <e1>${head}</e1> ${b} <e2>${tail}</e2>${c}`);
        expect(marked).toEqual({
          text: `${a} ${head} ${b} ${tail}${c}`,
          head: { start: a.length + 1, end: a.length + 1 + head.length, type: 'entity', text: head },
          tail: {
            start: a.length + head.length + b.length + 3,
            end: a.length + head.length + b.length + tail.length + 3,
            type: 'entity',
            text: tail,
          },
        });
      }),
    );
  });
});

describe('parseMasked', () => {
  it.each([
    ['@GENE$ and @DISEASE$', '@GENE$', '@DISEASE$'],
    ['@DISEASE$ and @GENE$', '@GENE$', '@DISEASE$'],
    ['@GENE$ by @CHEMICAL$', '@CHEMICAL$', '@GENE$'],
    ['@problem$ of @test$', '@test$', '@problem$'],
  ])('%s: one type is the head wherever it stands', (text, head, tail) => {
    expect(parseMasked(text)).toMatchObject({ head: { text: head }, tail: { text: tail } });
  });

  it('takes two placeholders of one type in the order of the text', () => {
    expect(parseMasked('@DRUG$ with @DRUG$')).toMatchObject({ head: { start: 0 }, tail: { start: 12, type: 'DRUG' } });
  });

  it('counts the placeholders where there are not two', () => {
    expect(['a', '@CHEM-GENE$ b', '@A$ @B$ @C$', 'a@b.c $5'].map(parseMasked)).toEqual([0, 1, 3, 0]);
  });
});

describe('semeval', () => {
  it('keeps quotation marks inside the sentence, takes only the outer ones off', async () => {
    const { examples } = await readFiles({
      'x.txt':
        '1\t""Real <e1>baseball</e1>," he told the <e2>maker</e2>."\r\nCause-Effect(e2,e1)\r\nComment: "x"\r\n\r\n',
    });
    expect(examples[0]).toMatchObject({
      id: '1',
      text: '"Real baseball," he told the maker.',
      relation: 'Cause-Effect(e2,e1)',
    });
  });

  it('reads sentences without comments, and other words for null by option', async () => {
    const file = { 'x.txt': '1\t"<e1>a</e1> <e2>b</e2>"\nOther\n2\t"<e1>a</e1> <e2>b</e2>"\nNothing\n' };
    const labels = async (nullLabels?: string[]) =>
      (await readFiles(file, nullLabels && { nullLabels })).examples.map(({ relation }) => relation);
    expect(await labels()).toEqual([null, 'Nothing']);
    expect(await labels(['Nothing'])).toEqual(['Other', null]);
  });
});

describe('masked-tsv', () => {
  it('takes the placeholders for mentions, and says so', async () => {
    const { examples } = await readFiles({ 'x.tsv': 'sentence\tlabel\n"So-called" @GENE$ in @DISEASE$.\t1\n' });
    expect(examples).toEqual([
      {
        id: 'x:2',
        document: 'x:2',
        text: '"So-called" @GENE$ in @DISEASE$.',
        head: { start: 12, end: 18, type: 'GENE', text: '@GENE$' },
        tail: { start: 22, end: 31, type: 'DISEASE', text: '@DISEASE$' },
        relation: '1',
        masked: true,
      },
    ]);
  });

  it('knows the document of an index', async () => {
    const rows = ['10471277.T1.T6', 'DDI-MedLine.d80.s1.p0', 'plain'].map((id) => `${id}\t@A$ @B$\tfalse\n`);
    const { examples } = await readFiles({ 'x.tsv': `index\tsentence\tlabel\n${rows.join('')}` });
    expect(examples.map(({ document }) => document)).toEqual(['10471277', 'DDI-MedLine.d80', 'plain']);
  });

  it('counts sentences without two placeholders, and goes on', async () => {
    const { examples, warnings } = await readFiles({ 'x.tsv': '@A$ @B$\t1\n@CHEM-GENE$ here\t1\n@A$ @B$ @B$\t0\n' });
    expect(examples).toHaveLength(1);
    expect(warnings).toEqual(['unclear-placeholders 2 x.tsv:2: 1 placeholder where two entities should be masked']);
  });

  it('numbers rows by file, where files number their own', async () => {
    const rows = 'index\tsentence\tlabel\n0\t@A$ @B$\t1\n';
    const { examples } = await readFiles({ 'train.tsv': rows, 'test.tsv': rows });
    expect(examples.map(({ id }) => id)).toEqual(['test:0', 'train:0']);
  });
});
