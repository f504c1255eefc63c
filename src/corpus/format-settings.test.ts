import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCorpus } from './corpus.ts';
import { requireUsefulSettings } from './format-settings.ts';
import { READERS } from './readers/readers.ts';
import { DEFAULT_SETTINGS, type CorpusSettings } from './settings.ts';

/** Every setting of reading, candidates and masks that a format could have no use for, with a value that is not its default. */
const GIVEN: Partial<CorpusSettings> = {
  nullLabels: ['none'],
  columns: ['relation=label'],
  types: ['a:b'],
  directed: true,
  pairs: 'concepts',
  window: 2,
  sentences: 'unicode',
  overlapping: 'keep',
  nested: 'keep',
  discontinuous: 'drop',
  sameEntity: 'drop',
  meshTree: 'tree.txt',
  relations: ['r'],
  otherRelations: 'drop',
  severalRelations: 'each',
  typeWords: ['a=A'],
  numbering: 'numbers',
  others: 'mask',
  pieces: 'span',
  ownPlaceholders: 'drop',
};

it('a setting that a format has no use for is refused, and no other', () => {
  const refused = READERS.map(({ format }) => {
    const names = (Object.keys(GIVEN) as (keyof CorpusSettings)[]).filter((name) => {
      try {
        requireUsefulSettings(format, { ...DEFAULT_SETTINGS, [name]: GIVEN[name] });
        return false;
      } catch {
        return true;
      }
    });
    return `${format}: ${names.join(' ')}`;
  });
  expect(refused).toMatchInlineSnapshot(`
    [
      "pubtator: nullLabels columns",
      "bioc: nullLabels columns",
      "ddi: nullLabels columns meshTree severalRelations",
      "chemprot: nullLabels columns meshTree",
      "brat: nullLabels columns",
      "semeval: columns directed pairs window sentences meshTree severalRelations others",
      "tagged-tsv: columns directed pairs window sentences meshTree severalRelations others",
      "tacred: columns directed pairs window sentences meshTree severalRelations others",
      "opennre: columns directed pairs window sentences meshTree severalRelations others",
      "masked-tsv: columns directed pairs window sentences meshTree severalRelations others",
      "csv: directed pairs window sentences meshTree severalRelations",
      "jsonl: nullLabels columns directed pairs window sentences meshTree severalRelations",
    ]
  `);
  expect(() => requireUsefulSettings('jsonl', { ...DEFAULT_SETTINGS, window: 3 })).toThrow(
    '--window: the format jsonl has no use for this setting: it gives sentences with head and tail marked, of which no pairs are formed (leave it out)',
  );
  expect(() => requireUsefulSettings('pubtator', { ...DEFAULT_SETTINGS, hypernyms: 'both' })).toThrow(
    '--hypernyms: broader concepts are told by a MeSH tree (give --mesh-tree)',
  );
});

describe('sentences with marked mentions', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'marked-'));
    const line = (
      id: string,
      head: [number, number, string],
      tail: [number, number, string],
      relation: string | null,
    ) => {
      const text = 'lithium salts and lithium gave tremor';
      const mention = ([start, end, type]: [number, number, string]) => ({
        ...{ start, end, type },
        text: text.slice(start, end),
      });
      return `${JSON.stringify({ id, text, relation, head: mention(head), tail: mention(tail) })}\n`;
    };
    await writeFile(
      join(folder, 'corpus.jsonl'),
      line('effect', [18, 25, 'Chemical'], [31, 37, 'Disease'], 'induces') +
        line('same', [0, 7, 'Chemical'], [18, 25, 'Chemical'], null) +
        line('nested', [0, 7, 'Chemical'], [0, 13, 'Chemical'], null),
    );
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each<[string, Partial<CorpusSettings>, string[], object]>([
    ['as they are by default', {}, ['effect', 'same', 'nested'], {}],
    ['of some types', { types: ['Chemical:Disease'] }, ['effect'], { 'other-types': { pairs: 2, related: 0 } }],
    [
      'in the order of the types named',
      { types: ['Disease:Chemical', 'Chemical:Chemical'] },
      ['same', 'nested'],
      { 'other-types': { pairs: 1, related: 1 } },
    ],
    ['of two entities', { sameEntity: 'drop' }, ['effect', 'nested'], { 'same-entity': { pairs: 1, related: 0 } }],
    ['apart', { nested: 'drop' }, ['effect', 'same'], { 'nested-mentions': { pairs: 1, related: 0 } }],
  ])('are read %s', async (_, settings, ids, dropped) => {
    const corpus = await readCorpus(folder, settings);
    expect(corpus.examples.train.map(({ id }) => id)).toEqual(ids);
    expect(corpus.dropped).toEqual(dropped);
  });
});
