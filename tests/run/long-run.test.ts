/**
 * Long work does not fill memory: bytes in use after many steps of changing shapes beside those after a few, with tiny models. `npm run nightly:long-run` does the same
 * for longer, with a limit of 3%; here what Node compiles meanwhile shows (some percent of 100 MB).
 */
import { execFile } from 'node:child_process';
import { expect, test } from 'vitest';
import { ROOT } from '../support/documented-commands.ts';

/** @returns exit code, the JSON line and what was noted. */
function longRun(...flags: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const args = ['--import', 'tsx', 'bench/long-run.ts', '--size', 'tiny', ...flags];
    execFile(process.execPath, args, { cwd: ROOT }, (error, stdout, stderr) =>
      resolve({ code: error ? 1 : 0, stdout, stderr }),
    );
  });
}

test(
  'training, scoring and sampling with changing shapes keep the memory that they had early on',
  { timeout: 400_000 },
  async () => {
    const { code, stdout, stderr } = await longRun('--steps', '120', '--early', '40', '--limit', '1.06');
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    const { works } = JSON.parse(stdout) as { works: Record<string, unknown> };
    expect(Object.keys(works)).toEqual(['GPT-2 training', 'BERT training', 'scoring', 'sampling']);
  },
);

test('growth beyond the limit is said and ends with exit code 1', { timeout: 120_000 }, async () => {
  const { code, stderr } = await longRun('--steps', '80', '--early', '40', '--work', 'sampling', '--limit', '0.5');
  expect(code).toBe(1);
  expect(stderr).toContain('memory has grown by more than 0.5 times');
});
