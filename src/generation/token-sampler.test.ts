import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { RandomStream } from '../foundation/random.ts';
import { candidatesNeeded, chooseToken, tokenChoiceSettings, tokenWeights } from './token-sampler.ts';

const choiceSchema = z.object(tokenChoiceSettings);
const DEFAULTS = choiceSchema.parse({});
const REFERENCE = new URL('../../tests/fixtures/reference/token-choice.json', import.meta.url);
const cases = z
  .array(
    z.object({
      settings: choiceSchema,
      logits: z.array(z.number()),
      earlier: z.array(z.number()),
      probabilities: z.array(z.number()),
    }),
  )
  .parse(JSON.parse(readFileSync(REFERENCE, 'utf8')));

/** The probability of every token of the vocabulary. */
function distribution(...[candidates, choice, earlier]: Parameters<typeof tokenWeights>): number[] {
  const { weights, ids } = tokenWeights(candidates, choice, earlier);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const size = ids ? Math.max(...ids) + 1 : weights.length;
  const probabilities = new Array<number>(Math.max(size, candidates.logits.length)).fill(0);
  weights.forEach((weight, position) => (probabilities[ids ? ids[position]! : position] = weight / total));
  return probabilities;
}

const logitsArbitrary = fc
  // Eighths: logits that differ by less than a weight can tell would be ordered by id in one way and by logit in the other.
  .array(fc.integer({ min: -160, max: 160 }), { minLength: 1, maxLength: 60 })
  .map((values) => Float32Array.from(values, (value) => value / 8));
const choiceArbitrary = fc.record({
  temperature: fc.oneof(fc.constant(0), fc.double({ min: 0.1, max: 3, noNaN: true })),
  topK: fc.nat(70),
  topP: fc.double({ min: 0.01, max: 1, noNaN: true }),
  minP: fc.double({ min: 0, max: 1, noNaN: true }),
  repetitionPenalty: fc.constantFrom(1, 1.2, 0.8),
});

describe('the distribution of the next token', () => {
  test.each(cases)('is that of generate with $settings', ({ settings, logits, earlier, probabilities }) => {
    const own = distribution({ logits: Float32Array.from(logits) }, settings, earlier);
    probabilities.forEach((probability, id) => expect(own[id]).toBeCloseTo(probability, 5));
  });

  test('is the same from the most probable candidates alone', () => {
    fc.assert(
      fc.property(logitsArbitrary, choiceArbitrary, (logits, choice) => {
        const count = Math.min(candidatesNeeded(choice), logits.length);
        fc.pre(count > 0);
        const ids = Int32Array.from(
          [...logits.keys()].sort((a, b) => logits[b]! - logits[a]! || a - b).slice(0, count),
        );
        const best = { logits: Float32Array.from(ids, (id) => logits[id]!), ids };
        const expected = distribution({ logits }, choice, []);
        distribution(best, choice, []).forEach((each, id) => expect(each).toBeCloseTo(expected[id] ?? 0, 10));
      }),
    );
  });

  test('always holds the most probable token, and no more tokens than top-k', () => {
    fc.assert(
      fc.property(logitsArbitrary, choiceArbitrary, (logits, choice) => {
        const { weights } = tokenWeights({ logits }, { ...choice, repetitionPenalty: 1 }, []);
        expect(Math.max(...weights)).toBe(1);
        const drawable = weights.filter((weight) => weight > 0).length;
        if (choice.topK > 0) expect(drawable).toBeLessThanOrEqual(choice.topK);
        if (choice.temperature === 0) expect(drawable).toBe(1);
      }),
    );
  });
});

test('a nucleus of all but a rounding error holds tokens to draw from', () => {
  const stream = RandomStream.named(1, 'logits');
  for (let draw = 0; draw < 100; draw++) {
    const logits = Float32Array.from({ length: 60 }, () => 6 * stream.uniform() - 3);
    const { weights } = tokenWeights({ logits }, { ...DEFAULTS, topK: 0, topP: 1 - Number.EPSILON / 2 }, []);
    expect(Math.max(...weights)).toBe(1);
  }
});

test('tokens are drawn as often as their probabilities say', () => {
  const logits = Float32Array.from([0, 1, 2, -1, 0.5]);
  const choice = { ...DEFAULTS, topK: 3 };
  const expected = distribution({ logits }, choice, []);
  const stream = RandomStream.named(1, 'draws');
  const DRAWS = 20_000;
  const counts = [0, 0, 0, 0, 0];
  for (let draw = 0; draw < DRAWS; draw++) counts[chooseToken({ logits }, choice, [], stream)]!++;
  counts.forEach((count, id) => expect(count / DRAWS).toBeCloseTo(expected[id]!, 1.7));
  expect(counts[3]).toBe(0);
});

test('every token costs one random number, whatever the settings', () => {
  fc.assert(
    fc.property(logitsArbitrary, choiceArbitrary, (logits, choice) => {
      const [one, other] = [RandomStream.named(3, 'a'), RandomStream.named(3, 'a')];
      chooseToken({ logits }, choice, [0], one);
      other.uniform();
      expect(one.uniform()).toBe(other.uniform());
    }),
  );
});
