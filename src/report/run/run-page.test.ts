import { parseHTML } from 'linkedom';
import { expect, it } from 'vitest';
import { syntheticReport } from '../../../tests/support/synthetic-report.ts';
import { runPage } from './run-page.ts';
import { runJson } from './run-text.ts';

it('is under 3 MB for 6 arms of 20 classifiers, 5 relations and 4,000 test sentences', async () => {
  const page = await runPage(syntheticReport({ arms: 6, members: 20, relations: 5, sentences: 4000 }));
  expect(Buffer.byteLength(page)).toBeLessThan(3_000_000);
  const { document } = parseHTML(page);
  const chart = document.querySelector('svg[aria-label="F1 of each arm"]')!;
  expect(chart.querySelectorAll('circle')).toHaveLength(6 * 20 + 6);
  const relations = document.querySelector('svg[aria-label="F1 by relation"]')!;
  expect(relations.querySelectorAll('circle')).toHaveLength(6 * 5);
});

it('adds up what a run cost, by device and stage, and says what cost nothing', async () => {
  const report = syntheticReport({ arms: 2, members: 1, relations: 2, sentences: 200 });
  const json = JSON.parse(runJson(report)) as { costs: unknown; command: string };
  expect(json.costs).toEqual([
    { device: 'no model', stage: 'reading the corpus', steps: 1, seconds: 2 },
    {
      device: 'cpu, a processor, 2 threads, ONNX Runtime 1.30.0',
      stage: 'training classifiers',
      steps: 2,
      seconds: 800,
    },
  ]);
  expect(json.command).toBe('dare run --config runs/synthetic/configuration.yaml --out runs/synthetic-again');
  const { document } = parseHTML(await runPage({ ...report, folder: "it's here" }));
  expect(document.body.textContent).toContain(String.raw`--out 'it'\''s here-again'`);
  expect(document.body.textContent).toContain('1 steps were taken over from other runs');
});
