import { expect, it } from 'vitest';
import { syntheticReport } from '../../../tests/support/synthetic-report.ts';
import { colourOf, precisionRecallChart, thresholdChart } from './run-charts.ts';

it.each([
  ['precision over recall', precisionRecallChart],
  ['F1 by threshold', thresholdChart],
])('%s: gold alone has its arm’s colour, and not that of the metal', async (_, chart) => {
  const { scores } = syntheticReport({ arms: 2, members: 2, relations: 2, sentences: 20 });
  const svg = await chart({ ...scores, arms: { gold: scores.arms.gold! } }, 400);
  expect(svg).toContain(`stroke="${colourOf('gold')}"`);
  expect(svg).not.toContain('"gold"');
});
