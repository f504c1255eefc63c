/**
 * The data of a run, looked over as the models read it: what `dare data inspect` says of a corpus, of the run's own three parts.
 *
 * Works on the prepared corpus in the run's folder, so that it tells of what was trained on and scored, wherever the corpus is now.
 */
import { join } from 'node:path';
import { ENTITY_MARKERS } from '../../classification/entity-markers.ts';
import { labelProblems, SharedSentenceCount } from '../../corpus/inspection/label-checks.ts';
import { LengthCount, WORDS, type TokenCounter } from '../../corpus/inspection/lengths.ts';
import { LeakageSearch } from '../../corpus/leakage/leakage.ts';
import { asRead } from '../../corpus/placeholders.ts';
import { PARTS } from '../../dare/divided-corpus.ts';
import type { PreparedCorpus } from '../../dare/prepared-corpus.ts';
import type { FinishedRun } from '../../deployment/finished-run.ts';
import { kindAt } from '../../foundation/files.ts';
import { loadTokenizer } from '../../text/load-tokenizer.ts';
import type { DataFindings } from '../inspection-sections.ts';

/** Special tokens that a classifier puts around a sentence. */
const SPECIAL_TOKENS = 2;

/** Looks over the data of a run, in the tokens of its classifiers where one was kept, else in words. */
export async function inspectData(run: FinishedRun, corpus: PreparedCorpus): Promise<DataFindings> {
  const limit = run.configuration.classifier.maxLength - SPECIAL_TOKENS;
  return findingsIn(corpus, await counterOf(run), limit);
}

/** @param limit what a classifier has room for, in the counter's unit. */
export function findingsIn(corpus: PreparedCorpus, counter: TokenCounter, limit: number): DataFindings {
  const lengths = new LengthCount(counter, limit);
  const shared = new SharedSentenceCount();
  const leakage = new LeakageSearch(PARTS);
  const counts: Record<string, number> = Object.fromEntries(corpus.relations.map((relation) => [relation, 0]));
  const texts = new Map<string, string>();
  for (const part of PARTS) {
    for (const example of corpus[part]) {
      const { id, text, relation } = example;
      if (relation !== null) counts[relation]!++;
      texts.set(id, text);
      lengths.add(text);
      shared.add(id, text, relation);
      leakage.add(part, example);
    }
  }
  return {
    ...shared.result(),
    lengths: lengths.result(),
    labels: labelProblems(counts),
    leakage: leakage.find().map((leak) => ({
      ...leak,
      samples: leak.samples.map((each) => ({ ...each, texts: [texts.get(each.from)!, texts.get(each.to)!] as const })),
    })),
  };
}

async function counterOf({ index, traits, placeholders, configuration }: FinishedRun): Promise<TokenCounter> {
  const markers = configuration.classifier.head === 'entity-markers' ? ENTITY_MARKERS.length : 0;
  for (const member of Object.values(index.members).flat()) {
    const folder = join(member, 'classifier');
    if ((await kindAt(folder)) !== 'folder') continue;
    const tokenizer = await loadTokenizer(folder);
    return {
      unit: 'tokens of the classifiers',
      count: (text) => tokenizer.encode(asRead(text, traits.placeholders, placeholders)).length + markers,
    };
  }
  return WORDS;
}
