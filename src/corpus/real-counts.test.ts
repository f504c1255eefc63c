/** How many examples the public corpora give, where they are at hand, beside what others counted. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Pairing } from './candidates/rules.ts';
import { readCorpus } from './corpus.ts';
import type { Example } from './example.ts';
import type { CorpusSettings } from './settings.ts';
import { divide } from './splits.ts';
import { DEFAULT_SETTINGS } from './settings.ts';

const corpora = fileURLToPath(new URL('../../../shared/corpora', import.meta.url));

const sizes = (examples: readonly Example[]): [number, number] => [
  examples.length,
  examples.filter(({ relation }) => relation !== null).length,
];

/** Examples and positives of training, and of development data. */
async function counts(name: string, settings: Partial<CorpusSettings> = {}) {
  const { examples, dropped } = await readCorpus(join(corpora, name), settings);
  expect(examples.test).toEqual([]);
  for (const { text, head, tail } of examples.train) {
    expect(text.slice(head.start, head.end)).toBe(head.text);
    expect(text.slice(tail.start, tail.end)).toBe(tail.text);
  }
  return { train: sizes(examples.train), development: sizes(examples.development), dropped };
}

describe.skipIf(!existsSync(corpora))('real corpora (skipped where ../shared/corpora is absent)', () => {
  // Noted for other plain splitters: mentions 4,667 (1,800), composites 3,745 (1,420), concepts 3,779 (1,445).
  it.each<[Pairing, [number, number], [number, number]]>([
    ['mentions', [4651, 1801], [5058, 1937]],
    ['composites', [3694, 1420], [3974, 1523]],
    ['concepts', [3779, 1457], [4059, 1563]],
  ])('CDR, pairs of %s', async (pairs, train, development) => {
    expect(await counts('cdr', { pairs })).toMatchObject({ train, development });
  });

  it('CDR without broader diseases: the paper has 3,597 (1,453) and 3,876', async () => {
    const meshTree = join(corpora, 'mesh/2017MeshTree.txt');
    expect(await counts('cdr', { meshTree })).toEqual({
      train: [3594, 1457],
      development: [3880, 1563],
      dropped: {
        'mention-without-concept': { pairs: 76, related: 0 },
        'repeated-pair': { pairs: 2018, related: 814 },
        'broader-concept': { pairs: 364, related: 0 },
        'relation-beyond-window': { pairs: 527, related: 527 },
      },
    });
  });

  // The paper has 14,266 (4,103) and 8,937; noted for another plain splitter: 14,503 and 9,578.
  it.each<[string, Partial<CorpusSettings>, [number, number], [number, number]]>([
    ['all pairs', { nested: 'keep', overlapping: 'keep' }, [18244, 4143], [11486, 2412]],
    ['by default', {}, [16597, 4128], [10540, 2412]],
    ['in the paper preset', { otherRelations: 'drop' }, [14378, 4128], [9437, 2412]],
  ])('ChemProt, %s', async (_, settings, train, development) => {
    expect(await counts('chemprot', settings)).toMatchObject({ train, development });
  });

  // The paper has 22,501 and 4,401 with 3,247 positives in training, by a rule that could not be found.
  it.each<[string, Partial<CorpusSettings>, [number, number]]>([
    ['by default', {}, [27791, 4020]],
    ['without drugs paired with themselves', { sameEntity: 'drop' }, [25815, 4020]],
  ])('DDI, %s', async (_, settings, train) => {
    expect(await counts('ddi2013', settings)).toMatchObject({ train, development: [0, 0] });
  });

  it('DDI, a random tenth of the examples as validation data', async () => {
    const { examples } = await readCorpus(join(corpora, 'ddi2013'));
    const rules = { ...DEFAULT_SETTINGS, validationFraction: 0.1, divideBy: 'example' as const };
    const { train, validation, test } = divide({ ...examples, test: examples.train.slice(0, 1) }, rules, 1);
    expect([train.length, validation.length, test.length]).toEqual([25012, 2779, 1]);
    const [all, held] = [sizes(examples.train)[1], sizes(validation)[1]];
    expect(held / all).toBeCloseTo(0.1, 2);
  });
});
