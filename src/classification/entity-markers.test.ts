/** Entity markers stand around both entities whatever stands beside them, survive truncation, and are found again. */
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseModelConfig } from '../checkpoint/config.ts';
import { loadTokenizer } from '../text/load-tokenizer.ts';
import { classifierFeeds, classifierInput } from './classifier-input.ts';
import type { ClassifierModel } from './classifier-input.ts';
import { ENTITY_MARKERS, markEntities, markUnmarked } from './entity-markers.ts';

const TYPED = { head: 'DRUG', tail: 'DISEASE' };

test.each([
  ['DRUG caused DISEASE.', '[E1]DRUG[/E1] caused [E2]DISEASE[/E2].'],
  ['the DISEASE-inducing DRUG', 'the [E2]DISEASE[/E2]-inducing [E1]DRUG[/E1]'],
  ['DRUG/DISEASE', '[E1]DRUG[/E1]/[E2]DISEASE[/E2]'],
  // Other entities of the sentence are masked by their type and a letter.
  ['DRUGN and DRUG caused DISEASE', 'DRUGN and [E1]DRUG[/E1] caused [E2]DISEASE[/E2]'],
  // The first counts where one is repeated.
  ['DRUG, DRUG and DISEASE', '[E1]DRUG[/E1], DRUG and [E2]DISEASE[/E2]'],
  ['[E1] of DRUG, DISEASE', '[ E1 ] of [E1]DRUG[/E1], [E2]DISEASE[/E2]'],
])('%s → %s', (masked, marked) => {
  expect(markEntities(masked, TYPED)).toBe(marked);
});

test('a sentence without one of them is refused', () => {
  expect(() => markEntities('DRUG was given', TYPED)).toThrow('a sentence lacks DISEASE');
});

describe('as a classifier reads them', () => {
  const MASKS = { head: '$ENTITYA$', tail: '$ENTITYB$' };
  let model: ClassifierModel;
  beforeAll(async () => {
    const folder = fileURLToPath(new URL('../../tests/fixtures/tokenizers/bert-vocab-txt', import.meta.url));
    const { tokenizer } = (await loadTokenizer(folder)).withAddedTokens(ENTITY_MARKERS, { singleWord: false });
    const config = parseModelConfig({ model_type: 'bert', classifier_head: 'entity-markers' }, 'config.json');
    if (config.model_type !== 'bert') throw new Error('not a BERT');
    model = { config, tokenizer };
  });

  test('the two starts are fed, of every sentence of a batch', () => {
    const inputs = ['$ENTITYA$ caused $ENTITYB$ .', 'severe $ENTITYB$ ($ENTITYA$)'].map((text) => ({
      ids: classifierInput(model, text, [MASKS], 64),
    }));
    const { entityRows } = classifierFeeds(model, inputs);
    const place = (example: number, marker: string) => inputs[example]!.ids.indexOf(model.tokenizer.tokenToId(marker)!);
    expect([...entityRows!.data]).toEqual([
      place(0, '[E1]') * 2,
      place(1, '[E1]') * 2 + 1,
      place(0, '[E2]') * 2,
      place(1, '[E2]') * 2 + 1,
    ]);
    expect(place(0, '[E1]')).toBe(1);
  });

  test('however long the sentence, all four markers stay, with what is between them', () => {
    const words = fc.array(fc.constantFrom('the', 'severe', 'patients'), { maxLength: 120 });
    const wholeOf = (side: 'head' | 'tail') => {
      const [open, close] = side === 'head' ? ['[E1]', '[/E1]'] : ['[E2]', '[/E2]'];
      return model.tokenizer.encode(`${open}${MASKS[side]}${close}`).join(' ');
    };
    fc.assert(
      fc.property(words, words, words, fc.boolean(), (before, between, after, headFirst) => {
        const [first, second] = headFirst ? [MASKS.head, MASKS.tail] : [MASKS.tail, MASKS.head];
        const text = [...before, first, ...between, second, ...after].join(' ');
        const ids = classifierInput(model, text, [MASKS], 48);
        expect(ids.length).toBeLessThanOrEqual(48);
        for (const side of ['head', 'tail'] as const) expect(ids.join(' ')).toContain(wholeOf(side));
      }),
    );
  });

  test('a masked sentence is marked where it is not yet, and a text without masks stays', () => {
    const masked = `${MASKS.head} caused ${MASKS.tail}`;
    const marked = markEntities(masked, MASKS);
    expect(markUnmarked(masked, MASKS)).toBe(marked);
    expect(markUnmarked(marked, MASKS)).toBe(marked);
    expect(markUnmarked('a fine film', MASKS)).toBe('a fine film');
  });

  test('a sequence that was not marked is refused', () => {
    expect(() => classifierFeeds(model, [{ ids: [2, 5, 3] }])).toThrow('a sentence lacks the marker [E1]');
  });
});
