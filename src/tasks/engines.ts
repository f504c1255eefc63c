/** What a run's models run on, and how many at once. */
import type { RunConfiguration } from '../dare/configuration.ts';
import type { Monitor } from '../foundation/progress.ts';
import { FEWEST_ROWS } from '../generation/sampling-batch.ts';
import type { Precision } from '../graph/onnx/precision.ts';
import { parameterCount } from '../nn/model-memory.ts';
import { isOnProcessor } from '../runtime/open-device.ts';
import type { DeviceName } from '../runtime/open-device.ts';
import type { FoundGpu } from '../runtime/webgpu/probe.ts';
import { memoryBudget } from '../runtime/training-memory.ts';
import { gigabytes } from '../training/micro-batch.ts';
import type { Devices } from './devices.ts';
import type { PlannedTrainings } from './micro-batches.ts';
import { usesPools } from './plan.ts';
import { poolNeeds } from './pool-memory.ts';
import type { Surroundings } from './plan.ts';
import { configOf } from './surroundings.ts';
import { bytesAtOnce, defaultWorkers, threadsFor } from './threads.ts';

const NOTHING_WRITTEN = { batch: null, bytes: 0 };

export interface ChosenEngines {
  readonly engines: Surroundings['engines'];
  readonly workers: number;
  /** Memory of the heaviest task. */
  readonly heaviestBytes: number;
  readonly device: DeviceName;
  readonly gpu: FoundGpu | undefined;
  /** Of what is sampled and judged. */
  readonly precision: Precision;
  /** Sentences written at once; null where none are. */
  readonly samplingBatch: number | null;
}

/** What decides how many tasks of a run are done at once, beside its configuration. */
export interface RunSize {
  /** Of the corpus: there are as many generators. */
  readonly relations: number;
  readonly trainings: PlannedTrainings;
  /** The device's own, in bytes, where it has some. */
  readonly memory: number | null;
}

/** Chooses threads and workers. */
export async function chooseEngines(
  configuration: RunConfiguration,
  { relations, trainings, memory }: RunSize,
  models: Pick<Surroundings, 'generator' | 'classifier'>,
  devices: Devices,
  monitor: Monitor,
): Promise<ChosenEngines> {
  const { threads: wanted, workers } = configuration;
  const budget = memoryBudget(configuration.memory, memory);
  const describe = async (kind: 'generator' | 'classifier', atOnce?: number) => {
    const config = await configOf(configuration, kind, models[kind]?.folder);
    const parameters = parameterCount(config);
    const threads = wanted ?? threadsFor(parameters, atOnce);
    const device = await devices.get(threads);
    const engine = `${device.name}, ${device.description}`;
    // A GPU is not divided.
    const { name, precision } = device;
    const writing =
      config.model_type === 'gpt2'
        ? poolNeeds(
            configuration,
            { generator: config, classifier: await configOf(configuration, 'classifier', models.classifier?.folder) },
            {
              memory: budget,
              isMemoryTold: memory !== null || configuration.memory !== null,
              precision,
              isOnGpu: !isOnProcessor(name),
            },
          )
        : NOTHING_WRITTEN;
    const bytes = Math.max(writing.bytes, trainings[kind]?.bytes ?? 0);
    return {
      bytes,
      writingBytes: writing.bytes,
      samplingBatch: writing.batch,
      device: name as DeviceName,
      gpu: device.gpu,
      precision,
      engine,
      threads: isOnProcessor(name) ? threads : 1,
    };
  };
  const classifier = await describe('classifier');
  const generator = usesPools(configuration)
    ? await describe('generator', configuration.generator.shared ? 1 : relations)
    : classifier;
  const loads = [...new Set([classifier, generator])];
  const fitting = isOnProcessor(classifier.device) ? defaultWorkers(loads, configuration.memory) : 1;
  const asked = bytesAtOnce(loads, workers ?? 1, Infinity);
  if (workers !== null && workers > 1 && asked > budget) {
    monitor.note(
      `${workers} trainings side by side take up to ${gigabytes(asked)} of memory, more than the ${gigabytes(budget)} that they may ` +
        '(fewer --workers need less)',
    );
  }
  if (generator.writingBytes > budget) {
    const { writingBytes, samplingBatch, device } = generator;
    const isOnGpu = !isOnProcessor(device);
    const remedies = [
      ...((samplingBatch ?? 0) > FEWEST_ROWS ? ['give a smaller --sampling-batch-size'] : []),
      ...['choose a smaller --generator-model', 'allow more (--memory)'],
      ...(isOnGpu ? ['choose --device cpu'] : []),
    ];
    monitor.note(
      `writing ${samplingBatch} sentences at once takes about ${gigabytes(writingBytes)} of ${isOnGpu ? 'the GPU’s memory' : 'memory'}, ` +
        `more than the ${gigabytes(budget)} that a run may (${remedies.join(', or ')})`,
    );
  }
  const engineOf = ({ engine, threads }: typeof classifier) => ({ engine, threads });
  const inferenceOf = (chosen: typeof classifier) => {
    const { engine, threads } = engineOf(chosen);
    return { engine: chosen.precision === 'float32' ? engine : `${engine}, ${chosen.precision}`, threads };
  };
  return {
    engines: {
      generator: engineOf(generator),
      classifier: engineOf(classifier),
      sampling: inferenceOf(generator),
      judging: inferenceOf(classifier),
    },
    precision: classifier.precision,
    samplingBatch: generator.samplingBatch,
    workers: workers ?? fitting,
    heaviestBytes: Math.max(...loads.map(({ bytes }) => bytes)),
    device: classifier.device,
    gpu: classifier.gpu,
  };
}
