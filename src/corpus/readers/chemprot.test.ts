import { describe, expect, it } from 'vitest';
import { readFiles, readingError } from '../../../tests/support/corpus-files.ts';

const rows = (...lines: string[]): string => lines.map((line) => `${line.replaceAll(' | ', '\t')}\n`).join('');
const abstracts = rows('1 | Nicotine binds it. | Insulin receptor binding.');
const entities = rows(
  '1 | T1 | CHEMICAL | 0 | 8 | Nicotine',
  '1 | T2 | GENE-Y | 19 | 35 | Insulin receptor',
  '1 | T3 | GENE-N | 19 | 26 | Insulin',
);
const read = (relations: string) =>
  readFiles({ 'x_abstracts.tsv': abstracts, 'x_entities.tsv': entities, 'x_relations.tsv': relations });

describe('chemprot', () => {
  it('takes offsets after the title as one character on; both kinds of genes as one; overlapping mentions', async () => {
    const { documents } = await read(rows('1 | CPR:3 | Y  | ACTIVATOR | Arg1:T1 | Arg2:T2'));
    expect(documents[0]).toMatchObject({
      text: 'Nicotine binds it. Insulin receptor binding.',
      mentions: [
        { id: 'T1', type: 'CHEMICAL', text: 'Nicotine' },
        { id: 'T2', type: 'GENE', text: 'Insulin receptor' },
        { id: 'T3', type: 'GENE', text: 'Insulin' },
      ],
    });
  });

  it('reads Y with a blank after it, N, and two relations of one pair', async () => {
    const { documents } = await read(
      '1\tCPR:3\tY \tACTIVATOR\tArg1:T1\tArg2:T2\n1\tCPR:4\tY\tINHIBITOR\tArg1:T1\tArg2:T2\n1\tCPR:2\tN \tREGULATOR\tArg1:T1\tArg2:T3\n',
    );
    expect(documents[0]?.mentionRelations).toEqual([
      { type: 'CPR:3', head: 'T1', tail: 'T2', evaluated: true, subtype: 'ACTIVATOR' },
      { type: 'CPR:4', head: 'T1', tail: 'T2', evaluated: true, subtype: 'INHIBITOR' },
      { type: 'CPR:2', head: 'T1', tail: 'T3', evaluated: false, subtype: 'REGULATOR' },
    ]);
  });

  it('reads the gold standard where there are no other relations', async () => {
    const { documents, warnings } = await readFiles({
      'x_abstracts_gs.tsv': abstracts,
      'x_entities_gs.tsv': entities,
      'x_gold_standard_gs.tsv': '1\tCPR:3\tArg1:T1\tArg2:T2\n',
    });
    expect(documents[0]?.mentionRelations).toEqual([{ type: 'CPR:3', head: 'T1', tail: 'T2', evaluated: true }]);
    expect(warnings).toEqual([]);
  });

  it('says which file is missing', async () => {
    const error = await readingError({ 'x_abstracts.tsv': abstracts, 'x_entities.tsv': entities });
    expect(error.message).toBe(
      'x_abstracts.tsv: the relations of this file are missing (put x_relations.tsv beside it)',
    );
  });

  it('reads rows of one document that do not stand together', async () => {
    const { documents } = await readFiles({
      'x_abstracts.tsv': rows('1 | Zinc. | ', '2 | Lead. | '),
      'x_entities.tsv': '1\tT1\tCHEMICAL\t0\t4\tZinc\n2\tT1\tCHEMICAL\t0\t4\tLead\n\n1\tT2\tCHEMICAL\t0\t3\tZin',
      'x_relations.tsv': '\n',
    });
    expect(documents.map(({ mentions }) => mentions.map(({ id }) => id))).toEqual([['T1', 'T2'], ['T1']]);
  });
});
