import fc from 'fast-check';
import { expect, it } from 'vitest';
import { UniqueIds } from './unique-ids.ts';

it('tells where an id was met first, as a map does', () => {
  const id = fc.oneof(
    fc.string({ maxLength: 4 }),
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.constantFrom('', '\uD800', '\uDBFF'),
  );
  fc.assert(
    fc.property(fc.array(id, { maxLength: 3000, size: 'max' }), (ids) => {
      const unique = new UniqueIds();
      const known = new Map<string, number>();
      for (const [place, each] of ids.entries()) {
        expect(unique.add(each, place)).toBe(known.get(each));
        if (!known.has(each)) known.set(each, place);
      }
    }),
    { numRuns: 20 },
  );
});

it('takes no two of a million ids that are alike for one', () => {
  const unique = new UniqueIds();
  let met = 0;
  for (let i = 0; i < 500_000; i++) {
    if (unique.add(`train:${i}`, i) !== undefined) met++;
    if (unique.add(`DDI-MedLine.d${i >> 8}.s${i & 255}.p0`, i) !== undefined) met++;
  }
  expect(met).toBe(0);
  expect(unique.add('train:499999', 0)).toBe(499_999);
});
