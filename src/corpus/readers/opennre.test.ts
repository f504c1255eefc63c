import { describe, expect, it } from 'vitest';
import { readFiles } from '../../../tests/support/corpus-files.ts';

const line = (values: object): string =>
  `${JSON.stringify({ h: { name: 'Lead', pos: [0, 4] }, t: { name: 'rash', pos: [6, 10] }, relation: 'causes', ...values })}\n`;

describe('opennre', () => {
  it('takes offsets in code points, and names in other case', async () => {
    const { examples, warnings } = await readFiles({
      'x.jsonl': line({ text: '𝛂: Lead', h: { name: '𝛂', pos: [0, 1] }, t: { name: 'lead', pos: [3, 7] } }),
    });
    expect(examples[0]).toMatchObject({ head: { text: '𝛂' }, tail: { start: 4, text: 'Lead' } });
    expect(warnings).toEqual([]);
  });

  it('counts names that are other words than the text, relations that are not listed, and pairs of one mention', async () => {
    const { examples, warnings } = await readFiles({
      'x.jsonl':
        line({ text: 'Zinc: rash' }) +
        line({ text: 'Lead: rash', relation: 'eases' }) +
        line({ text: 'Lead: rash', t: { name: 'lead', pos: [0, 4] } }),
      'x_rel2id.json': '{"NA":0,"causes":1}',
    });
    expect(examples.map(({ id, head }) => [id, head.text])).toEqual([
      ['x:1', 'Zinc'],
      ['x:2', 'Lead'],
    ]);
    expect(warnings).toEqual([
      'text-differs 1 x.jsonl:1: the text has "Zinc" where the name is "Lead"',
      'unknown-label 1 x.jsonl:2: rel2id.json does not have the relation "eases"',
      'same-mention 1 x.jsonl:3: h and t are the same words, "Lead"',
    ]);
  });

  it('keeps the concepts of entities, from text and from tokens', async () => {
    const h = { name: 'Lead', pos: [0, 4], id: 'D007854' };
    const t = { name: 'rash', pos: [6, 10], id: 42 };
    const { examples } = await readFiles({
      'x.jsonl':
        line({ text: 'Lead: rash', h, t }) +
        line({ token: ['Lead', 'rash'], h: { ...h, pos: [0, 1] }, t: { ...t, pos: [1, 2] } }),
    });
    expect(examples.map(({ head, tail }) => [head.concepts, tail.concepts])).toEqual([
      [['D007854'], ['42']],
      [['D007854'], ['42']],
    ]);
  });
});
