import { expect, test } from 'vitest';
import { drawCurve } from './model-card.ts';

const point = (tokens: number, loss: number, heldOut?: number) => ({
  update: tokens,
  tokens,
  seconds: 1,
  learningRate: 1e-3,
  loss,
  ...(heldOut !== undefined && { heldOut: { loss: heldOut } }),
});

test('the plot is a picture by itself, the same every time', async () => {
  const curve = [point(0, 9, 9), point(1e6, 7), point(2e6, 6, 6.5)];
  const svg = await drawCurve(curve);
  expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  expect(svg).toContain('million tokens');
  // A dot for each measurement on held-out text.
  expect(svg.match(/<circle/g)).toHaveLength(2);
  expect(svg).not.toContain('NaN');
  expect(await drawCurve(curve)).toBe(svg);
});
