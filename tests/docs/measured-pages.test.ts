/** Pages and tables that are made of result files are those that the files make. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inDomainPage } from '../../bench/in-domain-page.ts';
import type { InDomainResults } from '../../bench/in-domain-page.ts';
import { ROOT } from '../support/documented-commands.ts';

const read = (name: string): string => readFileSync(join(ROOT, 'docs', name), 'utf8');

const inDomain = (name: string) => JSON.parse(read(`results/${name}.json`)) as InDomainResults;

test('docs/in-domain.md is made of docs/results/in-domain-cdr.json, and of that of the generator of four layers', () => {
  expect(read('in-domain.md')).toBe(inDomainPage(inDomain('in-domain-cdr'), inDomain('in-domain-cdr-4-layers')));
});

test('what docs/pretraining.md says of both on CDR is what these have', () => {
  const page = read('pretraining.md').replaceAll('\n', ' ');
  const figuresOf = (name: string) => {
    const { pubmed } = inDomain(name).generators;
    const perplexity = (when: 'untuned' | 'tuned') => pubmed.perplexity[when].overall.toFixed(0);
    const accepted = `${((100 * pubmed.accepted) / pubmed.attempts).toFixed(1)}%`;
    return [perplexity('untuned'), perplexity('tuned'), accepted, pubmed.scores.f1.toFixed(3)];
  };
  const [four, two] = [figuresOf('in-domain-cdr-4-layers'), figuresOf('in-domain-cdr')];
  expect(page).toContain(
    `perplexity of development positives ${four[0]} before fine-tuning and ${four[1]} after (two layers: ${two[0]} and ${two[1]}), ${four[2]} of what was written accepted (${two[2]}), F1 ${four[3]} (${two[3]}`,
  );
});

test('the sizes in docs/pretraining.md are those of docs/results/model-sizes.json', () => {
  const args = ['--import', 'tsx', 'bench/model-sizes.ts', 'table'];
  const tables = execFileSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' }).trim().split('\n\n');
  expect(tables).toHaveLength(2);
  for (const table of tables) expect(read('pretraining.md')).toContain(table);
});

test('the losses beside PyTorch’s in docs/pretraining.md are those of docs/results/pretraining-losses.json', () => {
  const args = ['--import', 'tsx', 'bench/pretrain-losses.ts', 'table'];
  const table = execFileSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' }).trim();
  expect(table.split('\n').length).toBeGreaterThan(4);
  expect(read('pretraining.md')).toContain(table);
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
