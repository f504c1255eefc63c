import { expect, it } from 'vitest';
import { lossChart } from './loss-charts.ts';

it.each([
  { epochs: 2, shown: ['1', '2'] },
  { epochs: 12, shown: ['3', '6', '9', '12'] },
])('names whole epochs below the losses of $epochs, each once', async ({ epochs, shown }) => {
  const history = Array.from({ length: epochs }, (_, i) => ({ epoch: i + 1, trainingLoss: 1 / (i + 1) }));
  const svg = await lossChart([{ arm: 'gold', number: 1, epochs: history }], 'red', 400);
  // The labels of the lower axis stand below their ticks.
  const labels = [...svg.matchAll(/y="0\.71em">(\d+)<\/text>/g)].map(([, text]) => text);
  expect(labels).toEqual(shown);
});
