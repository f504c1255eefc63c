/**
 * What trainings cost on this machine, found by doing a few updates of a model of the same shape from random weights, as the run would do them: with its
 * adapters, its gradient checkpointing, and no more rows at once than memory holds.
 *
 * Time is measured; memory is reckoned from the graph (nn/model-memory.ts), since what a process holds tells of all that it did before as well.
 */
import type { ModelConfig } from '../checkpoint/config.ts';
import { Resources } from '../foundation/resources.ts';
import { decoderFeeds, encoderFeeds, entityFeeds, labelFeeds } from '../nn/batch.ts';
import { initialize } from '../nn/initialize.ts';
import { trainingOf } from '../nn/model-memory.ts';
import type { TrainingManner } from '../nn/model-memory.ts';
import { specificationsOf } from '../nn/model.ts';
import type { Device, Feeds } from '../runtime/device.ts';
import { ADAM_DEFAULTS } from '../runtime/device.ts';
import type { Devices } from './devices.ts';

/** A model as it is trained. */
export interface MeasuredTraining {
  readonly config: ModelConfig;
  readonly manner: TrainingManner;
  /** Examples run at once. */
  readonly rows: number;
  readonly threads: number;
}

export interface TrainingTime {
  /** Forward and backward, of one token. */
  readonly secondsPerToken: number;
  readonly secondsPerUpdate: number;
}

const MEASURED_UPDATES = 3;
/** A few more or fewer make no difference. */
const CLASSES = 2;

/** Measures a training's time on a device. @param tokens of a row. */
export async function measureTraining(
  device: Device,
  { config, manner, rows }: Omit<MeasuredTraining, 'threads'>,
  tokens: number,
): Promise<TrainingTime> {
  const { graph, loss, isTrained } = trainingOf(config, { ...manner, classes: CLASSES });
  const held = new Resources();
  try {
    const parameters = held.add(await device.createParameters(specificationsOf(graph), { trainable: isTrained }));
    await initialize(parameters, config, 1);
    const optimizer = { ...ADAM_DEFAULTS, weightDecay: () => 0 };
    const program = held.add(await device.createTrainingProgram(graph, loss, parameters, optimizer));
    const feeds = someFeeds(config, rows, tokens);
    const fastest = { batch: Infinity, update: Infinity };
    for (let update = 0; update < MEASURED_UPDATES; update++) {
      const start = performance.now();
      await program.accumulate(feeds, [update]);
      const between = performance.now();
      await program.update({ learningRate: 1e-6, maxGradientNorm: 1 });
      fastest.batch = Math.min(fastest.batch, between - start);
      fastest.update = Math.min(fastest.update, performance.now() - between);
    }
    return { secondsPerToken: fastest.batch / 1000 / (rows * tokens), secondsPerUpdate: fastest.update / 1000 };
  } finally {
    await held.dispose();
  }
}

function someFeeds(config: ModelConfig, rows: number, tokens: number): Feeds {
  const ids = Array.from({ length: tokens }, (_, index) => index % config.vocab_size);
  const batch = Array.from({ length: rows }, () => ids);
  if (config.model_type === 'gpt2') return decoderFeeds(batch, 1 / (rows * tokens));
  return {
    ...encoderFeeds(
      batch.map((sequence) => ({ ids: sequence })),
      0,
    ),
    ...(config.classifier_head === 'entity-markers' && entityFeeds(batch.map(() => ({ head: 1, tail: 2 })))),
    ...labelFeeds(
      batch.map((_, row) => row % CLASSES),
      batch.map(() => 1 / rows),
    ),
  };
}

/** How trainings are measured: in this process, or in another. */
type Measure = (device: Device, training: MeasuredTraining, tokens: number) => Promise<TrainingTime>;

/** Times of trainings on this machine, each kind measured once. */
export class ModelCosts {
  readonly #devices: Devices;
  readonly #measureOn: Measure;
  readonly #measured = new Map<string, Promise<TrainingTime>>();

  constructor(devices: Devices, measure: Measure = measureTraining) {
    this.#devices = devices;
    this.#measureOn = measure;
  }

  /** @param tokens of a row, where it is measured for the first time. */
  of(training: MeasuredTraining, tokens: number): Promise<TrainingTime> {
    const name = JSON.stringify(training);
    let measured = this.#measured.get(name);
    if (!measured) this.#measured.set(name, (measured = this.#measure(training, tokens)));
    return measured;
  }

  async #measure(training: MeasuredTraining, tokens: number): Promise<TrainingTime> {
    return this.#measureOn(await this.#devices.get(training.threads), training, tokens);
  }
}
