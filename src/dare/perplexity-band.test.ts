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
