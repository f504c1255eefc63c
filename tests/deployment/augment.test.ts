/** The synthetic data set alone: what is written can be read as a corpus, says where it comes from, and is what a run would draw from. */
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readCorpus } from '../../src/corpus/corpus.ts';
import { configure } from '../../src/dare/presets.ts';
import type { RunConfiguration } from '../../src/dare/configuration.ts';
import { datasetCard } from '../../src/deployment/dataset-card.ts';
import { augment } from '../../src/deployment/augment.ts';
import type { SyntheticDataSet, SyntheticExample } from '../../src/deployment/augment.ts';
import { Monitor } from '../../src/foundation/progress.ts';
import type { ProgressEvent } from '../../src/foundation/progress.ts';
import { CpuDevice } from '../../src/runtime/cpu/cpu-device.ts';
import { runDare } from '../../src/tasks/run.ts';
import { tinyConfiguration, writeTinyCorpus } from '../support/tiny-corpus.ts';

let device: CpuDevice;
let root: string;
let folder: string;
let configuration: RunConfiguration;
let written: SyntheticDataSet;

beforeAll(async () => {
  device = new CpuDevice({ threads: 2 });
  root = await mkdtemp(join(tmpdir(), 'dare-augment-'));
  folder = join(root, 'set');
  configuration = tinyConfiguration(writeTinyCorpus(join(root, 'corpus')));
  written = await augment(configuration, { folder, device, monitor: new Monitor(), offline: true });
}, 120_000);
afterAll(async () => {
  await device.close();
  await rm(root, { recursive: true });
});

async function linesOf(name: string): Promise<SyntheticExample[]> {
  const text = await readFile(join(folder, name), 'utf8');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as SyntheticExample);
}

test('accepted sentences are examples that can be read as a corpus, with their provenance', async () => {
  const examples = await linesOf('synthetic.jsonl');
  expect(examples.length).toBeGreaterThan(0);
  expect(examples).toHaveLength(written.examples);
  for (const { text, head, tail, relation, provenance } of examples) {
    expect(relation).toBe('CID');
    expect([text.slice(head.start, head.end), text.slice(tail.start, tail.end)]).toEqual(['DRUG', 'DISEASE']);
    expect([head.type, tail.type]).toEqual(['Chemical', 'Disease']);
    expect(provenance).toMatchObject({ generator: 'random', seed: 1, verdict: 'accepted' });
  }
  const corpus = await readCorpus(join(folder, 'synthetic.jsonl'));
  expect(corpus.examples.train.map(({ text }) => text)).toEqual(examples.map(({ text }) => text));
});

test('rejected sentences are kept with the reason; card and counts agree', async () => {
  const [pool] = written.pools;
  const rejected = await linesOf('rejected.jsonl');
  expect(rejected.length + written.examples).toBe(pool!.attempts);
  for (const { provenance } of rejected) expect(pool!.counts[provenance.verdict]).toBeGreaterThan(0);
  const card = await readFile(join(folder, 'README.md'), 'utf8');
  expect(card).toContain(
    `| CID | ${await trainedOn('CID')} | ${pool!.wanted} | ${pool!.attempts} | ${pool!.accepted} |`,
  );
  for (const [verdict, count] of Object.entries(pool!.counts)) expect(card).toContain(`| ${verdict} | ${count} |`);
  expect(card).toContain('They are not facts');
  // Nothing limited copies here: the card makes no promise of what gold's patients may expect.
  expect(card).toContain('nothing but whole copies was left out. Who and what gold speaks of may stand');
  expect(card).toContain('a copy of the generator `random` was fine-tuned on that relation');
});

test('the card of a shared generator with adapters and filters says so', () => {
  const { generator, filter } = configuration;
  const shared = { ...generator, shared: true, lora: { ...generator.lora, rank: 4 } };
  const card = datasetCard({
    configuration: { ...configuration, generator: shared, filter: { ...filter, longestCopy: 6 } },
    corpus: { relations: ['CID'], placeholders: [], types: [], testedOn: 'test', train: [], validation: [], test: [] },
    ...{ pools: [], warnings: [] },
  });
  expect(card).toContain(
    'One copy of the generator `random` was fine-tuned by LoRA adapters of rank 4 on the gold sentences of all',
  );
  expect(card).toContain('left out were whole copies, and sentences with more than 6 words in a row from a gold one.');
});

async function trainedOn(relation: string): Promise<number> {
  const [corpus] = (await readdir(join(folder, 'tasks'))).filter((name) => name.startsWith('corpus'));
  const lines = (await readFile(join(folder, 'tasks', corpus!, 'train.jsonl'), 'utf8')).split('\n').filter(Boolean);
  return lines.filter((line) => (JSON.parse(line) as { relation: unknown }).relation === relation).length;
}

test('no classifier is trained; a run in the same folder goes on from the pools', async () => {
  expect((await readdir(join(folder, 'tasks'))).filter((name) => name.includes('member'))).toEqual([]);
  const events: ProgressEvent[] = [];
  const monitor = new Monitor((event) => events.push(event));
  await runDare(
    { ...configuration, ensemble: { ...configuration.ensemble, size: 1 } },
    { folder, device, monitor, offline: true },
  );
  expect(events).toContainEqual({ kind: 'cached', stage: 'pool CID' });
});

test('settings that are not allowed are named', () => {
  expect(configure({ corpus: { path: 'x' }, ensemble: { size: 2 } }, 'small')).toMatchObject({
    ensemble: { size: 2 },
    generator: { model: 'dare/gpt2-small-pubmed', minimumUpdates: 30 },
  });
  expect(() => configure({ corpus: { path: 'x' }, ensemble: { size: 0 } })).toThrow(/^ensemble\.size: /);
});
