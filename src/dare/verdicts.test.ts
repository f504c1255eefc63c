import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FilterChain } from '../generation/filters/filter.ts';
import { textFilters, type TextFilterSettings } from '../generation/filters/filters.ts';
import { drawSynthetic } from './draw.ts';
import { readGivenPool } from './given-pool.ts';
import { applyVerdicts, readVerdicts, type PersonsVerdict, type PooledSentence } from './verdicts.ts';

const SETTINGS: TextFilterSettings = {
  masks: 'exactly-once',
  minimumWords: 5,
  nearDuplicates: 0.6,
  longestCopy: null,
  copiedNgrams: null,
  heldOutCopies: 'drop',
};
const placeholders = { head: 'DRUG', tail: 'DISEASE' };
/** New ones for each review: filters remember. */
const filters = () =>
  textFilters(SETTINGS, {
    placeholders: [placeholders],
    allPlaceholders: [placeholders],
    gold: ['DRUG gave DISEASE to a man'],
    learned: [],
    validation: [],
    test: ['In the trial DRUG gave DISEASE to one woman'],
  });
const pool: PooledSentence[] = [
  { id: 'a', index: 0, text: 'The rats got DISEASE from DRUG', verdict: 'accepted' },
  { id: 'b', index: 1, text: 'DRUG caused DISEASE', verdict: 'too-short', value: 3 },
  { id: 'c', index: 2, text: 'No drug is named here and no DISEASE', verdict: 'missing-mask' },
  { id: 'd', index: 3, text: 'DISEASE was seen soon after DRUG', verdict: 'accepted', target: [0.7, 0.3] },
];
const said = (id: string, verdict: PersonsVerdict['verdict'], text?: string): PersonsVerdict => ({
  relation: 'CID',
  id,
  verdict,
  ...(text !== undefined && { text }),
});
const review = (...verdicts: PersonsVerdict[]) => applyVerdicts(pool, verdicts, filters());
const textsOf = (sentences: readonly PooledSentence[]) =>
  sentences.flatMap(({ verdict, text }) => (verdict === 'accepted' ? text : []));

describe('what a person says', () => {
  test('rejected sentences are out, for whatever reason they were in', () => {
    const { sentences, rejected } = review(said('a', 'reject'));
    expect(sentences[0]).toMatchObject({ id: 'a', verdict: 'rejected-by-person' });
    expect(rejected).toBe(1);
  });

  test('accepted ones are in though a filter found them unlikely, and are learned as they are labelled', () => {
    const { sentences, accepted } = review(said('b', 'accept'), said('d', 'accept'));
    expect(textsOf(sentences)).toContain('DRUG caused DISEASE');
    expect(sentences[3]).not.toHaveProperty('target');
    expect(accepted).toBe(2);
  });

  test('but not without their entities, nor as a copy', () => {
    const { sentences, refused } = review(
      said('c', 'accept'),
      said('a', 'edit', 'DRUG gave DISEASE to a man'),
      said('d', 'edit', 'In the trial DRUG gave DISEASE to one woman'),
    );
    expect(textsOf(sentences)).toEqual([]);
    expect(refused).toEqual([
      { id: 'a', reason: 'duplicate-of-gold' },
      { id: 'c', reason: 'missing-mask' },
      { id: 'd', reason: 'copied-from-test' },
    ]);
  });

  test('a new wording takes the sentence’s place, and must not repeat another', () => {
    const { sentences, edited } = review(said('b', 'edit', 'DRUG caused a fatal DISEASE'));
    expect(sentences[1]).toMatchObject({
      id: 'b',
      text: 'DRUG caused a fatal DISEASE',
      original: 'DRUG caused DISEASE',
      verdict: 'accepted',
    });
    expect(edited).toBe(1);
    expect(review(said('b', 'edit', pool[0]!.text)).refused).toEqual([{ id: 'b', reason: 'duplicate-of-generated' }]);
  });

  test('verdicts on sentences that are not there are told of', () => {
    const { unknown, sentences } = review(said('zzz', 'reject'));
    expect(unknown).toEqual(['zzz']);
    expect(sentences).toEqual(pool);
  });

  test('a rejected sentence changes only the draws that held it, by one sentence', () => {
    const sentences = Array.from({ length: 60 }, (_, index) => ({ id: `s${index}`, text: `t${index}` }));
    const drawOf = (member: number, from = sentences) =>
      drawSynthetic([{ relation: 'CID', goldCount: 20, sentences: from }], 1, 1, ['member', member]).sentences.map(
        ({ text }) => text,
      );
    for (let member = 0; member < 8; member++) {
      const before = drawOf(member);
      const after = drawOf(
        member,
        sentences.filter(({ text }) => text !== 't7'),
      );
      if (!before.includes('t7')) expect(after).toEqual(before);
      else expect(before.filter((text) => !after.includes(text))).toEqual(['t7']);
    }
    expect(new Set([...Array(8).keys()].map((member) => drawOf(member).join())).size).toBe(8);
  });
});

test('no verdict makes training data of a sentence without its two entities, nor of a repetition', () => {
  const word = fc.constantFrom('DRUG', 'DISEASE', 'drug', 'DRUGS', 'gave', 'to', 'rats', 'a');
  const text = fc.array(word, { maxLength: 7 }).map((words) => words.join(' '));
  const written = fc.array(text, { maxLength: 12 });
  const verdict = fc.record({
    place: fc.nat(11),
    what: fc.oneof(fc.constantFrom('accept' as const, 'reject' as const), text),
  });
  fc.assert(
    fc.property(written, fc.array(verdict, { maxLength: 12 }), (texts, opinions) => {
      const chain = new FilterChain(filters());
      const sentences = texts.map((each, index) => ({ id: `s${index}`, index, text: each, ...chain.judge(each) }));
      // One on each sentence, as they are read from a file.
      const given = new Map(
        opinions.map(({ place, what }): [number, PersonsVerdict] => [
          place,
          what === 'accept' || what === 'reject' ? said(`s${place}`, what) : said(`s${place}`, 'edit', what),
        ]),
      );
      const { sentences: reviewed, refused, unknown } = applyVerdicts(sentences, [...given.values()], filters());
      const passed = textsOf(reviewed);
      for (const each of passed) {
        expect(each.split(' ').filter((one) => one === 'DRUG')).toHaveLength(1);
        expect(each.split(' ').filter((one) => one === 'DISEASE')).toHaveLength(1);
      }
      expect(new Set(passed).size).toBe(passed.length);
      for (const { id } of refused) expect(reviewed.find((one) => one.id === id)!.verdict).not.toBe('accepted');
      expect(unknown.every((id) => sentences.every((one) => one.id !== id))).toBe(true);
    }),
  );
});

describe('files', () => {
  let folder: string;
  beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'dare-verdicts-'))));
  afterAll(() => rm(folder, { recursive: true }));
  const written = async (...lines: string[]): Promise<string> => {
    const path = join(folder, 'file.jsonl');
    await writeFile(path, lines.join('\n'));
    return path;
  };
  const verdicts = async (...lines: string[]) => readVerdicts(await written(...lines), ['CID']);
  const given = async (...lines: string[]) =>
    readGivenPool(await written(...lines), ['CID', 'other'], () => placeholders);

  test('the last verdict on a sentence counts', async () => {
    const line = '{"relation":"CID","id":"a","verdict":"accept"}';
    expect((await verdicts(line, line.replace('accept', 'reject'))).get('CID')).toEqual([said('a', 'reject')]);
  });

  test.each([
    ['{"relation":"CIDD","id":"a","verdict":"accept"}', 'file.jsonl:2: there is no relation "CIDD" (known: CID)'],
    ['{"relation":"CID","id":"a","verdict":"edit"}', 'file.jsonl:2: a verdict "edit" without a text'],
    ['{"relation":"CID","id":"a","verdict":"accept","text":"b"}', 'file.jsonl:2: a verdict "accept" with a text'],
    ['{"relation":"CID","id":"a","verdict":"maybe"}', 'file.jsonl:2: verdict: '],
    ['{"relation":"CID","id":"a"', 'file.jsonl:2: not valid JSON'],
  ])('refused with file and line: %s', async (line, message) => {
    await expect(verdicts('', line)).rejects.toThrow(message);
  });

  test('a pool from elsewhere may have either placeholders, and fields of its own', async () => {
    const texts = await given(
      '{"relation":"CID","text":"DRUG caused DISEASE","author":"me"}',
      '{"relation":"CID","text":"$ENTITYB$ after $ENTITYA$"}',
    );
    expect(texts.get('CID')).toEqual(['DRUG caused DISEASE', 'DISEASE after DRUG']);
    expect(texts.get('other')).toEqual([]);
  });

  test.each([
    ['{"relation":"CIDD","text":"a"}', 'file.jsonl:1: there is no relation "CIDD" (known: CID, other)'],
    ['{"relation":"CID"}', 'file.jsonl:1: text: '],
    ['', 'there are no sentences'],
  ])('refused: %s', async (line, message) => {
    await expect(given(line)).rejects.toThrow(message);
  });
});
