import { expect, test } from 'vitest';
import { ACCEPTED, FilterChain } from '../generation/filters/filter.ts';
import { textFilters } from '../generation/filters/filters.ts';
import type { FilterMaterial, TextFilterSettings } from '../generation/filters/filters.ts';
import { heldOutAlarm, heldOutCopies } from './held-out-alarm.ts';

const placeholders = [{ head: 'DRUG', tail: 'DISEASE' }];
const material: FilterMaterial = {
  ...{ placeholders, allPlaceholders: placeholders, gold: [], learned: [] },
  test: ['In the trial DRUG gave DISEASE to one woman'],
  validation: ['No DISEASE was seen in those who took DRUG'],
};
const written = [
  'in the trial DRUG gave DISEASE to one woman',
  'No DISEASE was seen in those who took DRUG',
  'DRUG was followed by DISEASE in most of the rats',
];
const judged = (mode: TextFilterSettings['heldOutCopies']) => {
  const settings = { masks: 'exactly-once', minimumWords: 3, nearDuplicates: null, longestCopy: null } as const;
  const chain = new FilterChain(textFilters({ ...settings, copiedNgrams: null, heldOutCopies: mode }, material));
  return written.map((text) => ({ text, ...chain.judge(text) }));
};

test.each(['drop', 'keep'] as const)('sentences of test and validation data are told of, with %s', (mode) => {
  const sentences = judged(mode);
  expect(sentences.filter(({ verdict }) => verdict === 'accepted')).toHaveLength(mode === 'keep' ? 3 : 1);
  const copies = heldOutCopies(sentences, { heldOutCopies: mode }, material);
  expect(copies).toEqual({ test: 1, validation: 1 });
  const fate = mode === 'keep' ? 'they are kept (filter.heldOutCopies)' : 'they are dropped';
  expect(heldOutAlarm(copies, mode)).toMatch(
    `ALARM: synthetic sentences stand, or nearly stand, 1 in the test data and 1 in the validation data; ${fate}. `,
  );
});

test('there is no alarm where nothing stands in held-out data', () => {
  const copies = heldOutCopies([{ ...ACCEPTED, text: written[2]! }], { heldOutCopies: 'keep' }, material);
  expect(heldOutAlarm(copies, 'keep')).toBeUndefined();
});
