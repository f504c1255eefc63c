/**
 * What the in-domain stage does (the paper's table 3, at the size of the models that ship): the generator from random weights and from PubMed abstracts, same shape, same
 * tokenizer, on CDR's training data, scored on its development data.
 *
 *   tsx bench/in-domain.ts --corpus CDR [--out out/in-domain] [--positives 800] [--epochs 5] [--learning-rate 1e-3] [--classifier dare/bert-small-pubmed] [--members 3]
 *
 * Writes docs/results/in-domain-cdr.json and docs/in-domain.md. An interrupted measurement goes on where it stopped.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { resolveModel } from '../src/checkpoint/hub.ts';
import { SHIPPED_BERT, SHIPPED_GPT2 } from '../src/checkpoint/shipped-models.ts';
import { runConfigurationSchema } from '../src/dare/configuration.ts';
import type { RunConfiguration } from '../src/dare/configuration.ts';
import { compareLabels } from '../src/dare/compare-arms.ts';
import { presets } from '../src/dare/presets.ts';
import { prepareCorpus } from '../src/dare/prepared-corpus.ts';
import { writeJson } from '../src/foundation/files.ts';
import { readAllJsonLines } from '../src/foundation/json-lines.ts';
import { Monitor } from '../src/foundation/progress.ts';
import { perplexities } from '../src/generation/perplexity.ts';
import type { TextPerplexity } from '../src/generation/perplexity.ts';
import { distributionOf } from '../src/generation/quality/distributions.ts';
import { measureQuality } from '../src/generation/quality/quality.ts';
import { initialize, RANDOM_MODEL } from '../src/nn/initialize.ts';
import { gpt2Training } from '../src/nn/gpt2.ts';
import { openGpt2, saveModel, specificationsOf } from '../src/nn/model.ts';
import { CpuDevice } from '../src/runtime/cpu/cpu-device.ts';
import { readAcceptedSentences } from '../src/tasks/pool-file.ts';
import { runDare } from '../src/tasks/run.ts';
import { statusOf } from '../src/tasks/status.ts';
import { inDomainPage } from './in-domain-page.ts';
import type { GeneratorResult, InDomainResults, SentencesPerplexity } from './in-domain-page.ts';
import { machineName } from './surroundings.ts';

const { values } = parseArgs({
  options: {
    corpus: { type: 'string', default: '' },
    out: { type: 'string', default: 'out/in-domain' },
    positives: { type: 'string', default: '800' },
    epochs: { type: 'string', default: '5' },
    'learning-rate': { type: 'string', default: '1e-3' },
    classifier: { type: 'string', default: SHIPPED_BERT },
    members: { type: 'string', default: '3' },
  },
});

const RELATION = 'CID';
const SEED = 1;
const CHECKPOINT_SECONDS = 30;

const monitor = new Monitor((event) => {
  if (event.kind === 'done') console.log(`${event.stage}: ${event.seconds.toFixed(0)} s`);
  if (event.kind === 'note') console.log(event.text);
});
const device = new CpuDevice();

/** A model of the same shape, with the same tokenizer, and random weights. */
async function writeRandomTwin(of: string, folder: string): Promise<string> {
  const model = await openGpt2(of);
  const { graph } = gpt2Training(model.config);
  const parameters = await device.createParameters(specificationsOf(graph), { trainable: true });
  await initialize(parameters, model.config, SEED);
  await saveModel(folder, model, parameters, { architecture: 'GPT2LMHeadModel' });
  await parameters.dispose();
  return folder;
}

/** exp of the mean negative log-likelihood of a token: of all texts' tokens, and sentence by sentence. */
function summarize(texts: readonly TextPerplexity[]): SentencesPerplexity {
  const nats = texts.reduce((sum, { negativeLogLikelihood }) => sum + negativeLogLikelihood, 0);
  const overall = Math.exp(nats / texts.reduce((sum, { tokens }) => sum + tokens - 1, 0));
  const each = texts.map(({ negativeLogLikelihood, tokens }) => Math.exp(negativeLogLikelihood / (tokens - 1)));
  return { overall, ...distributionOf(each)! };
}

const perplexityOf = async (folder: string, texts: readonly string[]): Promise<SentencesPerplexity> =>
  summarize(await perplexities(device, folder, texts, { batchSize: 32, monitor, cut: true }));

const describeTraining = ({
  epochs: passes,
  learningRate: rate,
  batchSize,
  head,
}: RunConfiguration['classifier']): string =>
  `${passes} epochs at a learning rate of ${rate} in batches of ${batchSize}, read at ${head === 'cls' ? '[CLS]' : 'the entities'}`;

const predictionSchema = z.object({
  document: z.string(),
  relation: z.string().nullable(),
  predicted: z.record(z.string(), z.string().nullable()),
});

await mkdir(values.out, { recursive: true });
const pubmed = await resolveModel(SHIPPED_GPT2, { offline: true });
const starts = { random: await writeRandomTwin(pubmed, join(values.out, 'random-gpt2')), pubmed };

const epochs = Number(values.epochs);
const learningRate = Number(values['learning-rate']);
const classifier = values.classifier === RANDOM_MODEL ? { epochs: 5, learningRate: 5e-4 } : presets.small.classifier;
const configurationOf = (model: string) =>
  runConfigurationSchema.parse({
    corpus: { path: values.corpus, positives: Number(values.positives) },
    // Perplexities are measured after the pools stand.
    generator: { model, epochs, batchSize: 16, accumulation: 1, learningRate, warmup: 0.1, keepWeights: true },
    sampling: { poolFactor: 2 },
    classifier: { ...classifier, model: values.classifier, keepWeights: false },
    ensemble: { size: Number(values.members), arms: model === starts.random ? ['dare', 'gold'] : ['dare'] },
    seed: SEED,
    checkpointSeconds: CHECKPOINT_SECONDS,
  });

const { corpus: corpusSettings } = configurationOf(pubmed);
const corpus = await prepareCorpus({ ...corpusSettings, seed: SEED }, new Monitor());
const positivesOf = (part: 'train' | 'test'): string[] =>
  corpus[part].flatMap(({ relation, text }) => (relation === RELATION ? text : []));
const [gold, development] = [positivesOf('train'), positivesOf('test')];

const measured = {} as Record<keyof typeof starts, GeneratorResult>;
const predictions: Record<string, (string | null)[]> = {};
const labels: (string | null)[] = [];
const documents: string[] = [];
let goldOnly: InDomainResults['goldOnly'] | undefined;
for (const name of ['random', 'pubmed'] as const) {
  const start = starts[name];
  const folder = join(values.out, `run-${name}`);
  const result = await runDare(configurationOf(start), { folder, device, monitor, offline: true });
  const pool = result.pools[0]!;
  const accepted = await readAcceptedSentences(pool.path);
  const { steps } = await statusOf(folder);
  const tuned = steps.find(({ kind }) => kind === 'generator')!.folder;
  const scored = await perplexities(device, pubmed, accepted, { batchSize: 32, monitor, cut: true });
  const quality = measureQuality(accepted, gold, { placeholders: corpus.placeholders, perplexities: scored });
  const { precision, recall, f1, interval, memberF1 } = result.scores.arms.dare!;
  measured[name] = {
    perplexity: {
      untuned: await perplexityOf(start, development),
      tuned: await perplexityOf(join(tuned, 'model'), development),
    },
    attempts: pool.attempts,
    counts: pool.counts,
    accepted: accepted.length,
    wanted: pool.wanted,
    longestCopy: quality.longestCopy,
    copiedFourGrams: quality.novelty[3] === null ? null : 1 - quality.novelty[3],
    distinct: quality.diversity,
    goldDistinct: quality.goldDiversity,
    pubmedPerplexity: quality.perplexity,
    examples: accepted.slice(0, 3),
    scores: { precision, recall, f1, interval, memberF1 },
  };
  const rows = await readAllJsonLines(join(folder, 'predictions.jsonl'), predictionSchema);
  predictions[name] = rows.map(({ predicted }) => predicted['dare'] ?? null);
  const control = result.scores.arms.gold;
  if (control) {
    predictions['gold'] = rows.map(({ predicted }) => predicted['gold'] ?? null);
    labels.push(...rows.map(({ relation }) => relation));
    documents.push(...rows.map(({ document }) => document));
    goldOnly = {
      precision: control.precision,
      recall: control.recall,
      f1: control.f1,
      interval: control.interval,
      memberF1: control.memberF1,
    };
  }
}

const data = { labels, documents, relations: corpus.relations };
const compare = (first: string, second: string) => ({
  first,
  second,
  ...compareLabels(data, predictions[first]!, predictions[second]!, SEED),
});
const results: InDomainResults = {
  machine: machineName(),
  corpus: {
    positives: gold.length,
    train: corpus.train.length,
    validation: corpus.validation.length,
    development: corpus.test.length,
    developmentPositives: development.length,
  },
  settings: {
    ...{ epochs, learningRate, members: Number(values.members) },
    ...{ classifier: values.classifier, classifierTraining: describeTraining(configurationOf(pubmed).classifier) },
    seed: SEED,
  },
  generators: measured,
  goldOnly: goldOnly!,
  goldPubmedPerplexity: await perplexityOf(pubmed, gold),
  comparisons: [compare('pubmed', 'random'), compare('pubmed', 'gold'), compare('random', 'gold')],
};
await writeJson('docs/results/in-domain-cdr.json', results);
const fourLayers = JSON.parse(await readFile('docs/results/in-domain-cdr-4-layers.json', 'utf8')) as InDomainResults;
await writeFile('docs/in-domain.md', inDomainPage(results, fourLayers));
await device.close();
