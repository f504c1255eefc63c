import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkLearning } from './collapse.ts';

const CLASSES = 3;
const mass = fc.double({ min: 0.01, max: 100, noNaN: true });
const priors = fc.array(mass, { minLength: CLASSES, maxLength: CLASSES });
/** Labels in which every class stands at least once. */
const labels = fc
  .array(fc.integer({ min: 0, max: CLASSES - 1 }), { maxLength: 30 })
  .map((more) => [...Array.from({ length: CLASSES }, (_, label) => label), ...more]);

test('every constant prediction has collapsed, whatever it is and however frequent the classes are', () => {
  fc.assert(
    fc.property(priors, labels, priors, (prior, gold, masses) => {
      const total = masses.reduce((sum, each) => sum + each, 0);
      const row = masses.map((each) => each / total);
      expect(
        checkLearning(
          gold.map(() => row),
          gold,
          prior,
        ),
      ).toMatchObject({ collapsed: true, spread: 0 });
    }),
  );
});

test('one that leans towards the right class has not, not even on balanced training data and unbalanced validation data', () => {
  const prior = [1, 1, 1];
  const gold = [0, 1, ...Array.from({ length: 98 }, () => 2)];
  // It takes most of the third class for another: its plain loss is worse than that of always saying "2".
  const rows = gold.map((label) => [0, 1, 2].map((place) => (place === label ? 0.4 : 0.3)));
  const plain = gold.reduce((sum, label, index) => sum - Math.log(rows[index]![label]!), 0) / gold.length;
  const entropy = -[0.01, 0.01, 0.98].reduce((sum, share) => sum + share * Math.log(share), 0);
  expect(plain).toBeGreaterThan(entropy);
  const check = checkLearning(rows, gold, prior);
  expect(check.collapsed).toBe(false);
  expect(check.loss).toBeCloseTo(-Math.log(0.4), 10);
  expect(check.priorLoss).toBeCloseTo(Math.log(3), 10);
});

test('a class that validation data lacks is left out on both sides', () => {
  const check = checkLearning(
    [
      [0.6, 0.3, 0.1],
      [0.2, 0.7, 0.1],
    ],
    [0, 1],
    [1, 1, 2],
  );
  expect(check.loss).toBeCloseTo(-(Math.log(0.6) + Math.log(0.7)) / 2, 10);
  expect(check.priorLoss).toBeCloseTo(-Math.log(0.25), 10);
});
