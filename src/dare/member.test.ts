import { expect, test } from 'vitest';
import { describeCollapse } from './member.ts';

test.each([
  [{ members: 0, retrainings: 0, remaining: 0 }, undefined],
  [{ members: 1, retrainings: 0, remaining: 1 }, '1 of 20 classifiers learned nothing and votes all the same'],
  [{ members: 2, retrainings: 0, remaining: 2 }, '2 of 20 classifiers learned nothing and vote all the same'],
  [
    { members: 1, retrainings: 1, remaining: 0 },
    '1 of 20 classifiers learned nothing at first; trained anew (1 time), it learned',
  ],
  [
    { members: 2, retrainings: 3, remaining: 0 },
    '2 of 20 classifiers learned nothing at first; trained anew (3 times), each of them learned',
  ],
  [
    { members: 2, retrainings: 3, remaining: 1 },
    '2 of 20 classifiers learned nothing at first; trained anew (3 times), 1 of them still learned nothing and votes all the same',
  ],
  [
    { members: 2, retrainings: 4, remaining: 2 },
    '2 of 20 classifiers learned nothing at first; trained anew (4 times), 2 of them still learned nothing and vote all the same',
  ],
])('%j is told as %s', (counts, told) => {
  expect(describeCollapse(counts, 20)).toBe(told);
});
