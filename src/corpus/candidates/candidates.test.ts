import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnnotatedDocument, Annotation, ConceptRelation, MentionRelation } from '../document.ts';
import type { Example } from '../example.ts';
import { candidatesOf } from './candidates.ts';
import { DropLog } from './drops.ts';
import { MeshTree } from './mesh-tree.ts';
import { candidateRulesOf, DEFAULT_SETTINGS } from '../settings.ts';
import { PAIRINGS, type CandidateRules, type Pairing, type TypePair } from './rules.ts';

const DEFAULTS = await candidateRulesOf(DEFAULT_SETTINGS);

/** A document whose mentions are found by their words, each occurrence in turn; their ids are `T0`, `T1`, …. */
function document(
  text: string,
  named: [words: string, type: string, ids: string[]][],
  relations: ConceptRelation[] = [],
  more: Partial<AnnotatedDocument> = {},
): AnnotatedDocument {
  const from = new Map<string, number>();
  const mentions = named.map(([words, type, ids], i): Annotation => {
    const start = text.indexOf(words, from.get(words) ?? 0);
    from.set(words, start + 1);
    return { id: `T${i}`, start, end: start + words.length, type, text: words, ids };
  });
  mentions.sort((a, b) => a.start - b.start || b.end - a.end);
  return { id: 'doc', text, passages: [{ start: 0, end: text.length }], mentions, relations, ...more };
}

const chemicalDisease: TypePair[] = [{ head: 'Chemical', tail: 'Disease' }];

const candidates = (
  of: AnnotatedDocument,
  rules: Partial<CandidateRules> = {},
  types: CandidateRules['types'] = chemicalDisease,
) => {
  const drops = new DropLog();
  const found = candidatesOf(of, { ...DEFAULTS, types, ...rules }, drops);
  const examples: Example[] = [];
  let next = found.next();
  for (; !next.done; next = found.next()) examples.push(next.value);
  return { examples, sentences: next.value, dropped: drops.counts() };
};

const pairs = ({ examples }: { examples: readonly Example[] }): string[] =>
  examples.map(
    ({ head, tail, relation }) => `${head.text}@${head.start} ${tail.text}@${tail.start} ${relation ?? 'null'}`,
  );

const induced = { type: 'CID', head: 'C1', tail: 'D1' };

describe('pairs of concepts and mentions', () => {
  const composite = document(
    'Lead, more lead, ocular and renal harm. Zinc.',
    [
      ['Lead', 'Chemical', ['C1']],
      ['lead', 'Chemical', ['C1']],
      ['ocular and renal harm', 'Disease', ['D1', 'D2']],
      ['Zinc', 'Chemical', ['C2']],
    ],
    [induced, { type: 'CID', head: 'C2', tail: 'D2' }],
  );

  it.each<[Pairing, string[], object]>([
    ['mentions', ['Lead@0 ocular and renal harm@17 CID', 'lead@11 ocular and renal harm@17 CID'], {}],
    ['composites', ['Lead@0 ocular and renal harm@17 CID'], { 'repeated-pair': { pairs: 1, related: 1 } }],
    [
      'concepts',
      ['Lead@0 ocular and renal harm@17 CID', 'Lead@0 ocular and renal harm@17 null'],
      { 'repeated-pair': { pairs: 2, related: 1 } },
    ],
  ])('%s', (pairing, expected, dropped) => {
    const found = candidates(composite, { pairs: pairing });
    expect(pairs(found)).toEqual(expected);
    expect(found.sentences).toBe(2);
    expect(found.dropped).toEqual({ ...dropped, 'relation-beyond-window': { pairs: 1, related: 1 } });
  });

  it('give offsets into the sentence, and the other mentions', () => {
    const { examples } = candidates(
      document(
        'None here. Then lead and zinc: rash.',
        [
          ['lead', 'Chemical', ['C1']],
          ['zinc', 'Chemical', ['C2']],
          ['rash', 'Disease', ['D1']],
        ],
        [induced],
      ),
    );
    expect(examples[0]).toEqual({
      id: 'doc:1:0',
      document: 'doc',
      text: 'Then lead and zinc: rash.',
      head: { start: 5, end: 9, type: 'Chemical', text: 'lead', concepts: ['C1'] },
      tail: { start: 20, end: 24, type: 'Disease', text: 'rash', concepts: ['D1'] },
      relation: 'CID',
      others: [{ start: 14, end: 18, type: 'Chemical', text: 'zinc', concepts: ['C2'] }],
    });
  });

  it('keep mentions without a concept only where every mention counts', () => {
    const unknown = document(
      'Lead, foo: rash.',
      [
        ['Lead', 'Chemical', ['C1']],
        ['foo', 'Chemical', []],
        ['rash', 'Disease', ['D1']],
      ],
      [induced],
    );
    expect(pairs(candidates(unknown))).toEqual(['Lead@0 rash@11 CID']);
    expect(candidates(unknown).dropped).toEqual({ 'mention-without-concept': { pairs: 1, related: 0 } });
    expect(pairs(candidates(unknown, { pairs: 'mentions' }))).toEqual(['Lead@0 rash@11 CID', 'foo@6 rash@11 null']);
  });
});

describe('mentions in each other’s way', () => {
  const nested = document(
    'Cocaine addiction, cocaine use and lead poisoning.',
    [
      ['Cocaine', 'Chemical', ['C1']],
      ['Cocaine addiction', 'Disease', ['D1']],
      ['cocaine', 'Chemical', ['C1']],
      ['lead', 'Chemical', ['C2']],
      ['lead poisoning', 'Disease', ['D2']],
    ],
    [induced],
  );

  it('are passed over for mentions of the same pair that are not; pairs without any are dropped', () => {
    const found = candidates(nested);
    expect(pairs(found)).toEqual([
      'cocaine@19 Cocaine addiction@0 CID',
      'Cocaine@0 lead poisoning@35 null',
      'lead@35 Cocaine addiction@0 null',
    ]);
    expect(found.dropped).toEqual({
      'repeated-pair': { pairs: 2, related: 1 },
      'nested-mentions': { pairs: 1, related: 0 },
    });
  });

  it('are kept on request', () => {
    expect(pairs(candidates(nested, { nested: 'keep' }))).toEqual([
      'Cocaine@0 Cocaine addiction@0 CID',
      'Cocaine@0 lead poisoning@35 null',
      'lead@35 Cocaine addiction@0 null',
      'lead@35 lead poisoning@35 null',
    ]);
  });

  it('may share words without one holding the other', () => {
    const crossing = document('lead poisoning syndrome', [
      ['lead poisoning', 'Chemical', ['C1']],
      ['poisoning syndrome', 'Disease', ['D1']],
    ]);
    expect(candidates(crossing).dropped).toEqual({ 'overlapping-mentions': { pairs: 1, related: 0 } });
    expect(candidates(crossing, { overlapping: 'keep' }).examples).toHaveLength(1);
  });

  it('may be in pieces: a coordination that shares a word is kept', () => {
    const text = 'Lead: ocular and auditory toxicity.';
    const parts = [
      { start: 6, end: 12 },
      { start: 26, end: 34 },
    ];
    const ocular: Annotation = { start: 6, end: 34, type: 'Disease', text: text.slice(6, 34), ids: ['D1'], parts };
    const auditory: Annotation = { start: 17, end: 34, type: 'Disease', text: text.slice(17, 34), ids: ['D2'] };
    const coordination = { ...document(text, [['Lead', 'Chemical', ['C1']]], [induced]), mentions: [ocular, auditory] };
    const both: TypePair[] = [{ head: 'Disease', tail: 'Disease' }];
    const [example] = candidates(coordination, {}, both).examples;
    expect(example?.head.parts).toEqual(parts);
    expect(candidates(coordination, { discontinuous: 'drop' }, both).dropped).toMatchObject({
      'discontinuous-mention': { pairs: 1, related: 0 },
    });
  });
});

describe('windows of sentences', () => {
  const across = document(
    'Lead was given. Rash came. Lead again, then rash. Zinc too.',
    [
      ['Lead', 'Chemical', ['C1']],
      ['Rash', 'Disease', ['D1']],
      ['Lead', 'Chemical', ['C1']],
      ['rash', 'Disease', ['D1']],
      ['Zinc', 'Chemical', ['C2']],
    ],
    [induced, { type: 'CID', head: 'C2', tail: 'D1' }],
  );
  const texts = (window: number, more: Partial<CandidateRules> = {}): string[] =>
    candidates(across, { window, ...more }).examples.map(({ text, relation }) => `${text} ${relation ?? 'null'}`);

  it('hold both mentions, and no pair of concepts twice', () => {
    expect(texts(1)).toEqual(['Lead again, then rash. CID']);
    expect(texts(2)).toEqual([
      'Lead was given. Rash came. CID',
      'Lead again, then rash. CID',
      'Lead again, then rash. Zinc too. CID',
    ]);
    expect(candidates(across, { window: 2 }).dropped).toEqual({
      'also-within-fewer-sentences': { pairs: 1, related: 1 },
    });
    expect(candidates(across, { window: 1 }).dropped).toEqual({ 'relation-beyond-window': { pairs: 1, related: 1 } });
  });

  it('take every two mentions where mentions are the pairs', () => {
    expect(texts(2, { pairs: 'mentions' })).toEqual([
      'Lead was given. Rash came. CID',
      'Rash came. Lead again, then rash. CID',
      'Lead again, then rash. CID',
      'Lead again, then rash. Zinc too. CID',
    ]);
  });

  it('grow monotonously: a wider window loses no pair of mentions', () => {
    const sentence = fc.array(fc.constantFrom('Lead', 'rash', 'was', 'seen'), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(
        fc.array(sentence, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 4 }),
        (words, window) => {
          const text = words.map((each) => `X ${each.join(' ')}.`).join(' ');
          const mentions = [...text.matchAll(/Lead|rash/g)].map(({ 0: found, index }): Annotation => {
            const type = found === 'Lead' ? 'Chemical' : 'Disease';
            return { start: index, end: index + found.length, type, text: found, ids: [type] };
          });
          const of = { ...document(text, []), mentions };
          const count = (size: number): number => candidates(of, { window: size, pairs: 'mentions' }).examples.length;
          expect(count(window + 1)).toBeGreaterThanOrEqual(count(window));
          for (const { text: part, head, tail } of candidates(of, { window, pairs: 'mentions' }).examples) {
            expect(part.slice(head.start, head.end)).toBe(head.text);
            expect(part.slice(tail.start, tail.end)).toBe(tail.text);
          }
        },
      ),
    );
  });
});

describe('one type on both sides', () => {
  const drugs = document(
    'Zinc and lead with iron.',
    [
      ['Zinc', 'drug', ['C2']],
      ['lead', 'drug', ['C1']],
      ['iron', 'drug', ['C3']],
    ],
    [{ type: 'int', head: 'C1', tail: 'C2' }],
  );
  const types = [{ head: 'drug', tail: 'drug' }];

  it('gives each two once, the earlier as head, whichever way round the relation is written', () => {
    expect(pairs(candidates(drugs, {}, types))).toEqual([
      'Zinc@0 lead@9 int',
      'Zinc@0 iron@19 null',
      'lead@9 iron@19 null',
    ]);
  });

  it('gives both orders where relations have a direction', () => {
    expect(pairs(candidates(drugs, { directed: true }, types))).toEqual([
      'Zinc@0 lead@9 null',
      'Zinc@0 iron@19 null',
      'lead@9 Zinc@0 int',
      'lead@9 iron@19 null',
      'iron@19 Zinc@0 null',
      'iron@19 lead@9 null',
    ]);
  });

  it('drops an entity with itself, unless it is related or listed', () => {
    const named: [string, string, string[]][] = [
      ['Zinc', 'drug', []],
      ['zinc', 'drug', []],
    ];
    const twice = document('Zinc and zinc.', named, [], { mentionRelations: [] });
    expect(candidates(twice, {}, types).dropped).toEqual({ 'same-entity': { pairs: 1, related: 0 } });
    expect(candidates(twice, { sameEntity: 'keep' }, types).examples).toHaveLength(1);
    const related = { ...twice, mentionRelations: [{ type: 'int', head: 'T0', tail: 'T1' }] };
    expect(pairs(candidates(related, {}, types))).toEqual(['Zinc@0 zinc@9 int']);
    const listed = { ...twice, pairs: [{ id: 'p', head: 'T0', tail: 'T1', relation: null }] };
    expect(candidates(listed, {}, types).examples).toHaveLength(1);
    expect(candidates(listed, { sameEntity: 'drop' }, types).examples).toHaveLength(0);
  });
});

describe('relations between mentions', () => {
  const chemProt = (mentionRelations: readonly MentionRelation[]): AnnotatedDocument =>
    document(
      'Lead binds kinase and lyase.',
      [
        ['Lead', 'CHEMICAL', []],
        ['kinase', 'GENE', []],
        ['lyase', 'GENE', []],
      ],
      [],
      { mentionRelations },
    );
  const types = [{ head: 'CHEMICAL', tail: 'GENE' }];
  const ofGroups = chemProt([
    { type: 'CPR:10', head: 'T0', tail: 'T1', evaluated: false },
    { type: 'CPR:4', head: 'T0', tail: 'T2', evaluated: true },
    { type: 'CPR:3', head: 'T0', tail: 'T2', evaluated: true },
  ]);

  it('count as the corpus counts them; pairs with others are null, or dropped', () => {
    expect(pairs(candidates(ofGroups, {}, types))).toEqual(['Lead@0 kinase@11 null', 'Lead@0 lyase@22 CPR:4']);
    const strict = candidates(ofGroups, { otherRelations: 'drop' }, types);
    expect(pairs(strict)).toEqual(['Lead@0 lyase@22 CPR:4']);
    expect(strict.dropped).toEqual({ 'relation-not-counted': { pairs: 1, related: 1 } });
  });

  it('count as the user says', () => {
    const some = candidates(ofGroups, { relations: ['CPR:10', 'CPR:3'] }, types);
    expect(pairs(some)).toEqual(['Lead@0 kinase@11 CPR:10', 'Lead@0 lyase@22 CPR:3']);
  });

  it('of one pair are one example, several, or none', () => {
    expect(pairs(candidates(ofGroups, { severalRelations: 'each' }, types))).toEqual([
      'Lead@0 kinase@11 null',
      'Lead@0 lyase@22 CPR:4',
      'Lead@0 lyase@22 CPR:3',
    ]);
    expect(candidates(ofGroups, { severalRelations: 'drop' }, types).dropped).toEqual({
      'several-relations': { pairs: 1, related: 1 },
    });
  });

  it('of other types, or of concepts without mentions, are counted', () => {
    const of = chemProt([{ type: 'part-of', head: 'T1', tail: 'T2' }]);
    expect(candidates(of, {}, types).dropped).toEqual({ 'relation-of-other-types': { pairs: 1, related: 1 } });
    const absent = document('Lead: rash.', [['Lead', 'Chemical', ['C1']]], [induced]);
    expect(candidates(absent).dropped).toEqual({ 'relation-without-mention': { pairs: 1, related: 1 } });
  });
});

describe('listed pairs', () => {
  const listed = document(
    'Zinc, lead. Iron.',
    [
      ['Zinc', 'drug', []],
      ['lead', 'brand', []],
      ['Iron', 'drug', []],
    ],
    [],
    {
      sentences: [
        { start: 0, end: 11 },
        { start: 12, end: 17 },
      ],
      pairs: [
        { id: 'p0', head: 'T0', tail: 'T1', relation: 'effect' },
        { id: 'p1', head: 'T0', tail: 'T2', relation: null },
      ],
    },
  );

  it('and no others are candidates, under their own ids', () => {
    const found = candidates(listed, {}, 'any');
    expect(found.examples.map(({ id, relation }) => [id, relation])).toEqual([['p0', 'effect']]);
    expect(found.dropped).toEqual({ 'beyond-window': { pairs: 1, related: 0 } });
    expect(candidates(listed, { window: 2 }, 'any').examples).toHaveLength(2);
  });

  it('may be restricted to types', () => {
    expect(candidates(listed, { window: 2 }, [{ head: 'drug', tail: 'drug' }]).dropped).toEqual({
      'other-types': { pairs: 1, related: 1 },
    });
  });

  it('lie in the sentences that the format gives', () => {
    const other = candidates(listed, { sentences: 'plain' }, 'any');
    expect(other.sentences).toBe(2);
    const within = [
      { start: 0, end: 5 },
      { start: 6, end: 17 },
    ];
    expect(candidates({ ...listed, sentences: within }, {}, 'any').dropped).toEqual({
      'beyond-window': { pairs: 2, related: 1 },
    });
    const cut = [
      { start: 0, end: 2 },
      { start: 2, end: 17 },
    ];
    expect(candidates({ ...listed, sentences: cut }, {}, 'any').dropped).toEqual({
      'mention-across-sentences': { pairs: 2, related: 1 },
    });
  });

  it('are refused sentences that the format does not give', () => {
    expect(() => candidates(document('Zinc.', []), { sentences: 'given' }, 'any')).toThrow(
      'document doc: the format gives no sentences (choose a rule for sentences: plain or unicode)',
    );
  });
});

describe('the MeSH tree', () => {
  const tree = new MeshTree(
    new Map([
      ['D1', ['C10.1']],
      ['D2', ['C10.1.5', 'F03.2']],
      ['D3', ['C11']],
    ]),
  );
  const broad = document(
    'Lead: disorder, seizures, rash.',
    [
      ['Lead', 'Chemical', ['C1']],
      ['disorder', 'Disease', ['D1']],
      ['seizures', 'Disease', ['D2']],
      ['rash', 'Disease', ['D3']],
    ],
    [{ type: 'CID', head: 'C1', tail: 'D2' }],
  );

  it('drops unrelated pairs with a broader disease than a related one of the same chemical', () => {
    const found = candidates(broad, { meshTree: tree });
    expect(pairs(found)).toEqual(['Lead@0 seizures@16 CID', 'Lead@0 rash@26 null']);
    expect(found.dropped).toEqual({ 'broader-concept': { pairs: 1, related: 0 } });
  });

  it('looks at the side that it is told to', () => {
    expect(candidates(broad, { meshTree: tree, hypernyms: 'head' }).examples).toHaveLength(3);
    expect(candidates(broad, { meshTree: tree, hypernyms: 'both' }).examples).toHaveLength(2);
  });
});

describe('a sentence that is no prose', () => {
  /** Drugs and diseases one after the other, without a full stop. */
  const list = (each: number) => {
    const words = Array.from({ length: each }, (_, i) => `lead${i} rash${i}`).join(' ');
    const mentions = [...words.matchAll(/(lead|rash)\d+/g)].map(({ 0: text, 1: type, index }): Annotation => {
      return { start: index, end: index + text.length, type: type!, text, ids: [text] };
    });
    return { ...document(words, []), mentions, relations: [{ type: 'r', head: 'lead1', tail: 'rash2' }] };
  };
  const types = [{ head: 'lead', tail: 'rash' }];

  it('gives no examples where it has more pairs than prose can have, which is counted', () => {
    expect(candidates(list(50), {}, types).examples).toHaveLength(2500);
    expect(candidates(list(51), {}, types)).toEqual({
      examples: [],
      sentences: 1,
      dropped: { 'crowded-sentence': { pairs: 51 * 51, related: 1 } },
    });
    expect(candidates(list(51), {}, 'any').dropped).toEqual({ 'crowded-sentence': { pairs: 51 * 101, related: 1 } });
  });

  it('costs what it is long, and not its square', () => {
    expect(candidates(list(20_000), {}, types).dropped).toEqual({
      'crowded-sentence': { pairs: 20_000 ** 2, related: 1 },
    });
  });
});

it('every pair of mentions becomes an example or is counted, whatever the document', () => {
  const word = fc.constantFrom('lead', 'rash', 'and', 'X.', 'Y');
  const rule = <T>(...values: T[]) => fc.constantFrom(...values);
  fc.assert(
    fc.property(
      fc.array(word, { minLength: 1, maxLength: 14 }),
      fc.array(fc.tuple(fc.nat(5), fc.nat(5), fc.constantFrom('r', 's')), { maxLength: 4 }),
      fc.record({
        directed: fc.boolean(),
        sameEntity: rule('keep' as const, 'drop' as const),
        severalRelations: rule('first' as const, 'drop' as const),
        otherRelations: rule('null' as const, 'drop' as const),
        relations: rule<'auto' | string[]>('auto', ['r']),
        pairs: rule(...PAIRINGS.filter((each) => each !== 'listed')),
      }),
      (words, related, rules) => {
        const text = words.join(' ');
        const mentions = [...text.matchAll(/lead|rash/g)].map(({ 0: found, index }, i): Annotation => {
          return { id: `T${i}`, start: index, end: index + 4, type: found, text: found, ids: [`${found}${i % 3}`] };
        });
        const known = related.filter(([a, b]) => a < mentions.length && b < mentions.length && a !== b);
        const mentionRelations = known.map(([a, b, type]) => ({ type, head: `T${a}`, tail: `T${b}` }));
        const of = { ...document(text, []), mentions, mentionRelations };
        const types = [{ head: 'lead', tail: 'rash' }];
        const { examples, dropped } = candidates(of, rules, types);
        const { examples: all } = candidates(of, { pairs: 'mentions', sameEntity: 'keep' }, types);
        const lost = Object.entries(dropped)
          .filter(([reason]) => !reason.startsWith('relation-of') && reason !== 'relation-beyond-window')
          .reduce((sum, [, { pairs: count }]) => sum + count, 0);
        expect(examples.length + lost).toBe(all.length);
      },
    ),
  );
});
