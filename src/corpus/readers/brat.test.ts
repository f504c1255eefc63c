import { describe, expect, it } from 'vitest';
import { readFiles } from '../../../tests/support/corpus-files.ts';

const read = (text: string, ...annotations: string[]) =>
  readFiles({ 'a.txt': text, 'a.ann': annotations.map((line) => `${line.replaceAll(' | ', '\t')}\n`).join('') });

describe('brat', () => {
  it('reads discontinuous mentions, normalisations and relations', async () => {
    const { documents } = await read(
      'Ocular or renal harm by lead.',
      'T1 | Disease 0 6;16 20 | Ocular harm',
      'T2 | Drug 24 28 | lead',
      'N1 | Reference T2 MESH:D007854 | Lead',
      'R1 | Causes Arg1:T2 Arg2:T1',
    );
    expect(documents[0]).toMatchObject({
      id: 'a',
      mentions: [
        {
          id: 'T1',
          text: 'Ocular or renal harm',
          parts: [
            { start: 0, end: 6 },
            { start: 16, end: 20 },
          ],
          ids: [],
        },
        { id: 'T2', text: 'lead', ids: ['MESH:D007854'] },
      ],
      mentionRelations: [{ type: 'Causes', head: 'T2', tail: 'T1' }],
    });
  });

  it('takes lines for passages, except where a mention crosses a line end', async () => {
    const { documents } = await read('Title\n\nrenal\nharm here\nend', 'T1 | Disease 7 17 | renal harm');
    expect(documents[0]?.passages.map(({ start, end }) => documents[0]!.text.slice(start, end))).toEqual([
      'Title',
      'renal\nharm here',
      'end',
    ]);
  });

  it('counts what it leaves out, and what names a mention that is not there', async () => {
    const { documents, warnings } = await read(
      'Lead.',
      'T1 | Drug 0 4 | Lead',
      'E1 | Take:T1',
      'A1 | Negation E1',
      '* | Equiv T1 T2',
      '#1 | AnnotatorNotes T1 | sure',
      'R1 | Causes Arg1:T1 Arg2:T9',
      'N1 | Reference T8 MESH:D1 | x',
    );
    expect(documents[0]?.mentionRelations).toEqual([]);
    expect(warnings).toEqual([
      'annotation-left-out 3 a.ann:2: events are not read',
      'unknown-mention 2 a.ann:7: a normalisation names T8, which is no mention here',
    ]);
  });

  it('names documents by their path, so that folders may use the same names', async () => {
    const { documents, items } = await readFiles({
      'train/1.txt': 'A',
      'train/1.ann': '',
      'test/1.txt': 'B',
      'test/1.ann': 'T1\tDrug 0 1\tB\n',
    });
    expect(documents.map(({ id }) => id)).toEqual(['test/1', 'train/1']);
    expect(items.map((item) => item.kind === 'document' && item.split)).toEqual(['test', 'train']);
  });

  it('takes the head by its role, and says where roles do not tell it', async () => {
    const { documents, warnings } = await read(
      'Lead harms.',
      'T1 | Drug 0 4 | Lead',
      'T2 | Effect 5 10 | harms',
      'R1 | Causes Arg2:T2 Arg1:T1',
      'R2 | Eases Patient:T2 Agent:T1',
      'X1 | nothing',
    );
    expect(documents[0]?.mentionRelations).toEqual([
      { type: 'Causes', head: 'T1', tail: 'T2' },
      { type: 'Eases', head: 'T2', tail: 'T1' },
    ]);
    expect(warnings).toEqual([
      'unknown-role 1 a.ann:4: the arguments are called Patient and Agent',
      'annotation-left-out 1 a.ann:5: "X1" begins no annotation that brat has',
    ]);
  });
});
