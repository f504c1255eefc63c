import { parseHTML } from 'linkedom';
import { expect, it } from 'vitest';
import { syntheticReport } from '../../../tests/support/synthetic-report.ts';
import { sweepPage } from './sweep-page.ts';

const { scores } = syntheticReport({ arms: 3, members: 1, relations: 1, sentences: 50 });
const cell = (ratio: number, positives: number | null) => ({ ratio, positives, run: `runs/ratio-${ratio}`, scores });

it('draws a curve with intervals for all that was varied, each arm with all its points', async () => {
  const cells = [50, 250].flatMap((positives) => [0.5, 1, 2].map((ratio) => cell(ratio, positives)));
  const { document } = parseHTML(await sweepPage({ folder: 'sweeps/mine', cells }));
  const titles = Array.from(document.querySelectorAll('h2'), ({ textContent }) => textContent);
  expect(titles).toEqual([
    'F1 by synthetic sentences for each gold one, with 50 gold positives',
    'F1 by synthetic sentences for each gold one, with 250 gold positives',
    'F1 by the number of gold positives, with a ratio of 0.5',
    'F1 by the number of gold positives, with a ratio of 1',
    'F1 by the number of gold positives, with a ratio of 2',
    'Runs',
  ]);
  // Each is drawn for wide screens and for phones.
  const byRatio = document.querySelectorAll('svg[aria-label="F1 by the ratio"]');
  expect(byRatio).toHaveLength(2 * 2);
  expect(byRatio[0]!.querySelectorAll('circle')).toHaveLength(3 * 3);
  const colours = Array.from(byRatio[0]!.querySelectorAll('g[fill^="var"]'), (dots) => dots.getAttribute('fill'));
  expect(colours).toEqual(['var(--arm-1)', 'var(--arm-2)', 'var(--arm-3)']);
  expect(byRatio[0]!.querySelector('desc')!.textContent).toMatch(/DARE at 0\.5: 0\.\d{3}, 0\.\d{3} to 0\.\d{3}/);
  expect(document.querySelectorAll('tbody tr')).toHaveLength(6 * 3);
  expect(document.querySelector('tbody a')!.getAttribute('href')).toBe('runs/ratio-0.5/report.html');
});

it('a single run has figures and no curve', async () => {
  const { document } = parseHTML(await sweepPage({ folder: 'sweeps/mine', cells: [cell(1, null)] }));
  expect(document.querySelectorAll('svg')).toHaveLength(0);
  expect(document.querySelectorAll('tbody tr')).toHaveLength(3);
});
