/** What README says that a command prints is what it prints, and its figures are those of the result files. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { OWN_AGAIN } from '../../bench/measure.ts';
import { AS_ON_INTEL } from '../../bench/mkl.ts';
import { poolsRows } from '../../bench/pools.ts';
import { resultsSchema } from '../../bench/results.ts';
import { describeCollapse } from '../../src/dare/member.ts';
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

it('says of classifiers that learned nothing what a run says', () => {
  const [line] = /DARE: \d+ of .*/.exec(readFileSync(join(ROOT, 'README.md'), 'utf8'))!;
  const [members, ensemble, retrainings, remaining] = Array.from(line.matchAll(/\d+/g), ([digits]) => Number(digits));
  const counts = { members: members!, retrainings: retrainings!, remaining: remaining! };
  expect(line).toBe(`DARE: ${describeCollapse(counts, ensemble!)}`);
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

it('has the figures of docs/benchmarks.json', () => {
  const {
    steps: allSteps,
    epoch: allEpochs,
    sampling,
    pools,
  } = resultsSchema.parse(JSON.parse(readFileSync(join(ROOT, 'docs/benchmarks.json'), 'utf8')));
  const among = (values: Record<string, number>, best: (...all: number[]) => number): [number, number] => {
    const { dare: own, ...peers } = values;
    const others = Object.entries(peers).flatMap(([name, value]) => (name.startsWith('dare') ? [] : [value]));
    return [own!, best(...others)];
  };
  const secondsOf = (rows: Record<string, { seconds: number }>): Record<string, number> =>
    Object.fromEntries(Object.entries(rows).map(([name, { seconds }]) => [name, seconds]));
  const speeds = Object.fromEntries(
    Object.entries(sampling!.peers).map(([name, { tokensPerSecond }]) => [
      name,
      Math.max(...Object.values(tokensPerSecond)),
    ]),
  );
  const row = ([own, peer]: [number, number], digits: number, ratio = peer / own): string[] => [
    own.toFixed(digits),
    peer.toFixed(digits),
    ratio.toFixed(2),
  ];
  const ofPool = poolsRows(pools!).rows.at(-1)!;
  const filled = pools!.fills.at(-1)!.filling;
  const [first, peer] = among(speeds, Math.max);
  // The slower of the two times that dare was measured.
  const own = Math.min(first, speeds[OWN_AGAIN] ?? Infinity);
  const on = <Each extends { machine: string }>(entries: readonly Each[] | undefined, instructions: string): Each =>
    entries!.find(({ machine }) => machine.includes(`; ${instructions})`))!;
  const stepRows = (instructions: string): Record<string, string[]> => {
    const { models } = on(allSteps, instructions);
    return {
      'training step, GPT-2 124M, 2 × 512': row(among(secondsOf(models['GPT-2 124M 2×512']!), Math.min), 2),
      'training step, BERT-base, 8 × 128': row(among(secondsOf(models['BERT-base 8×128']!), Math.min), 2),
    };
  };
  const { peers: epochs } = on(allEpochs, 'AVX-512');
  const perToken = (name: string): number => epochs[name]!.seconds / epochs[name]!.tokens;
  const fastestOf = (names: string[]): string =>
    names.reduce((best, name) => (perToken(name) < perToken(best) ? name : best));
  const epochRow = (choose: (peers: string[]) => string): string[] => {
    const chosen = choose(Object.keys(epochs).filter((name) => name !== 'dare'));
    return row([epochs.dare!.seconds, epochs[chosen]!.seconds], 0, perToken(chosen) / perToken('dare'));
  };
  const expected: Record<string, string[]> = {
    ...stepRows('AVX-512'),
    'a tenth of an epoch': epochRow(fastestOf),
    'the same; Trainer padding': epochRow((names) => fastestOf(names.filter((name) => name.includes('padded')))),
    sampling: row([own, peer], 0, own / peer),
    'a pool of 500': [filled.toFixed(0), (filled * Number(ofPool.at(-1))).toFixed(0), ofPool.at(-1)!],
  };
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  // PyTorch as it is installed, beside dare.
  const installed = <Row>(rows: Record<string, Row>, timeOf: (row: Row) => number): string => {
    const { dare: own, ...others } = rows;
    const times = Object.entries(others).flatMap(([name, each]) => (name.includes(AS_ON_INTEL) ? [] : [timeOf(each)]));
    return (Math.min(...times) / timeOf(own!)).toFixed(2);
  };
  const { models } = on(allSteps, 'AVX-512');
  const [ofGpt2, ofBert] = ['GPT-2 124M 2×512', 'BERT-base 8×128'].map((model) =>
    installed(models[model]!, ({ seconds }) => seconds),
  );
  const ofEpoch = installed(epochs, ({ seconds, tokens }) => seconds / tokens);
  expect(readme.replaceAll(/\s+/g, ' ')).toContain(
    `as it is installed, PyTorch takes ${ofGpt2} and ${ofBert} times dare’s time for the two steps, and ${ofEpoch} times for the epoch`,
  );
  const [gpt2, bert] = Object.values(stepRows('AVX2, no AVX-512')).map(([, , ratio]) => ratio);
  expect(readme.replaceAll(/\s+/g, ' ')).toContain(`the ratios were ${gpt2} and ${bert} for the two steps`);
  const lines = readme.split('\n');
  for (const [start, figures] of Object.entries(expected)) {
    const cells = lines
      .find((line) => line.startsWith(`| ${start}`))!
      .split(' | ')
      .slice(1);
    expect({ start, shown: cells.map((cell) => /[\d.]+/.exec(cell)![0]) }).toEqual({ start, shown: figures });
  }
});
