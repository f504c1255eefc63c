/** The tasks that make, read, review and measure pools of synthetic sentences. */
import { join } from 'node:path';
import { z } from 'zod';
import { readGivenPool } from '../dare/given-pool.ts';
import { heldOutAlarm, heldOutCopies, heldOutTexts } from '../dare/held-out-alarm.ts';
import type { HeldOutCopies } from '../dare/held-out-alarm.ts';
import { filterMaterial, poolFilters } from '../dare/pool-filters.ts';
import { measurePool } from '../dare/pool-quality.ts';
import { readPreparedCorpus } from '../dare/prepared-corpus.ts';
import type { PreparedCorpus } from '../dare/prepared-corpus.ts';
import { relationPlaceholders } from '../dare/relation-placeholders.ts';
import { applyVerdicts } from '../dare/verdicts.ts';
import { readJson, writeJson } from '../foundation/files.ts';
import { writeJsonLines } from '../foundation/json-lines.ts';
import type { Monitor } from '../foundation/progress.ts';
import { Resources } from '../foundation/resources.ts';
import { controlOf } from '../generation/control.ts';
import { countVerdicts } from '../generation/filters/filter.ts';
import type { JudgedSentence } from '../generation/pool.ts';
import { textFilters } from '../generation/filters/filters.ts';
import { FILTER_BATCH, perplexities } from '../generation/perplexity.ts';
import { fillPool, judgedByModels, sentenceId } from '../generation/pool.ts';
import type { PoolFilters } from '../generation/pool.ts';
import { SentenceJournal } from '../generation/sentence-journal.ts';
import { SentenceSampler } from '../generation/sentence-sampler.ts';
import { candidatesNeeded } from '../generation/token-sampler.ts';
import { gpt2Decoding } from '../nn/gpt2.ts';
import { loadWeights, openGpt2 } from '../nn/model.ts';
import { baseOf, inputOf } from './execution.ts';
import type { Execution, Executor } from './execution.ts';
import * as parameters from './parameters.ts';
import { POOL_FILE, readJudgedSentences } from './pool-file.ts';
import type { Task, TaskKind } from './task.ts';
import { REVIEW_FILE } from './unknown-verdicts.ts';

/** Sentences written at once, at most, for each that is wanted: not all are accepted. */
const ROWS_PER_WANTED = 2;

/** What a review changes in a pool's summary; the rest stands. */
const reviewedSummarySchema = z.looseObject({ wanted: z.int() });

export const poolExecutors = {
  pool: async (task, output, work, execution) => {
    const { relation, seed, adapted, controlled, wanted, maxAttempts, sampling, filter, samplingBatch } = {
      samplingBatch: execution.samplingBatch,
      ...parameters.poolParameters.parse(task.parameters),
    };
    const { device, monitor } = execution;
    const corpus = await readPreparedCorpus(inputOf(task, 'corpus', execution));
    const model = await openGpt2(
      join(inputOf(task, 'generator', execution), 'model'),
      adapted ? { base: baseOf(task, adapted.pretrained, execution) } : {},
    );
    const { config, tokenizer } = model;
    // What is half written when the pool is full is thrown away: of a few sentences not hundreds at once.
    const batchSize = samplingBatch ? Math.min(samplingBatch, ROWS_PER_WANTED * wanted) : undefined;
    const held = new Resources();
    try {
      const loaded = await loadWeights(device, model, gpt2Decoding(config, candidatesNeeded(sampling)), {
        trainable: false,
      });
      const weights = held.add(loaded.parameters);
      const sampler = held.add(
        await SentenceSampler.create(
          device,
          config,
          tokenizer,
          weights,
          { ...sampling, batchSize, withoutPrompt: controlled },
          controlled ? [controlOf(relation, corpus.relations)] : [''],
          { folder: model.folder },
        ),
      );
      const request = { stage: task.name, wanted, maxAttempts, seed, stream: ['pool', relation] };
      const { sentences, accepted, attempts, counts, missing, tokens } = await fillPool(
        sampler,
        filtersOf(task, corpus, relation, filter, seed, execution),
        request,
        await SentenceJournal.open(join(work, 'sentences.journal'), monitor),
        monitor,
      );
      if (missing > 0) {
        monitor.note(
          `${task.name}: ${missing} of ${wanted} sentences are missing after ${attempts} attempts (see sampling.attempts)`,
        );
      }
      const copies = soundAlarm(task, sentences, filter, corpus, monitor);
      await writeJsonLines(join(output, POOL_FILE), sentences);
      const figures = { relation, wanted, accepted, missing, attempts, tokens, counts };
      await writeJson(join(output, 'summary.json'), { ...figures, ...copies });
    } finally {
      await held.dispose();
    }
  },

  'given-pool': async (task, output, _, execution) => {
    const { relation, seed, file, filter } = parameters.givenPoolParameters.parse(task.parameters);
    const { monitor } = execution;
    const corpus = await readPreparedCorpus(inputOf(task, 'corpus', execution));
    const mainPlaceholders = (name: string) => relationPlaceholders(corpus, name)[0]!;
    const texts = (await readGivenPool(file.path, corpus.relations, mainPlaceholders)).get(relation) ?? [];
    const { text: chain, models } = filtersOf(task, corpus, relation, filter, seed, execution);
    const read = texts.map((text, index) => ({ id: sentenceId(text), index, text, ...chain.judge(text) }));
    const sentences = await judgedByModels(read, models);
    const copies = soundAlarm(task, sentences, filter, corpus, monitor);
    const counts = countVerdicts(sentences, [...chain.reasons, ...models.flatMap(({ reasons }) => reasons)]);
    await writeJsonLines(join(output, POOL_FILE), sentences);
    await writeJson(join(output, 'summary.json'), {
      relation,
      wanted: texts.length,
      accepted: counts.accepted,
      missing: 0,
      attempts: texts.length,
      tokens: 0,
      counts,
      ...copies,
    });
  },

  'reviewed-pool': async (task, output, _, execution) => {
    const { relation, verdicts, filter } = parameters.reviewedPoolParameters.parse(task.parameters);
    const corpus = await readPreparedCorpus(inputOf(task, 'corpus', execution));
    const folder = inputOf(task, 'pool', execution);
    const material = filterMaterial(corpus, relation);
    const filters = textFilters(filter, material);
    const { sentences, ...review } = applyVerdicts(
      await readJudgedSentences(join(folder, POOL_FILE)),
      verdicts,
      filters,
    );
    for (const { id, reason } of review.refused) {
      execution.monitor.note(`${task.name}: sentence ${id} cannot be training data all the same: ${reason}`);
    }
    const summary = await readJson(join(folder, 'summary.json'), reviewedSummarySchema);
    const counts = countVerdicts(sentences, []);
    const { accepted = 0 } = counts;
    // Of given sentences as many were wanted as there are, and none is missing.
    const missing = task.inputs['pool']!.kind === 'given-pool' ? 0 : Math.max(0, summary.wanted - accepted);
    const copies: KeptCopies =
      filter.heldOutCopies === 'keep' ? { heldOutCopies: heldOutCopies(sentences, filter, material) } : {};
    await writeJsonLines(join(output, POOL_FILE), sentences);
    await writeJson(join(output, 'summary.json'), { ...summary, accepted, missing, counts, ...copies });
    await writeJson(join(output, REVIEW_FILE), review);
  },

  quality: async (task, output, _, execution) => {
    const { relation, seed, untuned, learned } = parameters.qualityParameters.parse(task.parameters);
    const { device, monitor } = execution;
    const corpus = await readPreparedCorpus(inputOf(task, 'corpus', execution));
    const sentences = await readJudgedSentences(join(inputOf(task, 'pool', execution), POOL_FILE));
    const texts = sentences.map(({ text }) => text);
    const options = { batchSize: FILTER_BATCH, monitor, cut: true };
    const scores = untuned ? await perplexities(device, untuned.folder, texts, options) : undefined;
    const material = filterMaterial(corpus, relation, learned);
    const { quality, bySentence } = measurePool(relation, sentences, material, seed, scores);
    await writeJson(join(output, 'quality.json'), quality);
    await writeJsonLines(join(output, POOL_FILE), bySentence);
  },
} satisfies Partial<Record<TaskKind, Executor>>;

function filtersOf(
  task: Task,
  corpus: PreparedCorpus,
  relation: string,
  filter: parameters.FilterParameters,
  seed: number,
  execution: Execution,
): PoolFilters {
  const { device, monitor } = execution;
  return poolFilters(corpus, relation, filter, seed, {
    device,
    monitor,
    judge: (fold) => join(inputOf(task, `judge ${fold}`, execution), 'classifier'),
    untuned: () => baseOf(task, filter.perplexity!.untuned, execution),
  });
}

/** Says aloud how many sentences stand in held-out data. @returns what the pool's summary has of it. */
function soundAlarm(
  task: Task,
  sentences: readonly JudgedSentence[],
  filter: parameters.FilterParameters,
  corpus: PreparedCorpus,
  monitor: Monitor,
): KeptCopies {
  const copies = heldOutCopies(sentences, filter, heldOutTexts(corpus));
  const alarm = heldOutAlarm(copies, filter.heldOutCopies);
  if (alarm) monitor.note(`${task.name}: ${alarm}`);
  return filter.heldOutCopies === 'keep' ? { heldOutCopies: copies } : {};
}

/** Where copies of held-out data are kept, their number; where they are dropped the counts of verdicts tell. */
interface KeptCopies {
  readonly heldOutCopies?: HeldOutCopies;
}
