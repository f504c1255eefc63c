import { describe, expect, it } from 'vitest';
import { readFiles } from '../../../tests/support/corpus-files.ts';

const entity = (n: number, offsets: string, text: string): string =>
  `<entity id="d.s0.e${n}" charOffset="${offsets}" type="drug" text="${text}"/>`;
const pair = (n: number, e1: number, e2: number, judged: string): string =>
  `<pair id="d.s0.p${n}" e1="d.s0.e${e1}" e2="d.s0.e${e2}" ${judged}/>`;
const read = (text: string, ...inside: string[]) =>
  readFiles({
    'x.xml': `<document id="d">\n<sentence id="d.s0" text="${text}">\n${inside.join('\n')}\n</sentence>\n<sentence id="d.s1" text="End. "/>\n<sentence id="d.s2" text=" "/></document>`,
  });

describe('ddi', () => {
  it('takes inclusive ends, sentences as given, and every pair that was judged', async () => {
    const { documents } = await read(
      'Lead and zinc.&#xd;&#xa;',
      entity(0, '0-3', 'Lead'),
      entity(1, '9-12', 'zinc'),
      pair(0, 0, 1, 'ddi="false"'),
    );
    expect(documents[0]).toEqual({
      id: 'd',
      text: 'Lead and zinc.\r\n\nEnd. \n ',
      passages: [
        { start: 0, end: 14 },
        { start: 17, end: 21 },
      ],
      sentences: [
        { start: 0, end: 14 },
        { start: 17, end: 21 },
      ],
      mentions: [
        { id: 'd.s0.e0', start: 0, end: 4, type: 'drug', text: 'Lead', ids: [] },
        { id: 'd.s0.e1', start: 9, end: 13, type: 'drug', text: 'zinc', ids: [] },
      ],
      relations: [],
      pairs: [{ id: 'd.s0.p0', head: 'd.s0.e0', tail: 'd.s0.e1', relation: null }],
    });
  });

  it('counts offsets after character references as one character each', async () => {
    const { documents } = await read('A&#xd;&#xa;B &lt;zinc&gt;', entity(0, '6-9', 'zinc'));
    expect(documents[0]?.mentions[0]).toMatchObject({ start: 6, end: 10 });
  });

  it.each(['alpha- agents', 'alpha-agents'])(
    'takes the parts of a discontinuous mention, named "%s"',
    async (words) => {
      const { documents, warnings } = await read('alpha- and beta-agents', entity(0, '0-5;16-21', words));
      expect(documents[0]?.mentions[0]).toMatchObject({
        text: 'alpha- and beta-agents',
        parts: [
          { start: 0, end: 6 },
          { start: 16, end: 22 },
        ],
      });
      expect(warnings).toEqual([]);
    },
  );

  it('keeps a mention whose words lie beside its offsets, and counts it', async () => {
    const { documents, warnings } = await read('Zinc and (R)-warfarin.', entity(0, '8-19', '(R)-warfarin'));
    expect(documents[0]?.mentions[0]).toMatchObject({ start: 8, end: 20, text: ' (R)-warfari' });
    expect(warnings).toEqual(['text-differs 1 x.xml:3: offsets 8 to 20 hold " (R)-warfari", not "(R)-warfarin"']);
  });

  it('keeps a pair that names one drug twice, and leaves out one that interacts without saying how', async () => {
    const { documents, warnings } = await read(
      'Zinc, zinc, lead',
      entity(0, '0-3', 'Zinc'),
      entity(1, '6-9', 'zinc'),
      entity(2, '12-15', 'lead'),
      pair(0, 0, 1, 'ddi="false"'),
      pair(1, 0, 2, 'ddi="true"'),
      pair(2, 1, 2, 'ddi="true" type="int"'),
    );
    expect(documents[0]?.pairs?.map(({ id, relation }) => [id, relation])).toEqual([
      ['d.s0.p0', null],
      ['d.s0.p2', 'int'],
    ]);
    expect(warnings).toEqual(['label-missing 1 x.xml:7: the pair d.s0.p1 interacts but has no type']);
  });
});
