/** docs/benchmarks.md: what its figures were measured on. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, test } from 'vitest';
import { describeGpuSpeed } from '../../bench/gpu-page.ts';
import { kernelsIn } from '../../bench/gpu-profile.ts';
import { operationsPerToken } from '../../bench/operations.ts';
import { describe as page } from '../../bench/page.ts';
import { renewed, resultsSchema } from '../../bench/results.ts';
import { ROOT } from '../support/documented-commands.ts';

const read = (name: string) => readFileSync(join(ROOT, 'docs', name), 'utf8');
const results = resultsSchema.parse(JSON.parse(read('benchmarks.json')));

it('is made of docs/benchmarks.json', () => {
  expect(read('benchmarks.md')).toBe(`${page(results)}\n`);
});

it('names a machine for every table where one was measured on another', () => {
  const { steps, profiles, sampling, epoch } = results;
  const elsewhere = { ...epoch![0]!, machine: 'a laptop, 4 cores', date: '2027-01-02' };
  const sections = page({ ...results, epoch: [elsewhere] }).split('\n## ');
  const sectionOf = (title: string) => sections.find((section) => section.startsWith(title))!;
  expect(sections[0]).toContain('Each table says what it was measured on');
  expect(sectionOf('Part of an epoch')).toContain('Measured on a laptop, 4 cores, 2027-01-02; Node');
  const others = { 'One training step': steps![0]!, 'Where dare’s': profiles!, Sampling: sampling! };
  for (const [title, { machine, date }] of Object.entries(others)) {
    expect(sectionOf(title)).toContain(`Measured on ${machine}, ${date}; Node`);
    expect(sectionOf(title)).not.toContain('laptop');
  }
});

it('keeps what was measured on other machines, and has one measurement of each', () => {
  const { steps } = results;
  const again = { ...steps![0]!, date: '2027-01-02' };
  const laptop = { ...again, machine: 'a laptop, 4 cores' };
  expect(renewed(steps, again)).toEqual([again, ...steps!.slice(1)]);
  expect(renewed(steps, laptop)).toEqual([...steps!, laptop]);
  expect(renewed(undefined, laptop)).toEqual([laptop]);
  const section = page({ ...results, steps: [again, laptop] }).split('\n## ')[1]!;
  expect(section).toMatch(/\n\nOn a laptop, 4 cores, 2027-01-02; Node [^\n]*:\n\n\| model/);
});

test('a step on a GPU: how long its kernels took by the card’s clock, of all sessions’ traces', () => {
  const kernel = (name: string, dur: number) => ({ cat: 'Api', ph: 'X', name, dur, ts: 0, args: { shapes: '' } });
  const node = { cat: 'Node', ph: 'X', name: 'Gemm_1_kernel_time', dur: 9999 };
  const forward = [kernel('&Gemm&Gemm', 3000), node, kernel('attention/scores&MatMul&MatMulNaive', 1000)];
  const optimizer = [kernel('&Mul&Mul', 500), kernel('&Gemm&Gemm', 1000)];
  const { kernels, launches } = kernelsIn([JSON.stringify(forward), JSON.stringify(optimizer)], 2);
  expect(kernels).toEqual({ Gemm: 2, MatMul: 0.5, Mul: 0.25 });
  expect(launches).toBe(2);
});

test('a GPU’s figures: shares of the largest rate that products reached on the card, dare’s time beside the others’', () => {
  const step = (seconds: number) => ({ seconds, operations: 4e12 });
  const text = describeGpuSpeed({
    ...{ card: 'A Card, 80.0 GB', machine: 'a workstation, 16 cores', versions: { Node: '22' }, date: '2027-01-02' },
    peaks: { 'dare, float32': 20, 'PyTorch, bfloat16': 200 },
    models: {
      'BERT-large': {
        ...{ batch: 32, length: 128 },
        rows: {
          'dare, float32': { ...step(0.4), estimatedBytes: 6e9 },
          'PyTorch, bfloat16': { ...step(0.1), gpuBytes: 9e9 },
        },
        profile: { kernels: { Gemm: 240, Mul: 40, Softmax: 20 }, launches: 900 },
      },
    },
    sampling: {
      newTokens: 64,
      speeds: { 'dare, float32': { 1: 300, 512: 40000 }, 'generate, bfloat16, growing cache': { 1: 50 } },
    },
  });
  const rows = text.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
  const cellsOf = (by: string) => rows.find((cells) => cells.includes(by))!;
  expect(cellsOf('dare, float32')).toEqual([
    '',
    'BERT-large 32×128',
    'dare, float32',
    '400 ms',
    '1.00',
    '10.0',
    '5.0 %',
    '≈ 6.0 GB',
    '',
  ]);
  expect(cellsOf('PyTorch, bfloat16')).toEqual([
    '',
    'BERT-large 32×128',
    'PyTorch, bfloat16',
    '100 ms',
    '0.25',
    '40.0',
    '20.0 %',
    '9.0 GB',
    '',
  ]);
  expect(text).toContain("of a step's 400 ms the card computes for 300 ms, in 900 kernels");
  expect(text).toContain('its products of matrices reach 16.7 TFLOP/s');
  expect(cellsOf('Gemm')).toEqual(['', 'Gemm', '240', '80.0 %', '']);
  expect(cellsOf('generate, bfloat16, growing cache')).toEqual([
    '',
    'generate, bfloat16, growing cache',
    '50.0',
    '',
    '',
  ]);
});

test('operations of training: six for each weight of the layers and the vocabulary, and those of attended positions', () => {
  const shape = { layers: 2, hiddenSize: 8, length: 4, choices: 10 };
  const weights = 2 * 12 * 8 ** 2 + 10 * 8;
  // Scores and their use: 4 positions × 8 numbers each, in either layer.
  expect(operationsPerToken(shape)).toBe(6 * (weights + 2 * 2 * 4 * 8));
});
