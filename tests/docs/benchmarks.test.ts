/** docs/benchmarks.md: what its figures were measured on. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, test } from 'vitest';
import { describe as page } from '../../bench/page.ts';
import { resultsSchema } from '../../bench/results.ts';
import { processorName } from '../../bench/surroundings.ts';
import { ROOT } from '../support/documented-commands.ts';

const read = (name: string) => readFileSync(join(ROOT, 'docs', name), 'utf8');
const results = resultsSchema.parse(JSON.parse(read('benchmarks.json')));

it('is made of docs/benchmarks.json', () => {
  expect(read('benchmarks.md')).toBe(`${page(results)}\n`);
});

it('names a machine for every table where one was measured on another', () => {
  const { steps, profiles, sampling, epoch } = results;
  const elsewhere = { ...epoch!, machine: 'a laptop, 4 cores', date: '2027-01-02' };
  const sections = page({ ...results, epoch: elsewhere }).split('\n## ');
  const sectionOf = (title: string) => sections.find((section) => section.startsWith(title))!;
  expect(sections[0]).toContain('Each table says what it was measured on');
  expect(sectionOf('Part of an epoch')).toContain('Measured on a laptop, 4 cores, 2027-01-02; Node');
  const others = { 'One training step': steps!, 'Where dare’s': profiles!, Sampling: sampling! };
  for (const [title, { machine, date }] of Object.entries(others)) {
    expect(sectionOf(title)).toContain(`Measured on ${machine}, ${date}; Node`);
    expect(sectionOf(title)).not.toContain('laptop');
  }
});

const FLAGS = 'fpu sse4_2 avx2';
test.each([
  [
    'AMD EPYC',
    `cpu family\t: 26\nmodel\t\t: 2\nmodel name\t: AMD EPYC\nflags\t\t: ${FLAGS} avx512f`,
    'AMD EPYC (family 26, model 2; AVX-512)',
  ],
  [
    'AMD EPYC',
    `cpu family\t: 25\nmodel\t\t: 1\nmodel name\t: AMD EPYC\nflags\t\t: ${FLAGS}`,
    'AMD EPYC (family 25, model 1; AVX2, no AVX-512)',
  ],
  [
    'AMD EPYC 7763 64-Core Processor',
    `cpu family\t: 25\nmodel\t\t: 1\nflags\t\t: ${FLAGS}`,
    'AMD EPYC 7763 64-Core Processor',
  ],
  ['Apple M1 ', '', 'Apple M1'],
])('the processor %s is told apart from others of its name', (model, information, name) => {
  expect(processorName(model, information)).toBe(name);
});
