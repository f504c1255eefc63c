import { expect, test } from 'vitest';
import { processorName } from './processor.ts';

const FLAGS = 'fpu sse4_2 avx2';
test.each([
  [
    'AMD EPYC',
    `cpu family\t: 26\nmodel\t\t: 2\nmodel name\t: AMD EPYC\nflags\t\t: ${FLAGS} avx512f`,
    'AMD EPYC (family 26, model 2; AVX-512)',
  ],
  [
    'AMD EPYC',
    `cpu family\t: 25\nmodel\t\t: 1\nmodel name\t: AMD EPYC\nflags\t\t: ${FLAGS}`,
    'AMD EPYC (family 25, model 1; AVX2, no AVX-512)',
  ],
  [
    'AMD EPYC 7763 64-Core Processor',
    `cpu family\t: 25\nmodel\t\t: 1\nflags\t\t: ${FLAGS}`,
    'AMD EPYC 7763 64-Core Processor',
  ],
  ['Apple M1 ', '', 'Apple M1'],
])('the processor %s is told apart from others of its name', (model, information, name) => {
  expect(processorName(model, () => information)).toBe(name);
});
