/** Pages and tables that are made of result files are those that the files make. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inDomainPage } from '../../bench/in-domain-page.ts';
import type { InDomainResults } from '../../bench/in-domain-page.ts';
import { ROOT } from '../support/documented-commands.ts';

const read = (name: string): string => readFileSync(join(ROOT, 'docs', name), 'utf8');

test('docs/in-domain.md is made of docs/results/in-domain-cdr.json', () => {
  expect(read('in-domain.md')).toBe(inDomainPage(JSON.parse(read('results/in-domain-cdr.json')) as InDomainResults));
});

test('the sizes in docs/pretraining.md are those of docs/results/model-sizes.json', () => {
  const args = ['--import', 'tsx', 'bench/model-sizes.ts', 'table'];
  const tables = execFileSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' }).trim().split('\n\n');
  expect(tables).toHaveLength(2);
  for (const table of tables) expect(read('pretraining.md')).toContain(table);
});

test('what docs/guides/gpu.md says of float16 is what docs/results/float16.json has', () => {
  const { sentences, accepted, sameText, logits } = JSON.parse(read('results/float16.json')) as {
    sentences: number;
    accepted: { float32: number; float16: number };
    sameText: number;
    logits: { largest: number; largestDifference: number };
  };
  const page = read('guides/gpu.md').replaceAll('\n', ' ');
  expect(page).toContain(`of ${sentences} sentences`);
  expect(page).toContain(`${sameText} are float32's to the letter`);
  expect(page).toContain(`the filters accept ${accepted.float16}, where ${accepted.float32} of float32's are accepted`);
  expect(page).toContain(
    `of up to ${logits.largest.toFixed(1)}, differ by up to ${logits.largestDifference.toFixed(3)}`,
  );
});
