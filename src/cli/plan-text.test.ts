import { expect, test } from 'vitest';
import { totalsOf } from '../tasks/preview.ts';
import type { PreviewStep } from '../tasks/preview.ts';
import { describePlan, describeRunPlan } from './plan-text.ts';

const step = (name: string, seconds: number, megabytes: readonly [number, number, number]): PreviewStep => {
  const [memoryBytes, diskBytes, passingDiskBytes] = megabytes.map((each) => each * 1e6) as [number, number, number];
  return {
    key: name,
    name,
    state: 'missing',
    estimate: { seconds, threads: 1, memoryBytes, diskBytes, passingDiskBytes },
  };
};
const steps: PreviewStep[] = [
  { key: 'corpus', name: 'corpus', state: 'stands', estimate: null },
  step('generator', 60, [500, 0, 200]),
  step('other generator', 60, [400, 0, 100]),
  step('member', 120, [900, 40, 10]),
];

test('a plan adds time over workers, memory of the largest step, and disk that stays or lies there for a while', () => {
  const text = describeRunPlan({ folder: 'run', steps, ...totalsOf(steps, 2) }).join('\n');
  expect(text).toMatch(/^generator +missing +1:00 +500 MB +0 MB +200 MB$/m);
  expect(text).toContain('3 of 4 steps are missing: about 2:00, 2 at a time');
  // Two steps at a time have 200 and 100 MB beside what stays.
  expect(text).toContain(
    'up to 900 MB of memory; models that are kept take 40 MB of disk, up to 340 MB while they are',
  );
});

test('a step with all cores has nothing beside it, and its time is not shared', () => {
  const [, first, second] = steps.map((each) => ({
    ...each,
    estimate: each.estimate && { ...each.estimate, threads: 4 },
  }));
  expect(totalsOf([first!, second!], 4, 4).seconds).toBe(120);
  expect(totalsOf([first!, second!], 4, 8).seconds).toBe(60);
  expect(totalsOf(steps, 4, 4).seconds).toBe(60);
});

test('a step of several runs counts once, and nothing is said of costs where nothing is missing', () => {
  expect(totalsOf([...steps, ...steps], 2)).toEqual(totalsOf(steps, 2));
  const parts = [{ name: 'fold-1', missing: 0, seconds: 0 }];
  expect(describePlan('fold', parts, totalsOf(steps.slice(0, 1), 1)).at(-1)).toBe('0 of 1 steps are missing');
});
