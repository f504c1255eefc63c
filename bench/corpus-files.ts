/**
 * Corpora of any size, in each format: the same written sentences over and over, with fresh ids.
 */
import { mkdirSync, openSync, writeSync, closeSync } from 'node:fs';
import { dirname, join } from 'node:path';

const TAGGED = [
  'We describe two elderly patients in whom <e1>lithium</e1>, given at the usual dose for a bipolar disorder, led to a coarse <e2>tremor</e2> of both hands within a week.',
  'The <e2>tremor</e2> went away after <e1>propranolol</e1> had been added, and did not come back over the following year of outpatient visits.',
  'Because <e1>lithium</e1> is known to harm the kidney, creatinine was measured every second day; there was no sign of <e2>renal failure</e2> at any time.',
  'In the second patient a mild <e2>hypothyroidism</e2> was found by chance three months later, which we ascribe to the treatment with <e1>lithium</e1>.',
  'Substitution with <e1>levothyroxine</e1> was begun, and all signs of <e2>hypothyroidism</e2> resolved within eight weeks (TSH 2.1 mU/l).',
  'It is not clear whether <e1>propranolol</e1> should be given before a <e2>tremor</e2> appears; one trial, with 41 participants, says that it should not.',
  'Neither <e2>weight gain</e2> nor thirst was reported by those of our patients who took <e1>valproate</e1> in place of the former drug.',
  'We conclude that <e1>lithium</e1>, even at concentrations below 0.8 mmol/l, can cause <e2>tremor</e2> in people over the age of seventy.',
];

interface Sentence {
  text: string;
  tagged: string;
  /** Head and tail. */
  mentions: { text: string; start: number; concept: string; type: 'Chemical' | 'Disease' }[];
  relation: string | null;
}

const SENTENCES: readonly Sentence[] = TAGGED.map((tagged, i) => {
  const text = tagged.replaceAll(/<\/?e[12]>/g, '');
  const mentions = ([1, 2] as const).map((number) => {
    const words = new RegExp(`<e${number}>(.*)</e${number}>`).exec(tagged)![1]!;
    const start = tagged.slice(0, tagged.indexOf(`<e${number}>`)).replaceAll(/<\/?e[12]>/g, '').length;
    const type = number === 1 ? ('Chemical' as const) : ('Disease' as const);
    return {
      text: words,
      start,
      concept: `${type === 'Chemical' ? 'C' : 'D'}${words.length}${words.codePointAt(0)}`,
      type,
    };
  });
  return { text, tagged, mentions, relation: i % 3 === 0 ? 'induces' : null };
});

/** A document of all sentences: the first is the title. */
const [TITLE, ...ABSTRACT] = SENTENCES.map(({ text }) => text) as [string, ...string[]];
const DOCUMENT_TEXT = [TITLE, ...ABSTRACT].join(' ');
const DOCUMENT_MENTIONS = SENTENCES.flatMap(({ text, mentions, relation }) =>
  mentions.map((mention) => ({ ...mention, start: DOCUMENT_TEXT.indexOf(text) + mention.start, relation })),
);
/** The heads and tails of related sentences, as numbers of mentions. */
const RELATED = SENTENCES.flatMap(({ relation }, i) => (relation === null ? [] : [[2 * i, 2 * i + 1] as const]));

const lines = (...rows: (readonly (string | number)[])[]): string => rows.map((row) => `${row.join('\t')}\n`).join('');
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;');

/** Files by name; a piece is appended for each document, or sentence. */
type Pieces = Record<string, string>;

interface Rendering {
  /** One document, or sentence, of a number. */
  piece: (n: number) => Pieces;
  /** What stands before the first and after the last piece of a file, and between two. */
  before?: string;
  between?: string;
  after?: string;
}

const sentenceOf = (n: number): Sentence => SENTENCES[n % SENTENCES.length]!;

export const RENDERINGS: Readonly<Record<string, Rendering>> = {
  pubtator: {
    piece: (n) => ({
      'corpus.txt':
        `${n}|t|${TITLE}\n${n}|a|${ABSTRACT.join(' ')}\n` +
        lines(
          ...DOCUMENT_MENTIONS.map(({ start, text, type, concept }) => [
            n,
            start,
            start + text.length,
            text,
            type,
            concept,
          ]),
          ...RELATED.map(([head, tail]) => [
            n,
            'CID',
            DOCUMENT_MENTIONS[head]!.concept,
            DOCUMENT_MENTIONS[tail]!.concept,
          ]),
          [],
        ),
    }),
  },
  bioc: {
    before: '<?xml version="1.0" encoding="UTF-8"?>\n<collection><source>bench</source><date>0</date><key>k</key>\n',
    after: '</collection>\n',
    piece: (n) => ({
      'corpus.xml': [
        `<document>\n<id>${n}</id>\n<passage>\n<infon key="type">abstract</infon>\n<offset>0</offset>\n<text>${DOCUMENT_TEXT}</text>`,
        ...DOCUMENT_MENTIONS.map(
          ({ start, text, type, concept }, i) =>
            `<annotation id="${i}">\n<infon key="type">${type}</infon>\n<infon key="MESH">${concept}</infon>\n<location offset="${start}" length="${text.length}"/>\n<text>${text}</text>\n</annotation>`,
        ),
        '</passage>',
        ...RELATED.map(
          ([head, tail], i) =>
            `<relation id="R${i}">\n<infon key="relation">CID</infon>\n<infon key="Chemical">${DOCUMENT_MENTIONS[head]!.concept}</infon>\n<infon key="Disease">${DOCUMENT_MENTIONS[tail]!.concept}</infon>\n</relation>`,
        ),
        '</document>\n',
      ].join('\n'),
    }),
  },
  ddi: {
    piece: (n) => ({
      [`${Math.floor(n / 1000)}/${n}.xml`]: [
        `<?xml version="1.0" encoding="UTF-8"?>\n<document id="d${n}">`,
        ...SENTENCES.map(({ text, mentions, relation }, s) => {
          const id = `d${n}.s${s}`;
          const entities = mentions.map(
            ({ start, text: words }, e) =>
              `    <entity id="${id}.e${e}" charOffset="${start}-${start + words.length - 1}"\n      type="drug" text="${escaped(words)}"/>`,
          );
          const judged = relation === null ? 'ddi="false"' : 'ddi="true" type="effect"';
          return `  <sentence id="${id}" text="${escaped(text)}">\n${entities.join('\n')}\n    <pair id="${id}.p0" e1="${id}.e0"\n      e2="${id}.e1" ${judged}/>\n  </sentence>`;
        }),
        '</document>\n',
      ].join('\n'),
    }),
  },
  chemprot: {
    piece: (n) => ({
      'x_abstracts.tsv': lines([n, TITLE, ABSTRACT.join(' ')]),
      'x_entities.tsv': lines(
        ...DOCUMENT_MENTIONS.map(({ start, text, type }, i) => [n, `T${i}`, type, start, start + text.length, text]),
      ),
      'x_relations.tsv': lines(
        ...RELATED.map(([head, tail]) => [n, 'CPR:4', 'Y ', 'INHIBITOR', `Arg1:T${head}`, `Arg2:T${tail}`]),
      ),
    }),
  },
  brat: {
    piece: (n) => ({
      [`${Math.floor(n / 1000)}/${n}.txt`]: `${DOCUMENT_TEXT}\n`,
      [`${Math.floor(n / 1000)}/${n}.ann`]: lines(
        ...DOCUMENT_MENTIONS.map(({ start, text, type }, i) => [
          `T${i}`,
          `${type} ${start} ${start + text.length}`,
          text,
        ]),
        ...RELATED.map(([head, tail], i) => [`R${i}`, `induces Arg1:T${head} Arg2:T${tail}`]),
      ),
    }),
  },
  semeval: {
    piece: (n) => ({
      'corpus.txt': `${n}\t"${sentenceOf(n).tagged}"\n${sentenceOf(n).relation ?? 'Other'}\nComment:\n\n`,
    }),
  },
  'tagged-tsv': { piece: (n) => ({ 'corpus.tsv': lines([sentenceOf(n).relation ?? 'Other', sentenceOf(n).tagged]) }) },
  tacred: {
    before: '[',
    between: ', ',
    after: ']\n',
    piece: (n) => {
      const { tagged, relation } = sentenceOf(n);
      const marked = tagged.split(' ');
      const token = marked.map((word) => word.replaceAll(/<\/?e[12]>/g, ''));
      const at = (tag: string): number => marked.findIndex((word) => word.includes(tag));
      return {
        'corpus.json': JSON.stringify({
          id: `s${n}`,
          docid: `d${Math.floor(n / 8)}`,
          relation: relation ?? 'no_relation',
          token,
          subj_start: at('<e1>'),
          subj_end: at('</e1>'),
          obj_start: at('<e2>'),
          obj_end: at('</e2>'),
          subj_type: 'DRUG',
          obj_type: 'DISEASE',
          stanford_pos: token.map(() => 'NN'),
          stanford_ner: token.map(() => 'O'),
          stanford_head: token.map((_, i) => i),
          stanford_deprel: token.map(() => 'compound'),
        }),
      };
    },
  },
  opennre: {
    piece: (n) => {
      const { text, mentions, relation } = sentenceOf(n);
      const [h, t] = mentions.map((mention, i) => ({
        id: `Q${i}`,
        name: mention.text,
        pos: [mention.start, mention.start + mention.text.length],
      }));
      return { 'corpus.txt': `${JSON.stringify({ text, relation: relation ?? 'NA', h, t })}\n` };
    },
  },
  'masked-tsv': {
    before: 'index\tsentence\tlabel\n',
    piece: (n) => ({
      'corpus.tsv': lines([
        `${n}.T1.T2`,
        sentenceOf(n)
          .tagged.replace(/<e1>.*<\/e1>/, '@DRUG$$')
          .replace(/<e2>.*<\/e2>/, '@DISEASE$$'),
        sentenceOf(n).relation ?? 'false',
      ]),
    }),
  },
  csv: {
    before: 'id,text,head,head_start,head_end,tail,tail_start,tail_end,relation\n',
    piece: (n) => {
      const { text, mentions, relation } = sentenceOf(n);
      const placed = mentions.map(
        (mention) => `${mention.text},${mention.start},${mention.start + mention.text.length}`,
      );
      return { 'corpus.csv': `s${n},"${text}",${placed.join(',')},${relation ?? ''}\n` };
    },
  },
  jsonl: {
    piece: (n) => {
      const { text, mentions, relation } = sentenceOf(n);
      const [head, tail] = mentions.map(({ start, type, text: words }) => ({
        start,
        end: start + words.length,
        type,
        text: words,
      }));
      return {
        'corpus.jsonl': `${JSON.stringify({ id: `s${n}`, document: `d${n >> 3}`, text, head, tail, relation })}\n`,
      };
    },
  },
};

const KEPT_BACK = 1 << 20;

/** Writes a corpus of at least so many bytes into a folder; returns the bytes and the number of pieces. */
export function writeCorpus(format: string, bytes: number, folder: string): { bytes: number; pieces: number } {
  const { piece, before = '', between = '', after = '' } = RENDERINGS[format]!;
  const buffers = new Map<string, string>();
  let written = 0;
  let pieces = 0;
  const flush = (name: string, content: string): void => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    const file = openSync(join(folder, name), 'a');
    written += writeSync(file, content);
    closeSync(file);
    buffers.set(name, '');
  };
  const pending = (): number => [...buffers.values()].reduce((sum, content) => sum + content.length, 0);
  for (; written + pending() < bytes; pieces++) {
    for (const [name, content] of Object.entries(piece(pieces + 1))) {
      const grown = (buffers.get(name) ?? before) + (pieces > 0 ? between : '') + content;
      buffers.set(name, grown);
      if (grown.length > KEPT_BACK) flush(name, grown);
    }
    // Corpora of many files: the last one is whole.
    if (buffers.size > 8) {
      for (const [name, content] of buffers) flush(name, content);
      buffers.clear();
    }
  }
  for (const [name, content] of buffers) flush(name, content + after);
  return { bytes: written, pieces };
}
