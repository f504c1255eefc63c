import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PerplexityBand, perplexityOf } from './perplexity-band.ts';

/** A text is its own perplexity. */
const score = (texts: readonly string[]) =>
  Promise.resolve(texts.map((text) => ({ tokens: 5, negativeLogLikelihood: 4 * Math.log(Number(text)) })));
const gold = Array.from({ length: 101 }, (_, index) => String(100 + index));

test('sentences outside the middle part of gold’s perplexities are dropped', async () => {
  const band = new PerplexityBand(gold, 0.9, score);
  const [low, high] = await band.band();
  expect(low).toBeCloseTo(105, 6);
  expect(high).toBeCloseTo(195, 6);
  const opinions = await band.opinions(['104', '106', '150', '194', '196']);
  expect(opinions.map(({ objection }) => objection?.reason)).toEqual([
    'unusual-perplexity',
    undefined,
    undefined,
    undefined,
    'unusual-perplexity',
  ]);
  expect(opinions[0]!.objection!.value).toBeCloseTo(104, 6);
});

test('a text of one token has no perplexity, and passes', async () => {
  expect(perplexityOf({ tokens: 1, negativeLogLikelihood: 0 })).toBeUndefined();
  const short = new PerplexityBand(gold, 1, (texts) =>
    Promise.resolve(texts.map(() => ({ tokens: 1, negativeLogLikelihood: 0 }))),
  );
  expect(await short.opinions(['1'])).toEqual([{}]);
});

test('a wider band drops no sentence that a narrower one lets pass', async () => {
  const perplexity = fc.double({ min: 1.01, max: 1e4, noNaN: true }).map(String);
  const share = fc.double({ min: 0.01, max: 1, noNaN: true });
  await fc.assert(
    fc.asyncProperty(fc.array(perplexity), fc.array(perplexity), share, share, async (golds, texts, a, b) => {
      const passes = async (width: number): Promise<boolean[]> =>
        (await new PerplexityBand(golds, width, score).opinions(texts)).map(({ objection }) => !objection);
      const [narrow, wide] = await Promise.all([passes(Math.min(a, b)), passes(Math.max(a, b))]);
      narrow.forEach((passed, place) => expect(wide[place] || !passed).toBe(true));
    }),
  );
});
