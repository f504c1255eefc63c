/**
 * The synthetic data set by itself: a generator for each relation, its pool of sentences through the filters, and nothing trained on them.
 *
 * A folder of three files beside the run's own (which a later `dare run` with the same settings goes on from): `synthetic.jsonl`, the accepted sentences as
 * examples; `rejected.jsonl`, the others, each with the reason; `README.md`, the data set's card.
 */
import { join } from 'node:path';
import { isSamePair, placeholdersIn, placeOfPlaceholder } from '../corpus/placeholders.ts';
import type { MaskedTypes, Placeholders } from '../corpus/placeholders.ts';
import type { Example, Mention } from '../corpus/example.ts';
import type { RunConfiguration } from '../dare/configuration.ts';
import { relationPlaceholders } from '../dare/relation-placeholders.ts';
import { streamFileAtomically, writeFileAtomically } from '../foundation/files.ts';
import { readJudgedSentences } from '../tasks/pool-file.ts';
import type { StoredSentence } from '../tasks/pool-file.ts';
import { fillPools } from '../tasks/run.ts';
import type { PoolSummary } from '../tasks/planned-run.ts';
import type { RunOptions } from '../tasks/run.ts';
import { datasetCard } from './dataset-card.ts';

/** Where a synthetic example comes from. */
export interface Provenance {
  /** The model that was fine-tuned on the relation's gold sentences, by folder or name. */
  readonly generator: string;
  readonly seed: number;
  /** The number under which it was sampled. */
  readonly index: number;
  /** `accepted`, or the filter that rejected it. */
  readonly verdict: string;
  /** What else the filters noted. */
  readonly [note: string]: unknown;
}

/** An example that a generator wrote, masked by its own words. */
export type SyntheticExample = Example & { readonly provenance: Provenance };

export interface SyntheticDataSet {
  readonly folder: string;
  readonly pools: readonly PoolSummary[];
  /** Accepted sentences over all relations. */
  readonly examples: number;
  /** What the user should know: relations that lack sentences, and the like. */
  readonly warnings: readonly string[];
}

export const SYNTHETIC = 'synthetic.jsonl';
export const REJECTED = 'rejected.jsonl';

/**
 * Writes the synthetic data set of a corpus into a folder; interrupted, the same call goes on. Settings of classifiers and ensembles count only
 * for how many sentences are wanted (`ensemble.ratio`).
 * @throws UserError as `train` does.
 * @example
 * const { examples, pools } = await augment(configuration, { folder: 'data/synthetic', device, monitor, offline: true });
 */
export async function augment(configuration: RunConfiguration, options: RunOptions): Promise<SyntheticDataSet> {
  const warnings: string[] = [];
  const { corpus, pools } = await fillPools(configuration, options);
  for (const { relation, missing, wanted } of pools) {
    if (missing > 0)
      warnings.push(`${relation}: ${missing} of ${wanted} sentences are missing (see sampling.attempts)`);
  }
  const { folder } = options;
  const source = { generator: configuration.generator.model, seed: configuration.seed };
  const lines = async function* (isWanted: (verdict: string) => boolean): AsyncGenerator<string> {
    for (const { relation, path } of pools) {
      const placeholders = relationPlaceholders(corpus, relation);
      for (const sentence of await readJudgedSentences(path)) {
        if (!isWanted(sentence.verdict)) continue;
        const example = exampleOf(sentence, relation, corpus.types, placeholders, source);
        yield `${JSON.stringify(example)}\n`;
      }
    }
  };
  await streamFileAtomically(
    join(folder, SYNTHETIC),
    lines((verdict) => verdict === 'accepted'),
  );
  await streamFileAtomically(
    join(folder, REJECTED),
    lines((verdict) => verdict !== 'accepted'),
  );
  await writeFileAtomically(join(folder, 'README.md'), datasetCard({ configuration, corpus, pools, warnings }));
  const examples = pools.reduce((sum, { accepted }) => sum + accepted, 0);
  return { folder, pools, examples, warnings };
}

type Marked = Pick<Example, 'text'> & Partial<Pick<Example, 'head' | 'tail'>>;

/** A sentence as an example; one that lacks a placeholder lacks the mention. */
function exampleOf(
  { text, index, verdict, ...notes }: StoredSentence,
  relation: string,
  types: readonly MaskedTypes[],
  pairs: readonly Placeholders[],
  source: { generator: string; seed: number },
): Omit<SyntheticExample, 'head' | 'tail'> & Marked {
  const placeholders = placeholdersIn(text, pairs);
  const { head: headType, tail: tailType } = types.find((each) => isSamePair(each.placeholders, placeholders))!;
  const id = `synthetic:${relation}:${index}`;
  const head = mentionOf(text, placeholders.head, headType);
  const tail = mentionOf(text, placeholders.tail, tailType);
  return {
    ...{ id, document: id, text },
    ...(head && { head }),
    ...(tail && { tail }),
    ...{ relation, split: 'train', masked: true },
    provenance: { ...source, index, verdict, ...withoutId(notes) },
  };
}

/** The pool's own name of the sentence is no part of where it comes from. */
const withoutId = (notes: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(notes).filter(([name]) => name !== 'id'));

function mentionOf(text: string, placeholder: string, type: string): Mention | undefined {
  const start = placeOfPlaceholder(text, placeholder);
  return start === undefined ? undefined : { start, end: start + placeholder.length, type, text: placeholder };
}
