import { describe, expect, it } from 'vitest';
import { readFiles } from '../../../tests/support/corpus-files.ts';

const infon = (key: string, value: string): string => `<infon key="${key}">${value}</infon>`;
const annotation = (id: string, infons: string, locations: [number, number][], text: string): string =>
  `<annotation id="${id}">${infons}${locations.map(([at, length]) => `<location offset="${at}" length="${length}"/>`).join('')}<text>${text}</text></annotation>`;
const passage = (offset: number, text: string, ...rest: string[]): string =>
  `<passage><offset>${offset}</offset><text>${text}</text>${rest.join('')}</passage>`;
const read = (...inside: string[]) =>
  readFiles({ 'x.xml': `<collection><document><id>1</id>${inside.join('')}</document></collection>` });

const toxicity = infon('type', 'Disease');

describe('bioc', () => {
  it('joins passages by a space and takes offsets of the whole document', async () => {
    const { documents } = await read(
      passage(0, 'Lead.'),
      passage(6, 'It causes rash.', annotation('a', infon('type', 'Disease') + infon('MESH', 'D1'), [[16, 4]], 'rash')),
    );
    expect(documents[0]).toMatchObject({
      text: 'Lead. It causes rash.',
      passages: [
        { start: 0, end: 5 },
        { start: 6, end: 21 },
      ],
      mentions: [{ id: 'a', start: 16, end: 20, type: 'Disease', text: 'rash', ids: ['D1'] }],
    });
  });

  it('leaves out the parts of a composite mention, which has their ids', async () => {
    const { documents, warnings } = await read(
      passage(
        0,
        'Ocular and auditory toxicity.',
        annotation(
          '0',
          toxicity + infon('CompositeRole', 'CompositeMention') + infon('MESH', 'D1|D2'),
          [[0, 28]],
          'Ocular and auditory toxicity',
        ),
        annotation(
          '1',
          toxicity + infon('CompositeRole', 'IndividualMention') + infon('MESH', 'D1'),
          [
            [0, 6],
            [20, 8],
          ],
          'Ocular toxicity',
        ),
      ),
    );
    expect(documents[0]?.mentions).toHaveLength(1);
    expect(documents[0]?.mentions[0]?.ids).toEqual(['D1', 'D2']);
    expect(warnings).toEqual([]);
  });

  it('reads discontinuous mentions, entities of XML, and offsets in code points', async () => {
    const { documents } = await read(
      passage(
        0,
        '𝛂 &amp; ocular or renal harm',
        annotation(
          '0',
          toxicity,
          [
            [4, 6],
            [20, 4],
          ],
          'ocular harm',
        ),
      ),
    );
    expect(documents[0]?.mentions[0]).toMatchObject({
      start: 5,
      end: 25,
      text: 'ocular or renal harm',
      parts: [
        { start: 5, end: 11 },
        { start: 21, end: 25 },
      ],
    });
  });

  it('reads relations of nodes, of entity1 and entity2, and of infons named by types', async () => {
    const { documents, warnings } = await read(
      passage(
        0,
        'Lead: rash',
        annotation('T1', infon('type', 'Gene') + infon('identifier', '7157'), [[0, 4]], 'Lead'),
        annotation('T2', infon('type', 'Disease') + infon('identifier', 'D1'), [[6, 4]], 'rash'),
      ),
      `<relation id="R1">${infon('type', 'cause')}<node refid="T1" role="a"/><node refid="T2" role="b"/></relation>`,
      `<relation id="R2">${infon('type', 'Association') + infon('entity1', '7157') + infon('entity2', 'D1')}</relation>`,
      `<relation id="R3">${infon('relation', 'GD') + infon('Gene', '7157') + infon('Disease', 'D1')}</relation>`,
      `<relation id="R4">${infon('type', 'cause')}<node refid="T1"/><node refid="T9"/></relation>`,
      `<relation id="R5">${infon('type', 'cause')}<node refid="T1"/></relation>`,
    );
    expect(documents[0]?.mentionRelations).toEqual([{ type: 'cause', head: 'T1', tail: 'T2' }]);
    expect(documents[0]?.relations).toEqual([
      { type: 'Association', head: '7157', tail: 'D1' },
      { type: 'GD', head: '7157', tail: 'D1' },
    ]);
    expect(warnings).toEqual([
      'unknown-mention 1 x.xml:1: a relation names T9, which is no annotation of 1',
      'not-binary 1 x.xml:1: a relation of 1, not of two',
    ]);
  });

  it('puts sentences at their offsets, and has them for the document’s', async () => {
    const sentence = (offset: number, text: string, ...rest: string[]): string =>
      `<sentence><offset>${offset}</offset><text>${text}</text>${rest.join('')}</sentence>`;
    const { documents, warnings } = await read(
      `<passage><offset>10</offset>${sentence(10, '𝛂 ill.')}${sentence(
        17,
        'Lead hurts.',
        annotation('a', infon('type', 'Drug'), [[17, 4]], 'Lead'),
      )}${sentence(30, 'Rash.', annotation('b', toxicity, [[30, 4]], 'Rash'))}</passage>`,
    );
    expect(documents[0]).toMatchObject({
      text: '𝛂 ill. Lead hurts.  Rash.',
      sentences: [
        { start: 0, end: 7 },
        { start: 8, end: 19 },
        { start: 21, end: 26 },
      ],
      mentions: [
        { start: 8, text: 'Lead' },
        { start: 21, text: 'Rash' },
      ],
    });
    expect(warnings).toEqual([]);
    await expect(
      read(`<passage><offset>0</offset>${sentence(0, 'One.')}${sentence(3, 'Two.')}</passage>`),
    ).rejects.toThrow(
      "x.xml:1: the sentence's offset 3 is not behind the one before (offsets count from the start of the document)",
    );
  });
});
