/** Whole runs with filters that ask models, sentences from elsewhere, and what people said of sentences. */
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunConfiguration } from '../../src/dare/configuration.ts';
import { Interrupted } from '../../src/foundation/errors.ts';
import { Monitor } from '../../src/foundation/progress.ts';
import { CpuDevice } from '../../src/runtime/cpu/cpu-device.ts';
import { sentenceId } from '../../src/generation/pool.ts';
import { runReportText } from '../../src/report/write-report.ts';
import { readJudgedSentences } from '../../src/tasks/pool-file.ts';
import { runDare } from '../../src/tasks/run.ts';
import type { RunResult } from '../../src/tasks/run.ts';
import { tinyConfiguration, writeTinyCorpus } from '../support/tiny-corpus.ts';

let device: CpuDevice;
let root: string;
let configuration: RunConfiguration;
let soft: RunResult;

const run = (name: string, changes: Partial<RunConfiguration> = {}, monitor = new Monitor()) =>
  runDare({ ...configuration, ...changes }, { folder: join(root, name), device, monitor, offline: true });

const consistency = (mode: 'drop' | 'soft'): Partial<RunConfiguration> => ({
  filter: { ...configuration.filter, consistency: mode, consistencyThreshold: 0.5, judges: 2 },
});

const folderOf = async (name: string, task: string): Promise<string> => {
  const tasks = await readdir(join(root, name, 'tasks'));
  return join(
    root,
    name,
    'tasks',
    tasks.find((each) => each.startsWith(`${task}-`))!,
  );
};

beforeAll(async () => {
  device = new CpuDevice({ threads: 2 });
  root = await mkdtemp(join(tmpdir(), 'dare-filters-'));
  const tiny = tinyConfiguration(writeTinyCorpus(join(root, 'corpus')));
  configuration = { ...tiny, ensemble: { ...tiny.ensemble, size: 2, ratio: 0.2, arms: ['dare'] } };
  soft = await run('run', consistency('soft'));
}, 120_000);
afterAll(async () => {
  await device.close();
  await rm(root, { recursive: true });
});

test('soft labels: the classifiers’ probabilities are what members learn', async () => {
  const drawn = (await readFile(join(await folderOf('run', 'dare-member-1'), 'draw.jsonl'), 'utf8')).trim().split('\n');
  for (const line of drawn) {
    const { target } = JSON.parse(line) as { target: number[] };
    expect(target).toHaveLength(2);
    expect(target[0]! + target[1]!).toBeCloseTo(1, 5);
  }
  expect(soft.quality[0]!.verdicts.accepted).toBe(soft.pools[0]!.accepted);
});

test('dropping: sentences put in another class are out; stopped in the pool, the run goes on to the same sentences', async () => {
  await cp(join(root, 'run'), join(root, 'drop'), { recursive: true });
  const controller = new AbortController();
  const stopping = new Monitor((event) => {
    if (event.kind === 'step' && event.stage === 'pool CID' && event.done >= 3) controller.abort();
  }, controller.signal);
  await expect(run('drop', consistency('drop'), stopping)).rejects.toBeInstanceOf(Interrupted);
  const [pool] = (await run('drop', consistency('drop'))).pools;
  expect(Object.values(pool!.counts).reduce((sum, count) => sum + count, 0)).toBe(pool!.attempts);
  const sentences = await readJudgedSentences(pool!.path);
  const dropped = sentences.filter(({ verdict }) => verdict === 'inconsistent-label');
  expect(dropped.length).toBeGreaterThan(0);
  expect(pool!.counts['inconsistent-label']).toBe(dropped.length);
  for (const { value } of dropped) expect(value).toBeGreaterThanOrEqual(0.5);

  await cp(join(root, 'run'), join(root, 'drop again'), { recursive: true });
  const again = await run('drop again', consistency('drop'));
  expect(await readJudgedSentences(again.pools[0]!.path)).toEqual(sentences);
});

test('a pool from elsewhere is another ensemble, its sentences filtered as all are', async () => {
  const path = join(root, 'given.jsonl');
  const lines = [
    'severe DISEASE was caused by DRUG in some rats of the group',
    '$ENTITYA$ was followed by $ENTITYB$ within a single day of treatment',
    'a sentence without its drug , but with DISEASE in it',
  ].map((text) => JSON.stringify({ relation: 'CID', text }));
  await writeFile(path, lines.join('\n'));
  const notes: string[] = [];
  const monitor = new Monitor((event) => event.kind === 'note' && notes.push(event.text));
  const { pools, scores } = await run('run', { ...consistency('soft'), pool: { path } }, monitor);
  expect(pools[1]).toMatchObject({ accepted: 2, attempts: 3, counts: { 'missing-mask': 1 } });
  expect(scores.arms.pool!.members).toBe(2);
  const report = await runReportText(join(root, 'run'), 'html');
  expect(report).toContain('CID, given: 2 of 3 accepted');
  expect(await runReportText(join(root, 'run'), 'md')).toMatch(/\| CID, given \| \d+ \| 3 \| 2 \|/);
  // Both members draw more than there are; it is said once.
  expect(notes.filter((note) => note.includes('with replacement'))).toEqual([
    'pool: pools too small, drawn with replacement: CID',
  ]);
});

test('verdicts: a rejected sentence is never drawn, and only members that had drawn it are trained anew', async () => {
  const before = await readJudgedSentences(soft.pools[0]!.path);
  const drawsOf = async (member: number): Promise<string> =>
    readFile(join(await folderOf('judged', `dare-member-${member}`), 'draw.jsonl'), 'utf8');
  await cp(join(root, 'run'), join(root, 'judged'), { recursive: true });
  const drawn = await Promise.all([1, 2].map(drawsOf));
  const accepted = before.filter(({ verdict }) => verdict === 'accepted');
  const isIn = (text: string) => drawn.map((draw) => draw.includes(JSON.stringify(text)));
  const rejected = accepted.find(({ text }) => isIn(text)[0] !== isIn(text)[1]);
  if (!rejected) throw new Error('both members drew the same sentences');
  const path = join(root, 'verdicts.jsonl');
  const given = join(root, 'also-given.jsonl');
  const text = 'severe DISEASE was caused by DRUG in all rats of the group';
  await writeFile(given, JSON.stringify({ relation: 'CID', text }));
  const verdictsOn = (...ids: string[]) => ids.map((id) => JSON.stringify({ relation: 'CID', id, verdict: 'reject' }));
  // One of a generated sentence, one of a given one, and two of none.
  await writeFile(path, verdictsOn(rejected.id, sentenceId(text), 'zzz', 'yyy').join('\n'));
  const stages: string[] = [];
  const notes: string[] = [];
  const monitor = new Monitor((event) => {
    if (event.kind === 'stage') stages.push(event.stage);
    if (event.kind === 'note') notes.push(event.text);
  });
  const result = await run('judged', { ...consistency('soft'), verdicts: { path }, pool: { path: given } }, monitor);
  expect(stages).not.toContain('pool CID');
  expect(stages).toContain('reviewed pool CID');
  expect(result.pools[0]).toMatchObject({ accepted: accepted.length - 1, counts: { 'rejected-by-person': 1 } });
  // What was taken out is missing: nothing else was written for it.
  expect(result.pools.map(({ missing }) => missing)).toEqual([soft.pools[0]!.missing + 1, 0]);
  expect(notes).toContain('pool: no synthetic sentence for CID; its gold ones stand alone');
  expect(notes.filter((note) => note.startsWith('verdicts: '))).toEqual([
    'verdicts: no synthetic sentence of CID has the id yyy, zzz; what is said of it changes nothing',
  ]);
  const spared = isIn(rejected.text)[0] ? 2 : 1;
  expect(notes).toContain(`dare member ${spared}: has the same training data as before, and keeps its result`);
  expect(notes.filter((note) => note.includes('keeps its result'))).toHaveLength(1);
  const tasks = await readdir(join(root, 'judged', 'tasks'));
  const draws = await Promise.all(
    tasks
      .filter((task) => task.startsWith('dare-member'))
      .map((task) => readFile(join(root, 'judged', 'tasks', task, 'draw.jsonl'), 'utf8')),
  );
  expect(draws.filter((draw) => draw.includes(JSON.stringify(rejected.text)))).toHaveLength(1);
});
