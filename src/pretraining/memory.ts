/**
 * How many rows of a batch are run at once, decided from an estimate before anything is learned.
 *
 * Weights depend on it in their last digits. So it follows from the settings and the size of the memory, not from what is free at the moment, and is one of the settings by which a folder knows
 * its training again.
 */
import type { Monitor } from '../foundation/progress.ts';
import type { Device } from '../runtime/device.ts';
import { isOnProcessor } from '../runtime/open-device.ts';
import { memoryBudget, trainingMemory } from '../runtime/training-memory.ts';
import { fitBatch } from '../training/micro-batch.ts';
import type { CompleteConfiguration } from './configuration.ts';
import type { Objective } from './objective.ts';

type Sizes = Pick<
  CompleteConfiguration,
  'batchSize' | 'microBatch' | 'accumulation' | 'length' | 'maskedShare' | 'gradientCheckpointing' | 'memory'
>;

/**
 * @returns rows at once, at most a batch.
 * @throws UserError when not even one row fits.
 */
export function chooseRows(
  objective: Objective,
  { batchSize, microBatch, accumulation, length, maskedShare, gradientCheckpointing, memory }: Sizes,
  device: Pick<Device, 'name' | 'memory'>,
  monitor: Monitor,
): number {
  if (microBatch !== null) return Math.min(microBatch, batchSize);
  const budget = memoryBudget(memory, device.memory);
  const needed = trainingMemory(objective.training(gradientCheckpointing), () => true);
  const sizesOf = (batch: number) => ({
    ...{ batch, sequence: length },
    predicted: Math.ceil(batch * length * maskedShare),
  });
  const isOnGpu = !isOnProcessor(device.name);
  const place = { isOnGpu, accumulates: accumulation > 1 };
  const bytesFor = (rows: number): number =>
    needed(sizesOf(rows), rows < batchSize ? sizesOf(batchSize) : undefined, place).total;
  const remedies = ['choose a shorter --length', 'a smaller model', 'allow more (--memory)'];
  if (!gradientCheckpointing) remedies.unshift('use --gradient-checkpointing');
  return fitBatch('pretrain', { batchSize, bytesFor, budget, isOnGpu }, remedies, monitor);
}
