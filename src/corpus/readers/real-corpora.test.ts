/** The public corpora, where they are at hand: what their makers and others counted in them. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { AnnotatedDocument } from '../document.ts';
import { openCorpus, type OpenCorpusOptions } from '../open-corpus.ts';
import type { CorpusItem } from './reader.ts';

const corpora = fileURLToPath(new URL('../../../../shared/corpora', import.meta.url));

async function read(path: string, options: OpenCorpusOptions = {}) {
  const opened = await openCorpus(join(corpora, path), options);
  const items: CorpusItem[] = [];
  for await (const item of opened.items()) items.push(item);
  const documents = items.flatMap((item) => (item.kind === 'document' ? item.document : []));
  const warnings = Object.fromEntries(opened.warnings.counts().map(({ code, count }) => [code, count]));
  return { format: opened.format, items, documents, warnings };
}

function tally(labels: Iterable<string | null>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const label of labels) counts[label ?? 'null'] = (counts[label ?? 'null'] ?? 0) + 1;
  return counts;
}

describe.skipIf(!existsSync(corpora))('real corpora (skipped where ../shared/corpora is absent)', () => {
  it('CDR: 500 + 500 documents, 1,038 + 1,012 relations; the same in BioC as in PubTator', async () => {
    const { format, items, warnings } = await read('cdr');
    expect(format).toBe('pubtator');
    const counted = { train: [0, 0], development: [0, 0], test: [0, 0] };
    for (const item of items) {
      if (item.kind !== 'document') continue;
      const counts = counted[item.split!];
      counts[0]! += 1;
      counts[1]! += item.document.relations.length;
    }
    expect(counted).toEqual({ train: [500, 1038], development: [500, 1012], test: [0, 0] });
    expect(warnings).toEqual({});

    const pubTator = (await read('cdr/CDR_TrainingSet.PubTator.txt')).documents;
    const bioC = await read('cdr/CDR_TrainingSet.BioC.xml');
    const plain = (documents: readonly AnnotatedDocument[]) =>
      documents.map(({ mentions, ...rest }) => ({
        ...rest,
        // Several mentions at one place stand in either order.
        mentions: mentions
          .map(({ start, end, type, text, ids }) => JSON.stringify([start, end, type, text, ids]))
          .sort(),
      }));
    expect(plain(bioC.documents)).toEqual(plain(pubTator));
    expect(bioC.warnings).toEqual({});
  });

  it('DDI: 714 documents, 27,791 judged pairs and one without a type', async () => {
    const { documents, items, warnings } = await read('ddi2013');
    expect(documents).toHaveLength(714);
    expect(items.every((item) => item.kind === 'document' && item.split === 'train')).toBe(true);
    // 71 of the 6,976 sentences are blank.
    expect(documents.reduce((sum, { sentences = [] }) => sum + sentences.length, 0)).toBe(6976 - 71);
    expect(tally(documents.flatMap(({ pairs = [] }) => pairs.map(({ relation }) => relation)))).toEqual({
      null: 23771,
      int: 188,
      advise: 826,
      mechanism: 1319,
      effect: 1687,
    });
    expect(warnings).toEqual({ 'label-missing': 1, 'text-differs': 1 });
  });

  it.each([
    ['training', 1020, { 'CPR:3': 768, 'CPR:4': 2254, 'CPR:5': 173, 'CPR:6': 235, 'CPR:9': 727 }],
    ['development', 612, { 'CPR:3': 550, 'CPR:4': 1094, 'CPR:5': 116, 'CPR:6': 199, 'CPR:9': 457 }],
  ])('ChemProt, %s', async (part, count, gold) => {
    const { documents, warnings } = await read(`chemprot/chemprot_${part}`);
    expect(documents).toHaveLength(count);
    // The gold standard has each group of a pair once; the relations may tell two subtypes of it.
    const evaluated = documents.flatMap(({ id, mentionRelations = [] }) =>
      mentionRelations
        .filter((each) => each.evaluated)
        .map(({ type, head, tail }) => `${type}\t${id}\t${head}\t${tail}`),
    );
    expect(tally([...new Set(evaluated)].map((key) => key.split('\t')[0]!))).toEqual(gold);
    expect(warnings).toEqual({});
  });

  it('SemEval: 8,000 sentences, 19 labels; the same in the official text as in the tagged TSV', async () => {
    const official = await read('semeval2010t8', { format: 'semeval' });
    const tagged = await read('semeval2010t8/train.tsv');
    expect([official.format, tagged.format]).toEqual(['semeval', 'tagged-tsv']);
    const labels = (items: readonly CorpusItem[]) =>
      items.map((item) => (item.kind === 'example' ? item.example.relation : ''));
    expect(labels(official.items)).toHaveLength(8000);
    expect(labels(tagged.items)).toEqual(labels(official.items));
    const counts = tally(labels(official.items));
    expect(Object.keys(counts)).toHaveLength(19);
    expect(counts).toMatchObject({ null: 1410, 'Cause-Effect(e2,e1)': 659, 'Entity-Destination(e2,e1)': 1 });
    const mentions = (items: readonly CorpusItem[]) =>
      items.map((item) => (item.kind === 'example' ? [item.example.head.text, item.example.tail.text] : []));
    expect(mentions(tagged.items)).toEqual(mentions(official.items));
    await expect(read('semeval2010t8')).rejects.toThrow(/could be semeval .* or tagged-tsv/);
  });
});
