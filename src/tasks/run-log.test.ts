import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Monitor } from '../foundation/progress.ts';
import { VERSION } from '../foundation/version.ts';
import { readRunLog, withLog } from './run-log.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dare-log-'));
  path = join(folder, 'log.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true }));

const done = (stage: string, seconds: number, task?: { kind: string; device: string | null }) =>
  ({ kind: 'done', stage, seconds, figures: {}, ...(task && { task }) }) as const;

it('tells over all sessions what was done on what, and what other runs had done', async () => {
  const first = await withLog(new Monitor(), path);
  first.report({ kind: 'stage', stage: 'corpus' });
  first.report(done('corpus', 1, { kind: 'corpus', device: null }));
  first.report({ kind: 'cached', stage: 'generator CID' });
  // Part of a task, and no task of its own.
  first.report(done('perplexity', 5));
  const second = await withLog(new Monitor(), path);
  second.report({ kind: 'cached', stage: 'corpus' });
  second.report(done('dare member 1', 7, { kind: 'member', device: 'cpu, X, 2 threads' }));
  const { sessions, steps, reused } = await readRunLog(path);
  expect(sessions).toMatchObject([{ dare: VERSION, node: process.versions.node }]);
  expect(steps).toEqual([
    { name: 'corpus', kind: 'corpus', device: null, seconds: 1 },
    { name: 'dare member 1', kind: 'member', device: 'cpu, X, 2 threads', seconds: 7 },
  ]);
  expect(reused).toEqual(['generator CID']);
});

it('goes on behind a line that a killed process left half written, and leaves steps out', async () => {
  const heard: string[] = [];
  await withLog(new Monitor(), path);
  appendFileSync(path, '{"kind":"do');
  const monitor = await withLog(new Monitor((event) => heard.push(event.kind)), path);
  monitor.report({ kind: 'step', stage: 'a', done: 1, total: 2, figures: {} });
  monitor.note('after');
  expect(heard).toEqual(['step', 'note']);
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  expect(lines).toHaveLength(4);
  expect(lines[1]).toBe('{"kind":"do');
  expect(JSON.parse(lines[3]!)).toMatchObject({ kind: 'note', text: 'after' });
  // What is half written says nothing.
  expect((await readRunLog(path)).sessions).toHaveLength(1);
});

it('is empty where there is none', async () => {
  expect(await readRunLog(path)).toEqual({ sessions: [], steps: [], reused: [] });
});
