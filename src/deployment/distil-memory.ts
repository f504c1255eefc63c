/**
 * How many sentences of a batch a student learns from at once: decided from an estimate before anything is written, by the rule of a run's own
 * trainings (tasks/micro-batches.ts).
 */
import type { BertConfig } from '../checkpoint/config.ts';
import type { Monitor } from '../foundation/progress.ts';
import { memoryToTrain } from '../nn/model-memory.ts';
import type { Device } from '../runtime/device.ts';
import { isOnProcessor } from '../runtime/open-device.ts';
import { memoryBudget } from '../runtime/training-memory.ts';
import { fitBatch } from '../training/micro-batch.ts';
import type { FinishedRun } from './finished-run.ts';

/**
 * @param config of the ensemble's classifiers, which the student's is.
 * @param memory in gigabytes, where the user gave it; what the run was told, or most of what there is, unless given.
 * @returns undefined where it is the whole batch.
 * @throws UserError when not even one sentence fits.
 */
export function studentMicroBatch(
  { configuration, traits }: Pick<FinishedRun, 'configuration' | 'traits'>,
  config: BertConfig,
  device: Pick<Device, 'name' | 'memory'>,
  { memory, monitor }: { readonly memory: number | null; readonly monitor: Monitor },
): number | undefined {
  const { batchSize, microBatch, accumulation, maxLength, gradientCheckpointing } = configuration.classifier;
  const isOnGpu = !isOnProcessor(device.name);
  const sequence = Math.min(maxLength, config.max_position_embeddings);
  const needed = memoryToTrain(
    config,
    { batch: batchSize, sequence, accumulation, isOnGpu },
    { checkpointing: gradientCheckpointing, classes: traits.relations.length + 1 },
  );
  const request = {
    // The run was told for its own device; another may hold less.
    batchSize: Math.min(microBatch ?? batchSize, batchSize),
    bytesFor: (examples: number) => needed(examples).total,
    budget: memoryBudget(memory ?? configuration.memory, device.memory),
    isOnGpu,
  };
  const remedies = [
    'allow more (--memory)',
    ...(gradientCheckpointing ? [] : ['run it again with --classifier-gradient-checkpointing']),
  ];
  const rows = fitBatch('distil', request, remedies, monitor);
  return rows < batchSize ? rows : undefined;
}
