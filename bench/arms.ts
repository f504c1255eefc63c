/**
 * All arms on several corpora and seeds: does synthetic data help, by how much, and is it more than the cheap ways do?
 *
 *   tsx bench/arms.ts --corpus cdr=PATH/TO/CDR --corpus chemprot=PATH/TO/CHEMPROT [--seeds 1,2,3,4,5] [--members 5] [--ratio 1]
 *       [--generator dare/gpt2-small-pubmed] [--classifier random] [--positives 500] [--out out/arms]
 *
 * Each corpus and seed is a run of its own (`dare run`'s, with all arms), so that an interrupted measurement goes on where it stopped. Writes
 * docs/results/arms.json after each run, and prints the tables: mean F1 over the seeds with the standard deviation, DARE's difference to each arm, and in how
 * many seeds its interval leaves 0 out, on either side. Seeds are not pooled for a test.
 */
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SHIPPED_GPT2 } from '../src/checkpoint/shipped-models.ts';
import { arms as definitions, ARMS } from '../src/dare/arms/arms.ts';
import type { Arm } from '../src/dare/arms/arms.ts';
import { configure } from '../src/dare/configuration.ts';
import type { RunScores } from '../src/dare/run-scores.ts';
import { writeJson } from '../src/foundation/files.ts';
import { Monitor } from '../src/foundation/progress.ts';
import { runDare } from '../src/tasks/run.ts';

const { values } = parseArgs({
  options: {
    corpus: { type: 'string', multiple: true, default: [] },
    seeds: { type: 'string', default: '1,2,3,4,5' },
    members: { type: 'string', default: '5' },
    ratio: { type: 'string', default: '1' },
    positives: { type: 'string' },
    generator: { type: 'string', default: SHIPPED_GPT2 },
    classifier: { type: 'string', default: 'random' },
    out: { type: 'string', default: 'out/arms' },
  },
});
const RESULTS = 'docs/results/arms.json';

interface SeedResult {
  readonly seed: number;
  readonly sizes: {
    readonly train: number;
    readonly validation: number;
    readonly test: number;
    readonly testedOn: string;
  };
  readonly arms: Partial<
    Record<
      Arm,
      Pick<
        NonNullable<RunScores['arms'][Arm]>,
        'precision' | 'recall' | 'f1' | 'macroF1' | 'interval' | 'memberF1' | 'collapse'
      > & {
        readonly relations: Readonly<Record<string, number>>;
      }
    >
  >;
  readonly comparisons: RunScores['comparisons'];
}

const settings = {
  generator: { model: values.generator, epochs: 8, batchSize: 16, accumulation: 1, learningRate: 1e-3, warmup: 0.1 },
  classifier: { model: values.classifier, epochs: 4, learningRate: 3e-4, keepWeights: false },
  ensemble: { size: Number(values.members), ratio: Number(values.ratio), arms: [...ARMS] },
};
const positives = values.positives === undefined ? null : Number(values.positives);

const monitor = new Monitor((event) => {
  if (event.kind === 'done') console.error(`${event.stage}: ${event.seconds.toFixed(0)} s`);
  if (event.kind === 'note') console.error(event.text);
});

async function measure(name: string, path: string, seed: number): Promise<SeedResult> {
  const folder = join(values.out, `${name}-${seed}`);
  const configuration = configure({ ...settings, corpus: { path, positives }, seed });
  const { corpus, scores } = await runDare(configuration, { folder, monitor, offline: true });
  const { train, validation, test, testedOn } = corpus;
  const arms: SeedResult['arms'] = {};
  for (const arm of ARMS) {
    const found = scores.arms[arm];
    if (!found) continue;
    const { precision, recall, f1, macroF1, interval, memberF1, collapse, relations } = found;
    const byRelation = Object.fromEntries(Object.entries(relations).map(([relation, each]) => [relation, each.f1]));
    arms[arm] = { precision, recall, f1, macroF1, interval, memberF1, collapse, relations: byRelation };
  }
  const sizes = { train: train.length, validation: validation.length, test: test.length, testedOn };
  return { seed, sizes, arms, comparisons: scores.comparisons };
}

const mean = (numbers: readonly number[]): number => numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
/** Of a sample: n − 1 below. */
const deviation = (numbers: readonly number[]): number =>
  numbers.length < 2
    ? 0
    : Math.sqrt(numbers.reduce((sum, each) => sum + (each - mean(numbers)) ** 2, 0) / (numbers.length - 1));
const signed = (value: number): string => (value < 0 ? '−' : '+') + Math.abs(value).toFixed(3);

/** A corpus's arms, in Markdown. */
function table(name: string, results: readonly SeedResult[]): string {
  const rows = ARMS.flatMap((arm) => {
    const scores = results.flatMap((result) => result.arms[arm] ?? []);
    if (scores.length === 0) return [];
    const comparisons = results.flatMap((result) => result.comparisons.filter(({ second }) => second === arm));
    const better = comparisons.filter(({ interval }) => interval[0] > 0).length;
    const worse = comparisons.filter(({ interval }) => interval[1] < 0).length;
    const figures = (['precision', 'recall', 'f1'] as const).map((key) =>
      mean(scores.map((each) => each[key])).toFixed(3),
    );
    const spread = deviation(scores.map(({ f1 }) => f1)).toFixed(3);
    const against =
      comparisons.length === 0
        ? ['', '', '']
        : [signed(mean(comparisons.map(({ difference }) => difference))), String(better), String(worse)];
    const collapsed = scores.reduce((sum, { collapse }) => sum + collapse.members, 0);
    return [[definitions[arm].title, ...figures, spread, ...against, String(collapsed)]];
  });
  const head = [
    '',
    'precision',
    'recall',
    'F1',
    'SD',
    'DARE over it',
    'seeds better',
    'seeds worse',
    'learned nothing',
  ];
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return `${name}, ${results.length} seeds\n\n${lines.join('\n')}\n`;
}

const corpora = values.corpus.map((given) => {
  const [name, path] = given.split('=');
  if (!name || !path) throw new Error(`--corpus ${given}: give NAME=PATH`);
  return { name, path };
});
if (corpora.length === 0) throw new Error('give at least one --corpus NAME=PATH');

const results: Record<string, SeedResult[]> = {};
for (const { name, path } of corpora) {
  results[name] = [];
  for (const seed of values.seeds.split(',').map(Number)) {
    results[name].push(await measure(name, path, seed));
    await writeJson(RESULTS, { machine: cpus()[0]?.model, settings: { ...settings, positives }, corpora: results });
  }
  console.log(table(name, results[name]));
}
