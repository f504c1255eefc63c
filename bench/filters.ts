/**
 * What the filters that are off by default do to DARE's scores: each by itself beside none, over the same generators and seeds.
 *
 *   tsx bench/filters.ts [--corpus examples/drug-relations.jsonl] [--relations treats,induces] [--train 600] [--test 300] [--seeds 3] [--members 2]
 *                        [--generator dare/gpt2-small-pubmed] [--classifier random] [--learning-rate 5e-4] [--epochs 8] [--out out/filters] [--publish]
 *
 * Variants of one seed have one store: they share the corpus, the generators and the gold ensemble, and differ in their pools. Prints a
 * table; with --publish also writes docs/results/filters.json, and the table into docs/guides/filters.md. An interrupted measurement goes on where it stopped.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SHIPPED_GPT2 } from '../src/checkpoint/shipped-models.ts';
import { configure } from '../src/dare/presets.ts';
import type { RunSettings } from '../src/dare/configuration.ts';
import { readText, writeFileAtomically, writeJson } from '../src/foundation/files.ts';
import { Monitor } from '../src/foundation/progress.ts';
import { runDare } from '../src/tasks/run.ts';
import { filtersTable } from './filters-table.ts';
import type { FilterMeasurement, FilterVariant } from './filters-table.ts';
import { machineName } from './surroundings.ts';

const { values } = parseArgs({
  options: {
    corpus: { type: 'string', default: 'examples/drug-relations.jsonl' },
    relations: { type: 'string', default: 'treats,induces' },
    train: { type: 'string', default: '600' },
    test: { type: 'string', default: '300' },
    seeds: { type: 'string', default: '3' },
    members: { type: 'string', default: '2' },
    generator: { type: 'string', default: SHIPPED_GPT2 },
    classifier: { type: 'string', default: 'random' },
    'learning-rate': { type: 'string', default: '5e-4' },
    epochs: { type: 'string', default: '8' },
    out: { type: 'string', default: 'out/filters' },
    publish: { type: 'boolean', default: false },
  },
});

/** By what the table calls them. Judges are few, as each costs as much as a classifier. */
const VARIANTS: Readonly<Record<string, RunSettings['filter']>> = {
  'none of these': {},
  'copies: at most 8 words in a row, half of the 4-grams': { longestCopy: 8, copiedNgrams: 0.5 },
  'label consistency, dropped': { consistency: 'drop', judges: 2, consistencyThreshold: 0.7 },
  'label consistency, soft labels': { consistency: 'soft', judges: 2 },
  'perplexity band 0.9': { perplexityBand: 0.9 },
};

const monitor = new Monitor((event) => {
  if (event.kind === 'done') console.log(`${event.stage}: ${event.seconds.toFixed(0)} s`);
});

async function measure(name: string, filter: RunSettings['filter'], seed: number) {
  const configuration = configure(
    {
      corpus: {
        path: values.corpus,
        relations: values.relations.split(','),
        trainExamples: Number(values.train),
        testExamples: Number(values.test),
      },
      generator: { model: values.generator },
      filter,
      classifier: {
        model: values.classifier,
        epochs: Number(values.epochs),
        learningRate: Number(values['learning-rate']),
        keepWeights: false,
      },
      ensemble: { size: Number(values.members), arms: ['dare', 'gold'] },
      seed,
    },
    'quickstart',
  );
  const folder = join(values.out, `seed-${seed}`, name.replaceAll(/\W+/g, '-'));
  const store = join(values.out, `seed-${seed}`, 'store');
  const { scores, pools } = await runDare(configuration, { folder, store, monitor, offline: true });
  const sum = (of: (pool: (typeof pools)[number]) => number): number =>
    pools.reduce((total, pool) => total + of(pool), 0);
  return {
    dare: scores.arms.dare!.f1,
    gold: scores.arms.gold!.f1,
    written: sum(({ attempts }) => attempts),
    accepted: sum(({ accepted }) => accepted),
    missing: sum(({ missing }) => missing),
  };
}

const started = performance.now();
const seeds = Array.from({ length: Number(values.seeds) }, (_, index) => index + 1);
const variants: FilterVariant[] = [];
for (const [name, filter] of Object.entries(VARIANTS)) {
  const runs: FilterVariant['runs'][number][] = [];
  for (const seed of seeds) runs.push({ seed, ...(await measure(name, filter, seed)) });
  variants.push({ name, filter: filter ?? {}, runs });
}
const measurement: FilterMeasurement = {
  machine: machineName(),
  seconds: (performance.now() - started) / 1000,
  settings: { ...values, out: undefined, publish: undefined },
  variants,
};
const table = filtersTable(measurement);
console.log(table);
await writeJson(join(values.out, 'filters.json'), measurement);
if (values.publish) {
  await writeJson('docs/results/filters.json', measurement);
  const guide = 'docs/guides/filters.md';
  const place = /(<!-- measured: bench\/filters\.ts -->\n)[^]*?(\n<!-- end -->)/;
  const written = (await readText(guide)).replace(place, (_, before: string, after: string) => before + table + after);
  await writeFileAtomically(guide, written);
}
