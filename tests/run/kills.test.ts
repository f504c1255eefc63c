/** A run that is killed goes on to the same bytes. Many more kills: `npm run nightly:kills`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { killRuns } from '../support/kills.ts';

const root = mkdtempSync(join(tmpdir(), 'dare-kills-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('killed at five random moments: weights, pools and scores are those of an undisturbed run', async () => {
  // The stages in their order, so that one folder sees all of them.
  const { kills, different, damage } = await killRuns(root, 5, 1, ['corpus', 'generator', 'pool', 'member', 'scores']);
  expect(kills).toHaveLength(5);
  expect(different).toEqual([]);
  expect(damage).toEqual([]);
}, 300_000);
