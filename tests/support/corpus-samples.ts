/**
 * A small corpus in every format that can be read: two documents, or two sentences, of our own, the first related, the
 * second not. The contract suite, the damaged files and the benchmarks start from these.
 */
import type { OpenCorpusOptions } from '../../src/corpus/open-corpus.ts';
import type { Files } from './corpus-files.ts';

export interface CorpusSample {
  format: string;
  /** A variant of the format. */
  variant?: string;
  files: Files;
  /** The file that is damaged and repeated; the others go with it. */
  main: string;
  /** What is read, as `head tail label`: relations, judged pairs, or examples. */
  facts: string[];
  /** The lines on which the documents or examples begin, in their files. */
  lines: number[];
  options?: OpenCorpusOptions;
}

const rows = (...lines: (string | (string | number)[])[]): string =>
  lines.map((line) => `${typeof line === 'string' ? line : line.join('\t')}\n`).join('');

const json = (...values: object[]): string => rows(...values.map((value) => JSON.stringify(value)));

const LITHIUM = 'Lithium caused tremor in two patients.';
const ASPIRIN = 'Aspirin did not prevent stroke.';
const TAGGED = [
  '<e1>Lithium</e1> caused <e2>tremor</e2> in two patients.',
  '<e1>Aspirin</e1> did not prevent <e2>stroke</e2>.',
] as const;
const MASKED = ['@DRUG$ caused @DISEASE$ in two patients.', '@DRUG$ did not prevent @DISEASE$.'] as const;
const FACTS = ['Lithium tremor causes', 'Aspirin stroke null'];
const MASKED_FACTS = ['@DRUG$ @DISEASE$ causes', '@DRUG$ @DISEASE$ null'];

const tacred = [
  {
    id: 's1',
    docid: 'd1',
    relation: 'causes',
    token: ['Lithium', 'caused', 'tremor', '.'],
    subj_start: 0,
    subj_end: 0,
    obj_start: 2,
    obj_end: 2,
    subj_type: 'DRUG',
    obj_type: 'DISEASE',
    stanford_ner: ['O', 'O', 'O', 'O'],
  },
  {
    id: 's2',
    docid: 'd1',
    relation: 'no_relation',
    token: ['Aspirin', 'did', 'not', 'prevent', 'stroke', '.'],
    subj_start: 0,
    subj_end: 0,
    obj_start: 4,
    obj_end: 4,
    subj_type: 'DRUG',
    obj_type: 'DISEASE',
  },
];

const bioCDocument = (
  id: string,
  title: string,
  mentions: readonly [string, string, string][],
  relation = '',
): string =>
  [
    '<document>',
    `<id>${id}</id>`,
    '<passage>',
    '<infon key="type">title</infon>',
    '<offset>0</offset>',
    `<text>${title}</text>`,
    ...mentions.map(([words, type, id], i) =>
      [
        `<annotation id="${i}">`,
        `<infon key="type">${type}</infon>`,
        `<infon key="MESH">${id}</infon>`,
        `<location offset="${title.indexOf(words)}" length="${words.length}"/>`,
        `<text>${words}</text>`,
        '</annotation>',
      ].join('\n'),
    ),
    '</passage>',
    ...(relation === '' ? [] : [relation]),
    '</document>',
  ].join('\n');

const ddiDocument = (id: string, text: string, words: [string, string], judged: string): string =>
  rows(
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<document id="${id}">`,
    `<sentence id="${id}.s0" text="${text}">`,
    ...words.map((word, i) => {
      const start = text.indexOf(word);
      return `<entity id="${id}.s0.e${i}" charOffset="${start}-${start + word.length - 1}" type="drug" text="${word}"/>`;
    }),
    `<pair id="${id}.s0.p0" e1="${id}.s0.e0" e2="${id}.s0.e1" ${judged}/>`,
    '</sentence>',
    '</document>',
  );

export const CORPUS_SAMPLES: readonly CorpusSample[] = [
  {
    format: 'pubtator',
    files: {
      'corpus.txt': rows(
        `1|t|${LITHIUM}`,
        '1|a|It stopped.',
        [1, 0, 7, 'Lithium', 'Chemical', 'D008094'],
        [1, 15, 21, 'tremor', 'Disease', 'D014202'],
        [1, 'CID', 'D008094', 'D014202'],
        '',
        `2|t|${ASPIRIN}`,
        '2|a|',
        [2, 0, 7, 'Aspirin', 'Chemical', 'D001241'],
        [2, 24, 30, 'stroke', 'Disease', 'D020521'],
      ),
    },
    main: 'corpus.txt',
    facts: ['D008094 D014202 CID'],
    lines: [1, 7],
  },
  {
    format: 'bioc',
    files: {
      'corpus.xml': rows(
        `<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE collection SYSTEM "BioC.dtd">`,
        '<collection><source>ours</source><date>0</date><key>k</key>',
        bioCDocument(
          '1',
          LITHIUM,
          [
            ['Lithium', 'Chemical', 'D008094'],
            ['tremor', 'Disease', 'D014202'],
          ],
          '<relation id="R0"><infon key="relation">CID</infon><infon key="Chemical">D008094</infon><infon key="Disease">D014202</infon></relation>',
        ),
        bioCDocument('2', ASPIRIN, [
          ['Aspirin', 'Chemical', 'D001241'],
          ['stroke', 'Disease', 'D020521'],
        ]),
        '</collection>',
      ),
    },
    main: 'corpus.xml',
    facts: ['D008094 D014202 CID'],
    lines: [3, 24],
  },
  {
    format: 'ddi',
    files: {
      'a.xml': ddiDocument('DDI.d1', 'Lithium raised digoxin.', ['Lithium', 'digoxin'], 'ddi="true" type="effect"'),
      'b.xml': ddiDocument('DDI.d2', 'Aspirin spared warfarin.', ['Aspirin', 'warfarin'], 'ddi="false"'),
    },
    main: 'a.xml',
    facts: ['DDI.d1.s0.e0 DDI.d1.s0.e1 effect', 'DDI.d2.s0.e0 DDI.d2.s0.e1 null'],
    lines: [2, 2],
  },
  {
    format: 'chemprot',
    files: {
      'x_abstracts.tsv': rows([1, 'Lithium inhibits GSK3B.', 'Done.'], [2, 'Aspirin spares GSK3B.', '']),
      // The files need not be in one order.
      'x_entities.tsv': rows(
        [2, 'T1', 'CHEMICAL', 0, 7, 'Aspirin'],
        [2, 'T2', 'GENE-N', 15, 20, 'GSK3B'],
        [1, 'T1', 'CHEMICAL', 0, 7, 'Lithium'],
        [1, 'T2', 'GENE-Y', 17, 22, 'GSK3B'],
      ),
      'x_relations.tsv': rows(
        [2, 'CPR:10', 'N ', 'NOT', 'Arg1:T1', 'Arg2:T2'],
        [1, 'CPR:4', 'Y ', 'INHIBITOR', 'Arg1:T1', 'Arg2:T2'],
      ),
      'x_gold_standard.tsv': rows([1, 'CPR:4', 'Arg1:T1', 'Arg2:T2']),
    },
    main: 'x_entities.tsv',
    facts: ['T1 T2 CPR:4', 'T1 T2 CPR:10'],
    lines: [1, 2],
  },
  {
    format: 'brat',
    files: {
      'a.ann': rows(
        ['T1', 'Drug 0 7', 'Lithium'],
        ['T2', 'Disease 15 21', 'tremor'],
        ['R1', 'causes Arg1:T1 Arg2:T2'],
        ['N1', 'Reference T1 MESH:D008094', 'lithium'],
        ['#1', 'AnnotatorNotes T1', 'sure'],
      ),
      'a.txt': `${LITHIUM}\n`,
      'b.ann': rows(['T1', 'Drug 0 7', 'Aspirin'], ['T2', 'Disease 24 30', 'stroke']),
      'b.txt': `${ASPIRIN}\n`,
    },
    main: 'a.ann',
    facts: ['T1 T2 causes'],
    lines: [1, 1],
  },
  {
    format: 'semeval',
    files: {
      'corpus.txt': rows(
        [1, `"${TAGGED[0]}"`],
        'causes',
        'Comment: sure.',
        '',
        [2, `"${TAGGED[1]}"`],
        'Other',
        'Comment:',
        '',
      ),
    },
    main: 'corpus.txt',
    facts: FACTS,
    lines: [1, 5],
  },
  {
    format: 'tagged-tsv',
    files: { 'corpus.tsv': rows(['causes', TAGGED[0]], ['Other', TAGGED[1]]) },
    main: 'corpus.tsv',
    facts: FACTS,
    lines: [1, 2],
  },
  {
    format: 'tacred',
    variant: 'one line',
    files: { 'corpus.json': JSON.stringify(tacred) },
    main: 'corpus.json',
    facts: FACTS,
    lines: [1, 1],
  },
  {
    format: 'tacred',
    variant: 'an object a line',
    files: { 'corpus.json': `[\n${tacred.map((each) => JSON.stringify(each)).join(',\n')}\n]\n` },
    main: 'corpus.json',
    facts: FACTS,
    lines: [2, 3],
  },
  {
    format: 'tacred',
    variant: 'JSON Lines',
    files: { 'corpus.jsonl': json(...tacred) },
    main: 'corpus.jsonl',
    facts: FACTS,
    lines: [1, 2],
  },
  {
    format: 'opennre',
    variant: 'text',
    files: {
      'corpus.txt': json(
        {
          text: LITHIUM,
          h: { name: 'Lithium', pos: [0, 7] },
          t: { name: 'tremor', pos: [15, 21] },
          relation: 'causes',
        },
        { text: ASPIRIN, h: { name: 'Aspirin', pos: [0, 7] }, t: { name: 'stroke', pos: [24, 30] }, relation: 'NA' },
      ),
      'rel2id.json': '{"NA": 0, "causes": 1}',
    },
    main: 'corpus.txt',
    facts: FACTS,
    lines: [1, 2],
  },
  {
    format: 'opennre',
    variant: 'token',
    files: {
      'corpus.txt': json(
        {
          token: LITHIUM.split(' '),
          h: { name: 'lithium', id: 'Q1', pos: [0, 1] },
          t: { name: 'tremor', id: 'Q2', pos: [2, 3] },
          relation: 'causes',
        },
        {
          token: ['Aspirin', 'did', 'not', 'prevent', 'stroke', '.'],
          h: { name: 'aspirin', id: 'Q3', pos: [0, 1] },
          t: { name: 'stroke', id: 'Q4', pos: [4, 5] },
          relation: 'NA',
        },
      ),
    },
    main: 'corpus.txt',
    facts: FACTS,
    lines: [1, 2],
  },
  {
    format: 'masked-tsv',
    variant: 'header',
    files: {
      'corpus.tsv': rows('index\tsentence\tlabel', ['1.T1.T2', MASKED[0], 'causes'], ['1.T1.T3', MASKED[1], 'false']),
    },
    main: 'corpus.tsv',
    facts: MASKED_FACTS,
    lines: [2, 3],
  },
  {
    format: 'masked-tsv',
    variant: 'no header',
    files: { 'corpus.tsv': rows([MASKED[0], 'causes'], [MASKED[1], '0']) },
    main: 'corpus.tsv',
    facts: MASKED_FACTS,
    lines: [1, 2],
  },
  {
    format: 'csv',
    variant: 'words',
    files: {
      'corpus.csv': rows('text,head,tail,relation', `"${LITHIUM}",Lithium,tremor,causes`, `${ASPIRIN},Aspirin,stroke,`),
    },
    main: 'corpus.csv',
    facts: FACTS,
    lines: [2, 3],
  },
  {
    format: 'csv',
    variant: 'offsets, tabs',
    files: {
      'corpus.tsv': rows(
        ['id', 'sentence', 'e1_start', 'e1_end', 'e1_type', 'e2_start', 'e2_end', 'e2_type', 'label'],
        ['a', LITHIUM, 0, 7, 'Drug', 15, 21, 'Disease', 'causes'],
        ['b', ASPIRIN, 0, 7, 'Drug', 24, 30, 'Disease', 'none'],
      ),
    },
    main: 'corpus.tsv',
    facts: FACTS,
    lines: [2, 3],
  },
  {
    format: 'csv',
    variant: 'tags, semicolons',
    files: { 'corpus.csv': rows('id;text;relation', `a;${TAGGED[0]};causes`, `b;${TAGGED[1]};NA`) },
    main: 'corpus.csv',
    facts: FACTS,
    lines: [2, 3],
  },
  {
    format: 'jsonl',
    files: {
      'corpus.jsonl': json(
        {
          id: 'a',
          text: LITHIUM,
          head: { start: 0, end: 7, type: 'Drug', text: 'Lithium' },
          tail: { start: 15, end: 21, type: 'Disease', text: 'tremor' },
          relation: 'causes',
        },
        {
          id: 'b',
          text: ASPIRIN,
          head: { start: 0, end: 7, type: 'Drug', text: 'Aspirin' },
          tail: { start: 24, end: 30, type: 'Disease', text: 'stroke' },
          relation: null,
        },
      ),
    },
    main: 'corpus.jsonl',
    facts: FACTS,
    lines: [1, 2],
  },
];
