/**
 * `dare reproduce`: experiments as one set of runs over one store.
 *
 * All that is asked for is planned first, and then done as one graph of tasks. A result file is written for each experiment whenever one of its runs is
 * finished, so that what stands can be looked at while the rest is done, and after it was stopped.
 */
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { RANDOM_MODEL } from '../../nn/initialize.ts';
import { predictionSchema } from '../../dare/run-scores.ts';
import { compareLabels } from '../../dare/compare-arms.ts';
import { readAllJsonLines } from '../../foundation/json-lines.ts';
import { UserError } from '../../foundation/errors.ts';
import { kindAt, writeJson } from '../../foundation/files.ts';
import { VERSION } from '../../foundation/version.ts';
import { processorName } from '../../runtime/processor.ts';
import { JoinedRuns } from '../../tasks/joined-runs.ts';
import type { JoinedOptions } from '../../tasks/joined-runs.ts';
import type { JoinedPreview } from '../../tasks/preview.ts';
import { adaptedModel, configurationOf } from './cell-run.ts';
import { findCorpora } from './corpora.ts';
import type { CorpusName } from './corpora.ts';
import type { Cell, Experiment, Pair } from './experiment.ts';
import { readFinished } from './finished.ts';
import type { Finished } from './finished.ts';
import { cellResult } from './cell-result.ts';
import type { CellResult, CorpusSizes, ExperimentResult, Machine, PairResult, Sources } from './results.ts';
import type { ReproductionSettings } from './settings.ts';
import { measureCorpus } from './sizes.ts';
import { sourcesOf, sourcesWithin } from './sources.ts';
import { randomTwin } from './vanilla-generator.ts';

export interface ReproductionOptions extends JoinedOptions {
  /** The folder that holds the corpora. */
  readonly corpora: string;
  /** The folder of the result files. */
  readonly results: string;
  /** A folder of result files whose runs are taken over where they are the same. */
  readonly finished?: string | undefined;
}

/** What is to be done, and how long it takes. */
export interface ReproductionPreview extends JoinedPreview {
  readonly experiments: readonly {
    readonly id: string;
    /** Its runs, and how much of what is missing falls to it, where what is shared counts for the first that needs it. */
    readonly cells: number;
    readonly missing: number;
    readonly seconds: number;
  }[];
}

interface Planned {
  readonly experiment: Experiment;
  readonly cells: readonly Cell[];
  readonly pairs: readonly Pair[];
  readonly sources: Sources;
  readonly finished: Finished;
}

export class Reproduction {
  readonly #settings: ReproductionSettings;
  readonly #options: ReproductionOptions;
  readonly #experiments: readonly Planned[];
  readonly #sizes: Partial<Record<CorpusName, CorpusSizes>>;
  /** Those that are done here. */
  readonly #cells: readonly Cell[];
  readonly #runs: JoinedRuns;
  readonly #results = new Map<string, CellResult>();
  readonly #pairs = new Map<Pair, PairResult>();

  private constructor(
    settings: ReproductionSettings,
    options: ReproductionOptions,
    plan: { experiments: readonly Planned[]; cells: readonly Cell[] },
    sizes: Partial<Record<CorpusName, CorpusSizes>>,
    runs: JoinedRuns,
  ) {
    this.#settings = settings;
    this.#options = options;
    this.#experiments = plan.experiments;
    this.#cells = plan.cells;
    this.#sizes = sizes;
    this.#runs = runs;
    for (const { pairs, finished } of plan.experiments) {
      for (const result of finished.cells) this.#results.set(result.id, result);
      for (const result of finished.pairs) {
        const pair = pairs.find(({ name, seed }) => name === result.name && seed === result.seed);
        if (pair) this.#pairs.set(pair, result);
      }
    }
  }

  /** Finds the corpora, and plans all runs. `close` it when done. @throws UserError where something is missing. */
  static async plan(
    experiments: readonly Experiment[],
    settings: ReproductionSettings,
    options: ReproductionOptions,
  ): Promise<Reproduction> {
    const { folder, monitor, offline, finished } = options;
    if (finished !== undefined && (await kindAt(finished)) !== 'folder') {
      throw new UserError('no such folder', { where: finished, remedy: 'name the one of the result files' });
    }
    const needed = [...new Set(experiments.flatMap(({ corpora }) => corpora))];
    const found = await findCorpora(options.corpora, needed);
    const adapted = adaptedModel(settings);

    const { seeds, armsSeeds } = settings;
    const figure1Seeds = settings.figure1Seeds ?? seeds;
    const sizes: Partial<Record<CorpusName, CorpusSizes>> = {};
    let positives = 0;
    const stage = 'reading the corpora';
    const start = performance.now();
    for (const [index, name] of needed.entries()) {
      monitor.report({ kind: 'step', stage, done: index, total: needed.length, figures: {} });
      const measured = await measureCorpus(name, settings, found, Math.max(seeds, figure1Seeds));
      sizes[name] = measured.sizes;
      if (name === 'cdr') ({ positives } = measured);
    }
    monitor.report({ kind: 'done', stage, seconds: (performance.now() - start) / 1000, figures: {} });
    const sources = await sourcesOf(needed, settings, found, { offline, monitor });
    const planned: Planned[] = [];
    for (const experiment of experiments) {
      const cells = experiment.cells({ seeds, figure1Seeds, armsSeeds, positives });
      const asked = { experiment, cells, pairs: experiment.pairs?.(cells) ?? [] };
      const own = sourcesWithin(sources, experiment.corpora);
      const expected = { settings: withoutPaths(settings), sources: own };
      const stands = await readFinished(finished, asked, expected);
      if (finished !== undefined && stands.beyond > 0 && resolve(finished) === resolve(options.results)) {
        throw new UserError(`${experiment.id} has more runs there than are asked for, and would be written over`, {
          where: finished,
          remedy: 'ask for as many seeds, or give another folder with --results',
        });
      }
      planned.push({ ...asked, sources: own, finished: stands });
    }
    const cells = missingCells(planned);
    const runs = await JoinedRuns.plan(async () => {
      const isRandom = settings.generator.model === RANDOM_MODEL;
      const twin = join(folder, 'models', 'vanilla-generator');
      const vanilla = isRandom ? await randomTwin(adapted, twin, { offline, monitor }) : settings.generator.model;
      return cells.map((cell) => ({
        folder: join(folder, 'runs', cell.id),
        configuration: configurationOf(cell, { settings, found, starts: { adapted, vanilla } }),
      }));
    }, options);
    return new Reproduction(settings, options, { experiments: planned, cells }, sizes, runs);
  }

  async preview(): Promise<ReproductionPreview> {
    const preview = await this.#runs.preview();
    const seen = new Set<string>();
    const experiments = this.#experiments.map(({ experiment, cells }) => {
      const own = this.#cells.flatMap(({ id }, place) =>
        !seen.has(id) && cells.some((cell) => cell.id === id) ? preview.runs[place]! : [],
      );
      for (const { id } of cells) seen.add(id);
      const sum = (of: (run: (typeof own)[number]) => number): number => own.reduce((total, run) => total + of(run), 0);
      return {
        ...{ id: experiment.id, cells: cells.length },
        missing: sum(({ missing }) => missing),
        seconds: sum(({ seconds }) => seconds),
      };
    });
    return { ...preview, experiments };
  }

  /** Does all that is missing. @returns the results, as their files hold them. */
  async perform(): Promise<ExperimentResult[]> {
    const { monitor, folder } = this.#options;
    const start = performance.now();
    for (const { experiment, cells } of this.#experiments) {
      if (cells.some(({ id }) => this.#results.has(id))) await this.#write(experiment.id);
    }
    let done = 0;
    await this.#runs.perform(async (place, result) => {
      const cell = this.#cells[place]!;
      this.#results.set(cell.id, cellResult(cell, result));
      monitor.report({
        kind: 'done',
        stage: `run ${++done} of ${this.#cells.length}: ${cell.id}`,
        seconds: (performance.now() - start) / 1000,
        figures: Object.fromEntries(Object.entries(result.scores.arms).map(([arm, { f1 }]) => [`F1 ${arm}`, f1])),
      });
      for (const { experiment, cells, pairs } of this.#experiments) {
        if (!cells.some(({ id }) => id === cell.id)) continue;
        for (const pair of pairs) await this.#compare(pair, join(folder, 'runs'));
        await this.#write(experiment.id);
      }
    });
    return this.#experiments.map(({ experiment }) => this.#resultOf(experiment.id));
  }

  /** Compares two runs when both are finished. */
  async #compare(pair: Pair, folder: string): Promise<void> {
    const { name, seed, first, second } = pair;
    if (this.#pairs.has(pair) || !this.#results.has(first) || !this.#results.has(second)) return;
    const [one, other] = await Promise.all(
      [first, second].map((id) => readAllJsonLines(join(folder, id, 'predictions.jsonl'), predictionSchema)),
    );
    const data = { labels: one!.map(({ relation }) => relation), documents: one!.map(({ document }) => document) };
    const byDare = (predictions: NonNullable<typeof one>) => predictions.map(({ predicted }) => predicted.dare ?? null);
    const { difference, interval, mcNemar } = compareLabels(data, byDare(one!), byDare(other!), seed);
    this.#pairs.set(pair, { name, seed, difference, interval, mcNemar });
  }

  async #write(id: string): Promise<void> {
    await writeJson(join(this.#options.results, `${id}.json`), this.#resultOf(id));
  }

  #resultOf(id: string): ExperimentResult {
    const { experiment, cells, pairs, sources } = this.#experiments.find((each) => each.experiment.id === id)!;
    return {
      experiment: id,
      machines: this.#machinesOf(cells),
      versions: { dare: VERSION, node: process.versions.node },
      settings: withoutPaths(this.#settings),
      sources,
      cellsInAll: cells.length,
      corpora: Object.fromEntries(experiment.corpora.map((name) => [name, this.#sizes[name]!])),
      cells: cells.flatMap((cell) => this.#results.get(cell.id) ?? []),
      pairs: pairs.flatMap((pair) => this.#pairs.get(pair) ?? []),
    };
  }

  /** Where those of these cells that are done were done. */
  #machinesOf(cells: readonly Cell[]): Machine[] {
    const has = (all: readonly { id: string }[]): boolean =>
      all.some(({ id }) => this.#results.has(id) && cells.some((cell) => cell.id === id));
    const here = { processor: processorName(), cores: availableParallelism() };
    const others = this.#experiments.flatMap(({ finished }) => (has(finished.cells) ? finished.machines : []));
    const machines = [...(has(this.#cells) ? [here] : []), ...others];
    return machines.filter(
      (machine, place) => machines.findIndex((each) => isDeepStrictEqual(each, machine)) === place,
    );
  }

  async close(): Promise<void> {
    await this.#runs.close();
  }
}

/** Cells that no file has. */
function missingCells(planned: readonly Planned[]): Cell[] {
  const has = new Set(planned.flatMap(({ finished }) => finished.cells.map(({ id }) => id)));
  return cellsOnce(planned.flatMap(({ cells }) => cells)).filter(({ id }) => !has.has(id));
}

/** Cells that several experiments have, once. */
export function cellsOnce(cells: readonly Cell[]): Cell[] {
  return [...new Map(cells.map((cell) => [cell.id, cell])).values()];
}

/** Models by what they are called, and not by where they lie. */
function withoutPaths(settings: ReproductionSettings): ReproductionSettings {
  const nameOf = (model: string): string => model.split(/[\\/]/).slice(-2).join('/');
  const { adapted, generator, classifier } = settings;
  return {
    ...settings,
    adapted: adapted === null ? null : nameOf(adapted),
    generator: { ...generator, model: nameOf(generator.model) },
    classifier: { ...classifier, model: nameOf(classifier.model) },
  };
}
