/** A run that is killed goes on to the same bytes. Many more kills: `npm run nightly:kills`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { killRuns } from '../support/kills.ts';
import type { Stage } from '../support/kills.ts';

const root = mkdtempSync(join(tmpdir(), 'dare-kills-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('killed at five random moments: weights, pools and scores are those of an undisturbed run', async () => {
  // As many stages as kills, so that one folder sees all of them.
  const stages: Stage[] = ['corpus', 'generator', 'pool', 'member', 'scores'];
  const { kills, different, damage } = await killRuns(root, { count: 5, seed: 1, stages });
  expect(kills.map(({ stage }) => stage)).toEqual(stages);
  expect(different).toEqual([]);
  expect(damage).toEqual([]);
}, 300_000);
