/** The sample data set is what its source says, can be used as it is, and its card tells the truth (`npx vitest run tests/examples -u` writes the card's tables). */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { SPLITS, type Example } from '../../src/corpus/example.ts';
import { ExampleStream } from '../../src/corpus/examples.ts';
import { inspectCorpus, type Inspection } from '../../src/corpus/inspection/inspect.ts';
import { WORDS } from '../../src/corpus/inspection/lengths.ts';
import { NEAR_DUPLICATE } from '../../src/corpus/leakage/leakage.ts';
import { DEFAULT_SETTINGS } from '../../src/corpus/settings.ts';
import { diversityOf } from '../../src/generation/quality/diversity.ts';
import { sampleDataSet, sideEffectsTable } from '../../scripts/build-examples.ts';
import { DIFFICULTIES, examplesOf, parseMarked, RELATIONS, type MarkedSentence } from '../../scripts/marked-source.ts';

const fileOf = (name: string): string => fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));
const data = fileOf('drug-relations.jsonl');

let sentences: MarkedSentence[];
let built: Example[];
let inspection: Inspection;
beforeAll(async () => {
  ({ sentences, examples: built } = await sampleDataSet());
  const options = { counter: WORDS, limit: 126, similarity: NEAR_DUPLICATE, shown: 1, seed: 1 };
  ({ inspection } = await inspectCorpus(data, DEFAULT_SETTINGS, options));
});

describe('side-effects.csv', () => {
  it('is a part of the source as a table (npm run generate:examples), which reads without warnings', async () => {
    const path = fileOf('side-effects.csv');
    expect(await readFile(path, 'utf8')).toBe(sideEffectsTable(built));
    const columns = ['text=sentence', 'head=drug', 'tail=reaction', 'relation=label', 'document=paper'];
    const stream = await ExampleStream.open(path, { ...DEFAULT_SETTINGS, columns });
    const read: Example[] = [];
    for await (const example of stream.examples()) read.push(example);
    expect(stream.tally().warnings).toEqual([]);
    expect(new Set(read.map(({ relation }) => relation))).toEqual(new Set(['side effect', null]));
  });
});

describe('drug-relations.jsonl', () => {
  it('holds the examples of the source (npm run generate:examples)', async () => {
    const read: Example[] = [];
    for await (const example of (await ExampleStream.open(data, DEFAULT_SETTINGS)).examples()) read.push(example);
    expect(read).toEqual(built);
  });

  it('reads without warnings, duplicates, contradictions or leakage between its splits', () => {
    expect(inspection).toMatchObject({
      warnings: [],
      dropped: {},
      leakage: [],
      duplicates: { examples: 0 },
      contradictions: { sentences: 0 },
      labels: { alike: [], rare: [] },
    });
  });

  it('is unbalanced as real corpora are: no relation holds for most pairs, and three relations have 40 to 150 training examples', () => {
    const { null: none, examples, relations } = inspection.splits.train!;
    expect(none).toBeGreaterThan(examples / 2);
    const rare = Object.values(relations).filter((count) => count <= 150);
    expect(rare).toHaveLength(3);
    expect(Math.min(...rare)).toBeGreaterThanOrEqual(40);
  });

  it('repeats itself less than CDR, whose self-BLEU at 999 sentences is 0.23', () => {
    const { sentences: count, selfBleu, distinct } = diversityOf(sentences.map(({ text }) => text));
    expect(count).toBeGreaterThanOrEqual(990);
    expect(selfBleu).toBeLessThan(0.2);
    expect(distinct[1]).toBeGreaterThan(0.6);
  });

  it('is described by its card', async () => {
    const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
    const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
      [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');
    const of = (figure: (split: NonNullable<Inspection['splits']['train']>) => number): number[] =>
      SPLITS.map((split) => figure(inspection.splits[split]!));
    const textsOf = (split: string): number => sentences.filter((sentence) => sentence.split === split).length;
    const counts = table(
      ['', ...SPLITS],
      [
        ['documents', ...of(({ documents }) => documents)],
        ['sentences', ...SPLITS.map(textsOf)],
        ['pairs', ...of(({ examples }) => examples)],
        ...Object.keys(RELATIONS).map((name) => [`\`${name}\``, ...of(({ relations }) => relations[name] ?? 0)]),
        ['none', ...of((split) => split.null)],
      ],
    );
    const difficulties = table(
      ['', ...SPLITS],
      DIFFICULTIES.map((name) => [
        name,
        ...SPLITS.map(
          (split) => sentences.filter((each) => each.split === split && each.difficulties.includes(name)).length,
        ),
      ]),
    );
    let card = await readFile(fileOf('README.md'), 'utf8');
    for (const [name, content] of [
      ['counts', counts],
      ['difficulties', difficulties],
    ] as const)
      card = card.replace(new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- /${name} -->)`), `$1\n${content}\n\n$2`);
    await expect(card).toMatchFileSnapshot(fileOf('README.md'));
  });
});

describe('the marked source', () => {
  const inDocument = (...lines: string[]): string => ['split dev', '## one', ...lines].join('\n');
  const examples = (...lines: string[]): Example[] =>
    parseMarked(inDocument(...lines), 'a.txt').flatMap((sentence) => examplesOf(sentence, 1));

  it('becomes a pair for every chemical with every disease, and every two chemicals', () => {
    const made = examples(
      '<Aspirin> with <warfarin> led to [melena].',
      '= aspirin, warfarin induces melena; warfarin interacts aspirin',
    );
    expect(made.map(({ head, tail, relation, split }) => [head.text, tail.text, relation, split])).toEqual([
      ['Aspirin', 'warfarin', 'interacts', 'development'],
      ['Aspirin', 'melena', 'induces', 'development'],
      ['warfarin', 'melena', 'induces', 'development'],
    ]);
    for (const { text, head, tail } of made)
      for (const { start, end, text: name } of [head, tail]) expect(text.slice(start, end)).toBe(name);
  });

  it.each([
    ['a.txt:3: a mark is not closed', ['<Aspirin led to [melena].']],
    ['a.txt:4: no mention "warfarin"', ['<Aspirin> led to [melena].', '= warfarin induces melena']],
    ['a.txt:4: "melena" is no Chemical', ['<Aspirin> led to [melena].', '= melena induces melena']],
    ['a.txt:4: "aspirin cures melena" is not', ['<Aspirin> led to [melena].', '= aspirin cures melena']],
    ['a.txt:4: "[^"]*aspirin" is marked more', ['<Aspirin>, <aspirin>, [melena].', '= aspirin induces melena']],
    [
      'a.txt:3: "Aspirin" and "melena" have two',
      ['<Aspirin>, [melena].', '= aspirin induces melena', '= aspirin treats melena'],
    ],
    ['a.txt:3: the sentence has no pair', ['<Aspirin> alone.']],
    ['a.txt:4: "odd" is none of', ['<Aspirin> led to [melena].', '~ odd']],
  ])('is refused: %s', (message, lines) => {
    expect(() => examples(...lines)).toThrow(new RegExp(message.replaceAll(/\[(?!\^)/g, '\\[')));
  });
});
