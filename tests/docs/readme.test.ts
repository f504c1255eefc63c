/** What README says that a command prints is what it prints, and its figures are those of the result files. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { experimentsNamed } from '../../src/experiments/reproduction/experiments.ts';
import { experimentResultSchema } from '../../src/experiments/reproduction/results.ts';
import { summaryOf } from '../../src/experiments/reproduction/summary.ts';
import { dare } from '../cli/support.ts';
import { ROOT } from '../support/documented-commands.ts';

it('shows the inspection of the example as it is', async () => {
  const lines = readFileSync(join(ROOT, 'README.md'), 'utf8').split('\n');
  const at = lines.findIndex((line) => line.startsWith('    bin/dare data inspect examples/side-effects.csv'));
  const words = lines[at]!.trim().split(' ').slice(1);
  const { stdout } = await dare(words.map((word) => (word.startsWith('examples/') ? join(ROOT, word) : word)));
  const shown = lines.slice(at + 1, lines.indexOf('    …', at)).filter((line) => line.trim() !== '');
  expect(shown.length).toBeGreaterThan(5);
  expect(
    stdout
      .split('\n')
      .filter((line) => line.trim() !== '')
      .slice(0, shown.length),
  ).toEqual(shown.map((line) => line.slice(4)));
});

it('has the figures of the published results', () => {
  const result = experimentResultSchema.parse(JSON.parse(readFileSync(join(ROOT, 'docs/results/table4.json'), 'utf8')));
  const rows = summaryOf(experimentsNamed('table4')[0]!, result);
  const shown = readFileSync(join(ROOT, 'README.md'), 'utf8').matchAll(/^\| (\w+), here \| (.*) \|$/gm);
  const labels = ['DARE', 'gold only', 'class weighting', 'balanced bagging'];
  const found = Array.from(shown, ([, corpus, cells]) => [corpus, cells!.split(' | ')] as const);
  expect(found).toHaveLength(3);
  for (const [corpus, cells] of found) {
    const figures = labels.map((label) => rows.find((row) => row.group === corpus && row.label === label)!.ours!);
    expect({ corpus, cells }).toEqual({ corpus, cells: figures.map(({ f1 }) => f1.mean.toFixed(3)) });
  }
});
