/**
 * An ensemble as one classifier: masked sentences in, the majority's relation out, as in the run that trained it.
 *
 * The members stay in memory where all of them fit into half of the GPU's own, or of what is free on the machine. Else each is loaded for a portion of sentences and let go
 * again: an ensemble of any size then needs the memory of one member.
 */
import { stat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { classifierInput } from '../classification/classifier-input.ts';
import type { ClassifierModel } from '../classification/classifier-input.ts';
import { ClassifierScorer, NULL_CLASS } from '../classification/relation-classifier.ts';
import type { Placeholders } from '../corpus/placeholders.ts';
import type { Label } from '../evaluation/scores.ts';
import { labelOf } from '../evaluation/threshold.ts';
import { majorityVote } from '../evaluation/voting.ts';
import type { Monitor } from '../foundation/progress.ts';
import { Resources } from '../foundation/resources.ts';
import { bertClassifierScoring } from '../nn/bert.ts';
import { loadWeights, openBert } from '../nn/model.ts';
import type { Device } from '../runtime/device.ts';
import { requireFinite } from '../runtime/finite.ts';
import type { TrainedMember } from './finished-run.ts';

/** What an ensemble says of a sentence. */
export interface Prediction {
  /** The majority's relation; null where it says that none holds. */
  readonly relation: Label;
  /** Share of the members that say so. */
  readonly share: number;
  /** Mean probabilities over the members: L in its order, then null. */
  readonly probabilities: readonly number[];
}

export interface EnsembleOptions {
  readonly relations: readonly string[];
  /** As the classifiers read them. */
  readonly placeholders: readonly Placeholders[];
  /** Tokens of a sequence at most, special tokens included. */
  readonly maxLength: number;
  readonly batchSize: number;
  readonly monitor: Monitor;
  /** Bytes of weights kept in memory between portions; half of the device's own, or of what is free, unless given. */
  readonly memory?: number;
}

interface LoadedMember {
  readonly scorer: ClassifierScorer;
  dispose(): Promise<void>;
}

export class EnsemblePredictor {
  readonly #device: Device;
  readonly #members: readonly TrainedMember[];
  readonly #options: EnsembleOptions;
  readonly #model: ClassifierModel;
  readonly #maxLength: number;
  readonly #staysLoaded: boolean;
  readonly #loaded = new Map<TrainedMember, LoadedMember>();

  private constructor(
    device: Device,
    members: readonly TrainedMember[],
    options: EnsembleOptions,
    model: ClassifierModel,
    staysLoaded: boolean,
  ) {
    this.#device = device;
    this.#members = members;
    this.#options = options;
    this.#model = model;
    this.#maxLength = Math.min(options.maxLength, model.config.max_position_embeddings);
    this.#staysLoaded = staysLoaded;
  }

  /** @throws UserError when a member's folder is damaged. */
  static async open(
    device: Device,
    members: readonly TrainedMember[],
    options: EnsembleOptions,
  ): Promise<EnsemblePredictor> {
    // All members of an ensemble start from one model and have one vocabulary.
    const model = await openBert(members[0]!.folder);
    const sizes = await Promise.all(members.map(({ folder }) => weightBytes(folder)));
    const size = sizes.reduce((sum, bytes) => sum + bytes, 0);
    const memory = options.memory ?? (device.memory ?? process.availableMemory()) / 2;
    const staysLoaded = members.length === 1 || size <= memory;
    return new EnsemblePredictor(device, members, options, model, staysLoaded);
  }

  /** Predictions of masked sentences, in their order. All are held in memory: give a portion at a time. */
  async predict(sentences: readonly string[]): Promise<Prediction[]> {
    const { relations, monitor } = this.#options;
    if (sentences.length === 0) return [];
    const rows = await this.probabilities(sentences);
    monitor.checkpoint();
    return sentences.map((_, index) => {
      const ballots = this.#members.map(({ threshold }, member) => {
        const probabilities = rows[member]![index]!;
        return { label: labelOf(probabilities, relations, threshold), probabilities };
      });
      const relation = majorityVote(ballots, relations);
      const share = ballots.filter(({ label }) => label === relation).length / ballots.length;
      const probabilities = [...relations, NULL_CLASS].map(
        (_, place) => ballots.reduce((sum, ballot) => sum + ballot.probabilities[place]!, 0) / ballots.length,
      );
      return { relation, share, probabilities };
    });
  }

  /** Probabilities by member and sentence, L in its order, then null. */
  async probabilities(sentences: readonly string[]): Promise<Float32Array[][]> {
    const inputs = sentences.map((text) =>
      classifierInput(this.#model, text, this.#options.placeholders, this.#maxLength),
    );
    const rows: Float32Array[][] = [];
    for (const member of this.#members) {
      this.#options.monitor.checkpoint();
      const loaded = this.#loaded.get(member) ?? (await this.#load(member));
      try {
        const own = await loaded.scorer.probabilities(inputs);
        for (const row of own) requireFinite(row, this.#device.precision, member.folder);
        rows.push(own);
      } finally {
        if (!this.#staysLoaded) await loaded.dispose();
      }
    }
    return rows;
  }

  async #load(member: TrainedMember): Promise<LoadedMember> {
    const { relations, batchSize } = this.#options;
    const model = await openBert(member.folder);
    const classes = relations.length + 1;
    const held = new Resources();
    try {
      const { parameters } = await loadWeights(this.#device, model, bertClassifierScoring(model.config, classes), {
        trainable: false,
      });
      held.add(parameters);
      const scorer = held.add(await ClassifierScorer.create(this.#device, model, parameters, classes, batchSize));
      const loaded: LoadedMember = { scorer, dispose: () => held.dispose() };
      if (this.#staysLoaded) this.#loaded.set(member, loaded);
      return loaded;
    } catch (error) {
      await held.dispose();
      throw error;
    }
  }

  async dispose(): Promise<void> {
    for (const loaded of this.#loaded.values()) await loaded.dispose();
    this.#loaded.clear();
  }
}

async function weightBytes(folder: string): Promise<number> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.safetensors'));
  const sizes = await Promise.all(files.map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
