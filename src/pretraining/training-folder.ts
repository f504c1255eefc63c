/**
 * What a pretraining keeps in its folder, beside its checkpoints and at last its model: what is known of the text, the learning curve, the sentences written on
 * the way, the devices it ran on, and the result.
 */
import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { isScratch, kindAt, readJson, writeJson } from '../foundation/files.ts';
import { readAllJsonLines, writeJsonLines } from '../foundation/json-lines.ts';
import { curvePointSchema } from '../training/train-by-budget.ts';
import type { CurvePoint } from '../training/train-by-budget.ts';
import type { Stage } from './identity.ts';
import type { TokenStatistics } from './statistics.ts';

const statisticsSchema = z.object({
  /** The training they belong to. */
  key: z.string(),
  tokens: z.int(),
  textTokens: z.int(),
  unknown: z.int(),
  cutDocuments: z.int(),
});

const resultSchema = z.object({
  updates: z.int(),
  tokens: z.int(),
  /** Time used, measurements included, interruptions not. */
  seconds: z.number(),
  /** Figures on held-out text at the end. */
  heldOut: z.record(z.string(), z.number()),
  /** The number format that the model was written in; trainings were finished before it was kept. */
  dtype: z.string().optional(),
});
export type FolderResult = z.infer<typeof resultSchema>;

const samplesSchema = z.object({ update: z.int(), texts: z.array(z.string()) });
/** Sentences written after so many updates. */
export type Samples = z.infer<typeof samplesSchema>;

const RESULT = 'result.json';
const SAMPLES = 'samples.jsonl';
const CURVE = 'curve.jsonl';
const DEVICES = 'devices.json';
const devicesSchema = z.array(z.string());

export class TrainingFolder {
  readonly model: string;
  readonly checkpoints: string;
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
    this.model = join(path, 'model');
    this.checkpoints = join(path, 'checkpoints');
  }

  /** Whether it holds weights, of a checkpoint or of the end. @throws when that cannot be told: what is there would be taken for nothing. */
  async stage(): Promise<Stage> {
    const names = await readdir(this.#path);
    if (names.includes(RESULT)) return 'finished';
    const checkpoints = names.includes(basename(this.checkpoints)) ? await readdir(this.checkpoints) : [];
    // A first checkpoint that a process was killed writing is none.
    return checkpoints.some((name) => !isScratch(name)) ? 'begun' : 'empty';
  }

  /** Removes what an attempt that learned nothing left behind: it would be told of the next one, which may be another training. */
  async forgetAttempt(): Promise<void> {
    for (const name of [DEVICES, SAMPLES, CURVE]) await rm(join(this.#path, name), { force: true });
  }

  /** The result, when the training is finished. */
  async result(): Promise<FolderResult | undefined> {
    const path = join(this.#path, RESULT);
    return (await kindAt(path)) ? readJson(path, resultSchema) : undefined;
  }

  async finish(result: FolderResult): Promise<void> {
    await writeJson(join(this.#path, RESULT), result);
  }

  /** The statistics of the text, counted once a training. */
  async statistics(key: string, count: () => Promise<TokenStatistics>): Promise<TokenStatistics> {
    const path = join(this.#path, 'text.json');
    if (await kindAt(path)) {
      const known = await readJson(path, statisticsSchema);
      if (known.key === key) return known;
    }
    const statistics = await count();
    await writeJson(path, { key, ...statistics });
    return statistics;
  }

  /** The devices that it ran on so far, in order, none twice in a row. */
  async devices(): Promise<string[]> {
    const path = join(this.#path, DEVICES);
    return (await kindAt(path)) ? readJson(path, devicesSchema) : [];
  }

  /** Writes down that the training runs, or goes on, on a device. */
  async runsOn(device: string): Promise<void> {
    const known = await this.devices();
    if (known.at(-1) !== device) await writeJson(join(this.#path, DEVICES), [...known, device]);
  }

  async writeCurve(curve: readonly CurvePoint[]): Promise<void> {
    await writeJsonLines(join(this.#path, CURVE), curve);
  }

  async curve(): Promise<CurvePoint[]> {
    const path = join(this.#path, CURVE);
    return (await kindAt(path)) ? readAllJsonLines(path, curvePointSchema) : [];
  }

  /** Adds sentences; those of later updates are from before an interruption, and go. */
  async addSamples(samples: Samples): Promise<void> {
    const earlier = (await this.#samples()).filter(({ update }) => update < samples.update);
    await writeJsonLines(join(this.#path, SAMPLES), [...earlier, samples]);
  }

  async lastSamples(): Promise<string[]> {
    return (await this.#samples()).at(-1)?.texts ?? [];
  }

  async #samples(): Promise<Samples[]> {
    const path = join(this.#path, SAMPLES);
    return (await kindAt(path)) ? readAllJsonLines(path, samplesSchema) : [];
  }
}
