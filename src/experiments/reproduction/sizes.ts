/** How large the corpora are: as their makers divided them, to be laid beside the paper's Table 2; and what is left of CDR's positives. */
import { readCorpus } from '../../corpus/corpus.ts';
import type { Example } from '../../corpus/example.ts';
import { dividedCorpus } from '../../dare/divided-corpus.ts';
import { corpusSettings } from './cell-run.ts';
import type { CorpusName, FoundCorpora } from './corpora.ts';
import type { CorpusSizes } from './results.ts';
import type { ReproductionSettings } from './settings.ts';

export interface MeasuredCorpus {
  readonly sizes: CorpusSizes;
  /** Positives that are trained on, in the seed that has fewest. */
  readonly positives: number;
}

/** Reads a corpus once. @param seeds whose divisions are looked at, from 1. */
export async function measureCorpus(
  name: CorpusName,
  settings: ReproductionSettings,
  found: FoundCorpora,
  seeds: number,
): Promise<MeasuredCorpus> {
  const rules = corpusSettings(name, settings, found);
  const corpus = await readCorpus(rules.path, rules);
  const { train, development, test } = corpus.examples;
  const positives = Array.from({ length: seeds }, (_, index) => {
    const division = dividedCorpus(corpus, { ...rules, seed: index + 1 });
    return division.train.filter(({ relation }) => relation !== null).length;
  });
  return {
    sizes: { train: sizesOf(train), development: sizesOf(development), test: sizesOf(test) },
    positives: Math.min(...positives),
  };
}

function sizesOf(examples: readonly Example[]): CorpusSizes['train'] {
  const relations: Record<string, number> = {};
  for (const { relation } of examples) if (relation !== null) relations[relation] = (relations[relation] ?? 0) + 1;
  const rarestFirst = Object.entries(relations).sort(([, m], [, n]) => m - n);
  return { examples: examples.length, relations: Object.fromEntries(rarestFirst) };
}
