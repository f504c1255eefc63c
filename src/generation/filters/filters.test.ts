/** One contract for all filters that need no model, then what each is there for. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { z } from 'zod';
import { countPlaceholder } from '../../corpus/placeholders.ts';
import { CopiedFromGold } from './copied-from-gold.ts';
import { CopiedFromHeldOut } from './copied-from-held-out.ts';
import { duplicateKey, ExactDuplicates } from './exact-duplicates.ts';
import { countVerdicts, FilterChain, REASONS, type SentenceFilter, type Verdict } from './filter.ts';
import { textFilters, textFilterSettings, type FilterMaterial } from './filters.ts';
import { countWords } from '../../text/count-words.ts';
import { Length } from './length.ts';
import { MaskPresence } from './mask-presence.ts';
import { NearDuplicates } from './near-duplicates.ts';

const placeholders = [{ head: 'DRUG', tail: 'DISEASE' }];
const words = [
  'DRUG',
  'DISEASE',
  'drug',
  'DRUGS',
  'rats',
  'had',
  'a',
  '(DRUG)',
  '.',
  'DISEASE-like',
  'severe',
  'after',
];
const sentence = fc
  .array(fc.constantFrom(...words), { maxLength: 14 })
  .chain((some) => fc.constantFrom(' ', '  ').map((space) => some.join(space)));
/** With both placeholders once, mostly. */
const likely = fc
  .shuffledSubarray(['DRUG', 'DISEASE', 'rats', 'had', 'a', 'b', 'c', 'd', 'e'], { minLength: 7 })
  .map((some) => some.join(' '));
const sentences = fc.array(fc.oneof(sentence, likely), { maxLength: 12 });
const material = fc
  .record({ gold: sentences, validation: sentences, test: sentences })
  .map((parts): FilterMaterial => ({
    placeholders,
    allPlaceholders: placeholders,
    learned: parts.gold.slice(0, 6),
    ...parts,
  }));

const FILTERS: Record<string, (material: FilterMaterial) => SentenceFilter> = {
  'masks, exactly once': () => new MaskPresence(placeholders, placeholders, 'exactly-once'),
  'masks, at least once': () => new MaskPresence(placeholders, placeholders, 'at-least-once'),
  length: () => new Length(8),
  'exact duplicates': ({ gold }) => new ExactDuplicates(gold),
  'near-duplicates': ({ gold }) => new NearDuplicates(gold, 0.7),
  'copied span': ({ learned }) => new CopiedFromGold(learned, { span: 4, ngrams: null }),
  'copied n-grams': ({ learned }) => new CopiedFromGold(learned, { span: null, ngrams: 0.5 }),
  'copied from held-out data': (each) => new CopiedFromHeldOut(each),
};

describe.each(Object.entries(FILTERS))('every filter: %s', (_, make) => {
  it('gives reasons that it declares, with figures that are numbers', () => {
    fc.assert(
      fc.property(material, sentences, (given, texts) => {
        const filter = make(given);
        for (const text of texts) {
          const objection = filter.objection(text);
          if (!objection) continue;
          expect(filter.reasons).toContain(objection.reason);
          if (objection.value !== undefined) expect(objection.value).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });

  it('answers alike when asked again, and remembers only what it is told to', () => {
    fc.assert(
      fc.property(material, sentences, fc.oneof(sentence, likely), (given, asked, text) => {
        const [one, other] = [make(given), make(given)];
        for (const each of asked) one.objection(each);
        expect(one.objection(text)).toEqual(other.objection(text));
      }),
    );
  });

  it('never takes an objection back when more sentences are remembered', () => {
    fc.assert(
      fc.property(material, sentences, fc.oneof(sentence, likely), (given, remembered, text) => {
        const filter = make(given);
        const before = filter.objection(text);
        for (const each of remembered) filter.remember?.(each);
        if (before) expect(filter.objection(text)?.reason).toBe(before.reason);
      }),
    );
  });

  it('does not mind white space around and between words', () => {
    fc.assert(
      fc.property(material, fc.oneof(sentence, likely), (given, text) => {
        const filter = make(given);
        expect(filter.objection(`  ${text.replaceAll(' ', '\n ')}\t`)?.reason).toBe(filter.objection(text)?.reason);
      }),
    );
  });
});

const DEFAULTS = z.object(textFilterSettings).parse({});
const STRICT = { ...DEFAULTS, nearDuplicates: 0.7, longestCopy: 5, copiedNgrams: 0.5 };

describe('all filters in order', () => {
  it('give the reason of the first that objects, and one verdict for each sentence', () => {
    fc.assert(
      fc.property(material, sentences, (given, texts) => {
        const chain = new FilterChain(textFilters(STRICT, given));
        const alone = textFilters(STRICT, given);
        const judged = texts.map((text) => {
          const { verdict } = chain.judge(text);
          const first = alone.map((filter) => filter.objection(text)).find((objection) => objection !== undefined);
          expect(verdict).toBe(first?.reason ?? 'accepted');
          if (!first) for (const filter of alone) filter.remember?.(text);
          return { text, verdict };
        });
        const counts = countVerdicts(judged, chain.reasons);
        expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(texts.length);
        expect(Object.keys(counts).sort()).toEqual(['accepted', ...chain.reasons].sort());
      }),
    );
  });

  it('let through only new sentences with both masks once and eight words', () => {
    fc.assert(
      fc.property(material, sentences, (given, texts) => {
        const chain = new FilterChain(textFilters(DEFAULTS, given));
        const accepted = texts.filter((text) => chain.judge(text).verdict === 'accepted');
        for (const text of accepted) {
          expect(countPlaceholder(text, 'DRUG')).toBe(1);
          expect(countPlaceholder(text, 'DISEASE')).toBe(1);
          expect(countWords(text)).toBeGreaterThanOrEqual(8);
        }
        const known = new Set([...given.gold, ...given.validation, ...given.test].map(duplicateKey));
        const keys = accepted.map(duplicateKey);
        expect(new Set(keys).size).toBe(keys.length);
        expect(keys.filter((key) => known.has(key))).toEqual([]);
      }),
    );
  });

  it('are asked in the order in which their reasons are listed', () => {
    const { reasons } = new FilterChain(
      textFilters(STRICT, {
        placeholders,
        allPlaceholders: placeholders,
        gold: [],
        learned: [],
        validation: [],
        test: [],
      }),
    );
    const places = reasons.map((reason) => REASONS.indexOf(reason));
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });
});

const gold = ['A case of DRUG followed by a severe DISEASE .'];
const judge = (text: string, settings: Partial<typeof STRICT> = {}, heldOut: Partial<FilterMaterial> = {}) =>
  new FilterChain(
    textFilters(
      { ...DEFAULTS, ...settings },
      { placeholders, allPlaceholders: placeholders, gold, learned: gold, validation: [], test: [], ...heldOut },
    ),
  ).judge(text);

test.each<[string, Verdict, Verdict]>([
  // The verdict by default, and under the paper's rules.
  ['We saw that DRUG gave DISEASE to many rats .', 'accepted', 'accepted'],
  ['We saw that DRUG-induced (DISEASE) was seen in rats .', 'accepted', 'accepted'],
  ['We saw that DRUG gave pain to many old rats .', 'missing-mask', 'missing-mask'],
  ['We saw that drug gave DISEASE to many old rats .', 'missing-mask', 'missing-mask'],
  ['We saw that DRUGS gave DISEASE to many old rats .', 'missing-mask', 'missing-mask'],
  ['We saw that DRUG and DRUG gave DISEASE to rats .', 'repeated-mask', 'accepted'],
  ['DRUG gave DISEASE to all rats .', 'too-short', 'too-short'],
  ['', 'missing-mask', 'missing-mask'],
  ['a  case of DRUG followed by a\nsevere DISEASE . ', 'duplicate-of-gold', 'duplicate-of-gold'],
])('%j', (text, byDefault, byPaper) => {
  expect(judge(text).verdict).toBe(byDefault);
  expect(judge(text, { masks: 'at-least-once', heldOutCopies: 'keep' }).verdict).toBe(byPaper);
});

test('a repetition is one however Unicode spells it', () => {
  // β and µ as other code points, é in two.
  const [plain, spelled] = [
    'β-blocker DRUG at 5 µg gave DISEASE to André',
    'ϐ-blocker DRUG at 5 μg gave DISEASE to Andre\u0301',
  ];
  expect(spelled).not.toBe(plain);
  expect(judge(spelled, {}, { gold: [plain] }).verdict).toBe('duplicate-of-gold');
  expect(judge(plain, {}, { test: [spelled] })).toMatchObject({ verdict: 'copied-from-test', value: 1 });
});

describe('what is copied', () => {
  const near = 'A case of DRUG followed by a very severe DISEASE .';

  test('near-duplicates of gold, with the sentence that they resemble', () => {
    expect(judge(near).verdict).toBe('accepted');
    // Seven of eight pairs of words in common, two of nine added.
    expect(judge(near, { nearDuplicates: 0.7 })).toEqual({
      verdict: 'near-duplicate-of-gold',
      value: 7 / 10,
      match: gold[0],
    });
    expect(judge(near, { nearDuplicates: 0.75 }).verdict).toBe('accepted');
  });

  test('near-duplicates of what was written before', () => {
    const filter = new NearDuplicates([], 0.7);
    expect(filter.objection(near)).toBeUndefined();
    filter.remember(near);
    expect(filter.objection(gold[0]!)).toMatchObject({ reason: 'near-duplicate-of-generated', match: near });
  });

  test('long stretches, and many 4-grams, of the sentences that the generator learned from', () => {
    // "a case of drug followed by a" are seven words, with four of the sentence's eight 4-grams.
    expect(judge(near, { longestCopy: 7 }).verdict).toBe('accepted');
    expect(judge(near, { longestCopy: 6 })).toEqual({ verdict: 'copied-from-gold', value: 7 });
    const share = judge(near, { copiedNgrams: 0 }).value!;
    expect(share).toBe(4 / 8);
    expect(judge(near, { copiedNgrams: share }).verdict).toBe('accepted');
    expect(judge(near, { longestCopy: 1 }, { learned: [] }).verdict).toBe('accepted');
  });

  test('test and validation sentences, and what nearly is one', () => {
    const text = 'In two of ten patients DRUG was followed by a DISEASE of the skin .';
    const close = text.replace('ten', 'the');
    expect(judge(text, {}, { test: [text.toUpperCase()] })).toMatchObject({ verdict: 'copied-from-test', value: 1 });
    const verdict = judge(close, {}, { validation: ['Another one', text] });
    expect(verdict).toMatchObject({ verdict: 'accepted' });
    const closer = `${text} Indeed`;
    expect(judge(closer, {}, { validation: [text] })).toMatchObject({ verdict: 'copied-from-validation', match: text });
    expect(judge(text, { heldOutCopies: 'keep' }, { test: [text] }).verdict).toBe('accepted');
  });
});

it('a sentence has the placeholders of one pair of the relation’s types, and of no other', () => {
  const pairs = [
    { head: 'DRUG', tail: 'DISEASE' },
    { head: 'DRUG', tail: 'PROTEIN' },
  ];
  const both = new MaskPresence(pairs, [...pairs, { head: 'DRUGA', tail: 'DRUGB' }], 'at-least-once');
  expect(both.objection('DRUG caused DISEASE')).toBeUndefined();
  expect(both.objection('DRUG binds PROTEIN or PROTEIN')).toBeUndefined();
  expect(both.objection('DRUG binds PROTEIN and caused DISEASE')).toEqual({ reason: 'foreign-mask' });
  expect(both.objection('DRUG and DRUGA caused DISEASE')).toEqual({ reason: 'foreign-mask' });
  expect(both.objection('DRUGA and DRUGB')).toEqual({ reason: 'missing-mask' });
  const strict = new MaskPresence(pairs, pairs, 'exactly-once');
  expect(strict.objection('DRUG binds PROTEIN or PROTEIN')).toEqual({ reason: 'repeated-mask' });
});
