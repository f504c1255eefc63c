import { join } from 'node:path';
import { parseHTML } from 'linkedom';
import { expect, it } from 'vitest';
import { syntheticReport } from '../../../tests/support/synthetic-report.ts';
import { rerunCommand } from './making-section.ts';
import { runPage } from './run-page.ts';
import { parse } from 'csv-parse/sync';
import { runCsv, runJson, runMarkdown } from './run-text.ts';

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
  expect(rerunCommand({ folder: 'runs/synthetic/' })).toBe(json.command);
  expect(rerunCommand({ folder: '.' })).toBe(
    `dare run --config ${join(process.cwd(), 'configuration.yaml')} --out ${process.cwd()}-again`,
  );
  const { document } = parseHTML(await runPage({ ...report, folder: "it's here" }));
  expect(document.body.textContent).toContain(String.raw`--out 'it'\''s here-again'`);
  expect(document.body.textContent).toContain('One step was taken over from other runs');
  const reused = ['generator relation 1', 'generator relation 2'];
  const { document: second } = parseHTML(await runPage({ ...report, log: { ...report.log, reused } }));
  expect(second.body.textContent).toContain('2 steps were taken over from other runs');
});

it('shows every comparison of two arms, overall and by relation, on the page and in tables, and says how the intervals were corrected', async () => {
  const report = syntheticReport({ arms: 3, members: 1, relations: 2, sentences: 200 });
  const [first, ...others] = report.scores.comparisons;
  const relations = {
    ...first!.relations,
    'relation 2': { difference: 0.123, interval: [0.023, 0.223] as [number, number] },
  };
  const scores = { ...report.scores, comparisons: [{ ...first!, relations }, ...others] };
  const { document } = parseHTML(await runPage({ ...report, scores }));
  const rowsOf = (label: string) =>
    Array.from(document.querySelectorAll(`[aria-label="${label}"] tr`)).map((row) =>
      Array.from(row.querySelectorAll('th, td')).map((cell) => cell.textContent.replaceAll(/\s+/g, ' ').trim()),
    );
  const pairs = ['DARE over gold only', 'DARE over class weighting'];
  expect(rowsOf('Differences between arms').map(([name]) => name)).toEqual(['one over the other', ...pairs]);
  const byRelation = rowsOf('Differences in F1 by relation');
  expect(byRelation[0]).toEqual(['relation', ...pairs]);
  expect(byRelation[2]!.slice(0, 2)).toEqual(['relation 2', '+0.123 +0.023 to +0.223']);
  expect(document.body.textContent).toContain('(Bonferroni)');

  const markdown = runMarkdown({ ...report, scores });
  expect(markdown).toContain(`| difference in F1 | ${pairs.join(' | ')} |`);
  expect(markdown).toContain('| relation 2 | +0.123 [+0.023, +0.223] |');
  expect(markdown).toContain('(Bonferroni)');
  const lines = parse<Record<string, string>>(runCsv({ ...report, scores }), { columns: true });
  expect(lines.filter(({ arm, against }) => arm === 'dare' && against === 'gold')).toMatchObject([
    { relation: 'all', difference: '0.02', mcnemar_p_holm: '0.4', f1: '' },
    { relation: 'relation 1', difference: '0.02' },
    { relation: 'relation 2', difference: '0.123', difference_low: '0.023', difference_high: '0.223' },
  ]);
});
