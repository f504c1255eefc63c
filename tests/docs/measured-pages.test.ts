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
