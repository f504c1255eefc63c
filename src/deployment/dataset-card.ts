/** The card of a synthetic data set: what it is, how it was made, how many sentences, and what to beware of. */
import { stringify } from 'yaml';
import { describePlaceholders } from '../corpus/placeholders.ts';
import type { RunConfiguration } from '../dare/configuration.ts';
import type { PreparedCorpus } from '../dare/prepared-corpus.ts';
import type { PoolSummary } from '../tasks/planned-run.ts';

export interface CardFacts {
  readonly configuration: RunConfiguration;
  readonly corpus: PreparedCorpus;
  readonly pools: readonly PoolSummary[];
  readonly warnings: readonly string[];
}

const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;

const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');

/** Markdown with the front matter that the Hugging Face hub reads. */
export function datasetCard({ configuration, corpus, pools, warnings }: CardFacts): string {
  const { generator, sampling, filter, seed, ensemble } = configuration;
  const { placeholders, relations, train } = corpus;
  const goldCount = (relation: string) => train.filter((example) => example.relation === relation).length;
  const counts = pools.map(({ relation, wanted, accepted, missing, attempts }) => {
    return [relation, goldCount(relation), wanted, attempts, accepted, missing];
  });
  const verdicts = [...new Set(pools.flatMap((pool) => Object.keys(pool.counts)))];
  const byVerdict = verdicts.map((verdict) => [verdict, ...pools.map((pool) => pool.counts[verdict] ?? 0)]);
  const front = {
    pretty_name: 'Synthetic sentences for relation extraction',
    task_categories: ['text-classification'],
    tags: ['synthetic', 'relation-extraction'],
  };
  return `---
${stringify(front)}---
# Synthetic sentences for relation extraction

Sentences for the relations ${relations.map((relation) => `\`${relation}\``).join(', ')}, written by a machine. ${howWritten(generator)}
Sentences that a filter rejected are kept apart (DARE, arXiv 2004.13845, with the program dare).

- \`synthetic.jsonl\`: the accepted sentences, one JSON object a line: \`text\` with ${describePlaceholders(placeholders)} in place of head and
  tail, \`head\` and \`tail\` (their places, in UTF-16 code units), \`relation\`, and \`provenance\`: generator, seed, number, and the filters' verdict.
- \`rejected.jsonl\`: the others, with the filter that rejected each. One that lacks a placeholder has no \`head\` or \`tail\`.

## Counts

${table(['relation', 'gold sentences', 'wanted', 'written', 'accepted', 'missing'], counts)}

What the filters said:

${table(['verdict', ...pools.map(({ relation }) => relation)], byVerdict)}

## Before you use it

- These sentences are training material. They are not facts: a generator writes relations that do not hold.
- A generator of few gold sentences repeats them in part${copyLimit(filter)}. Who and what gold speaks of may stand in such a sentence: keep these as you keep the gold corpus.
- What the filters looked for is in the settings below; what they did not look for is in the sentences.
- The rights in the gold corpus and in the generator's model bear on what was made of them.
${warnings.map((warning) => `- ${warning}\n`).join('')}
## Settings

\`\`\`yaml
${stringify({ seed, ratio: ensemble.ratio, generator, sampling, filter })}\`\`\`
`;
}

/** How the sentences came about. */
function howWritten({ model, shared, lora }: RunConfiguration['generator']): string {
  const trained = lora.rank === null ? 'fine-tuned' : `fine-tuned by LoRA adapters of rank ${lora.rank}`;
  return shared
    ? `One copy of the generator \`${model}\` was ${trained} on the gold sentences of all relations, each behind a token that names its relation, and sampled by that token.`
    : `For each relation a copy of the generator \`${model}\` was ${trained} on that relation's gold sentences alone, and sampled.`;
}

/** What kept copies out beside equality. */
function copyLimit({ nearDuplicates, longestCopy, copiedNgrams }: RunConfiguration['filter']): string {
  const limits = [
    ...(nearDuplicates === null ? [] : [`sentences with ${nearDuplicates} of their word pairs in one of gold`]),
    ...(longestCopy === null ? [] : [`sentences with more than ${longestCopy} words in a row from a gold one`]),
    ...(copiedNgrams === null ? [] : [`sentences of whose 4-grams more than ${copiedNgrams} stands in gold`]),
  ];
  return limits.length === 0
    ? ', and nothing but whole copies was left out'
    : `; left out were whole copies, and ${limits.join(', ')}`;
}
