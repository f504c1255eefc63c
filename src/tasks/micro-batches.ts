/**
 * How many examples the trainings of a run take at once, and the memory that they then need: decided from estimates before anything is done, so that no
 * work is lost to a lack of memory.
 *
 * Weights depend on it in their last digits. It is therefore decided by the configuration and the size of the memory alone, the GPU's or the machine's, and is part of
 * a training's task where it is less than a batch. How many trainings run side by side has no part in it: there are fewer where memory is short (threads.ts).
 */
import type { RunConfiguration } from '../dare/configuration.ts';
import type { Monitor } from '../foundation/progress.ts';
import { memoryToTrain } from '../nn/model-memory.ts';
import type { TrainingManner } from '../nn/model-memory.ts';
import type { Device } from '../runtime/device.ts';
import { isOnProcessor } from '../runtime/open-device.ts';
import { memoryBudget } from '../runtime/training-memory.ts';
import { fitBatch } from '../training/micro-batch.ts';
import { usesPools } from './plan.ts';
import type { MicroBatches, Surroundings } from './plan.ts';
import { configOf } from './surroundings.ts';

type Section = keyof MicroBatches;

export interface PlannedTraining {
  /** Examples run at once, where these are fewer than a batch. */
  readonly microBatch: number | undefined;
  /** Memory of one training, at the longest sentences. */
  readonly bytes: number;
}

/** A run's trainings, by what is trained. */
export interface PlannedTrainings {
  readonly generator?: PlannedTraining | undefined;
  readonly classifier: PlannedTraining;
}

/**
 * @param models the pretrained ones.
 * @param device where they run.
 * @throws UserError when not even one example fits.
 */
export async function planTrainings(
  configuration: RunConfiguration,
  models: Pick<Surroundings, Section>,
  device: Pick<Device, 'name' | 'memory'>,
  monitor: Monitor,
): Promise<PlannedTrainings> {
  const budget = memoryBudget(configuration.memory, device.memory);
  const isOnGpu = !isOnProcessor(device.name);
  const plan = async (section: Section): Promise<PlannedTraining> => {
    const { batchSize, microBatch, accumulation, maxLength } = configuration[section];
    const needed = memoryToTrain(
      await configOf(configuration, section, models[section]?.folder),
      { batch: batchSize, sequence: maxLength, accumulation, isOnGpu },
      trainingManner(configuration, section),
    );
    const bytesFor = (examples: number): number => needed(examples).total;
    const planned = (examples: number): PlannedTraining => ({
      microBatch: examples < batchSize ? examples : undefined,
      bytes: bytesFor(examples),
    });
    if (microBatch !== null) return planned(Math.min(microBatch, batchSize));
    return planned(
      fitBatch(section, { batchSize, bytesFor, budget, isOnGpu }, remediesFor(configuration, section), monitor),
    );
  };
  return {
    generator: usesPools(configuration) ? await plan('generator') : undefined,
    classifier: await plan('classifier'),
  };
}

/** How a section's model is trained, as far as its memory depends on it. */
export function trainingManner(
  { generator, classifier }: RunConfiguration,
  section: Section,
): TrainingManner & { readonly checkpointing: boolean } {
  if (section === 'classifier') return { checkpointing: classifier.gradientCheckpointing };
  const { rank, ...adapters } = generator.lora;
  return {
    checkpointing: generator.gradientCheckpointing,
    ...(rank !== null && { lora: { rank, ...adapters } }),
  };
}

function remediesFor({ generator, classifier }: RunConfiguration, section: Section): string[] {
  const { gradientCheckpointing, maxLength } = section === 'generator' ? generator : classifier;
  return [
    ...(gradientCheckpointing ? [] : [`use --${section}-gradient-checkpointing`]),
    ...(section === 'generator' && generator.lora.rank === null ? ['train adapters (--generator-lora-rank 8)'] : []),
    `cut sentences shorter (--${section}-max-length less than ${maxLength})`,
    `choose a smaller model (--${section}-model)`,
    'allow more (--memory)',
  ];
}
