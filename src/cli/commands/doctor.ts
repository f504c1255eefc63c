/** `dare doctor`: whether dare works here, and what a model will need. */
import type { Command } from 'commander';
import { z } from 'zod';
import type { ModelConfig } from '../../checkpoint/config.ts';
import { resolveModel } from '../../checkpoint/hub.ts';
import { readModelConfig } from '../../checkpoint/model-folder.ts';
import { UserError } from '../../foundation/errors.ts';
import { kindAt } from '../../foundation/files.ts';
import { PRECISIONS } from '../../graph/onnx/precision.ts';
import { addSettingFlags, readConfiguration } from '../configuration.ts';
import { memoryBudget, memorySetting } from '../../runtime/training-memory.ts';
import { gpuText } from '../gpu-text.ts';
import { inspectMachine } from '../machine.ts';
import type { Machine, NativePart } from '../machine.ts';
import { KNOWN_MODELS, longestSequence, modelNeeds, usualAccumulation } from '../model-needs.ts';
import type { ModelNeeds } from '../model-needs.ts';
import { addSessionOptions, withSession } from '../session.ts';

const schema = z.object({
  model: z
    .string()
    .optional()
    .describe(`also say what this model needs: a model folder, or ${Object.keys(KNOWN_MODELS).join(', ')}`)
    .meta({ placeholder: 'model' }),
  batch: z.int().min(1).default(32).describe('rows of a batch'),
  length: z.int().min(1).default(128).describe('tokens of a row'),
  accumulation: z
    .int()
    .min(1)
    .optional()
    .describe('batches of an update (2 for a GPT-2 and 1 for a BERT unless given, as in a run)'),
  gradientCheckpointing: z.boolean().default(false).describe('as in a run: less memory to train it, more time'),
  loraRank: z.int().min(1).nullable().default(null).describe('train adapters of this rank (GPT-2)'),
  precision: z.enum(PRECISIONS).default('float32').describe('numbers in which a GPU runs it'),
  memory: memorySetting.describe('gigabytes that a training may take (most of what the machine has unless given)'),
});

const EXAMPLES = `
Examples:
  dare doctor
  dare doctor --model gpt2-large --batch 4 --length 128
  dare doctor --model gpt2-large --batch 4 --lora-rank 8 --memory 8

Exit code 1 when no device opens.`;

export function addDoctorCommand(program: Command): void {
  const command = program.command('doctor').description('whether dare works here, and what a model will need');
  addSettingFlags(command, schema);
  addSessionOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(() =>
      withSession(command, async ({ json, print }) => {
        const settings = await readConfiguration(command, schema);
        const { model, batch, length } = settings;
        const config = model === undefined ? undefined : await findConfig(model);
        if (config && length > longestSequence(config)) {
          throw new UserError(`${length} is more than ${model} reads`, {
            where: '--length',
            remedy: `allowed: at most ${longestSequence(config)}`,
          });
        }
        if (settings.loraRank !== null && config?.model_type === 'bert') {
          throw new UserError('only a GPT-2 is trained with adapters', {
            where: '--lora-rank',
            remedy: `leave it out with ${model}`,
          });
        }
        const accumulation = settings.accumulation ?? (config ? usualAccumulation(config) : 1);
        const machine = await inspectMachine();
        const needsWithin = (gpuMemory: number | null) =>
          config &&
          modelNeeds(config, {
            batch,
            length,
            accumulation,
            checkpointing: settings.gradientCheckpointing,
            loraRank: settings.loraRank ?? undefined,
            budget: memoryBudget(settings.memory, gpuMemory),
            isOnGpu: gpuMemory !== null,
            precision: gpuMemory === null ? 'float32' : settings.precision,
          });
        const needs = needsWithin(null);
        const onGpu =
          machine.gpu.isSoftware || machine.gpu.memory === null ? undefined : needsWithin(machine.gpu.memory);
        if (json)
          await print(
            JSON.stringify({
              ...machine,
              ...(needs && {
                model: {
                  name: model,
                  batch,
                  length,
                  accumulation,
                  ...needs,
                  onGpu: onGpu ? { ...onGpu.training, inference: onGpu.inference } : null,
                },
              }),
            }),
          );
        else {
          for (const line of describeMachine(machine)) await print(line);
          if (needs) {
            for (const line of ['', ...describeNeeds(model ?? '', batch, length, needs, onGpu, machine)]) {
              await print(line);
            }
          }
        }
        if (machine.devices.length === 0) process.exitCode = 1;
      }),
    );
}

async function findConfig(model: string): Promise<ModelConfig> {
  const known = KNOWN_MODELS[model];
  if (known && (await kindAt(model)) !== 'folder') return known;
  try {
    return (await readModelConfig(await resolveModel(model, { offline: true }))).config;
  } catch (error) {
    if (!(error instanceof UserError) || (await kindAt(model)) === 'folder' || model.startsWith('dare/')) throw error;
    throw new UserError(`'${model}' is neither a model folder nor a known name, nor fetched from the hub before`, {
      where: '--model',
      remedy: `known: ${Object.keys(KNOWN_MODELS).join(', ')}`,
    });
  }
}

function describeMachine({
  dare,
  node,
  platform,
  processor,
  memory,
  disk,
  koffi,
  onnxRuntime,
  gpu,
  devices,
}: Machine): string[] {
  return [
    row('dare', `${dare}, Node ${node}, ${platform}`),
    row('processor', `${processor.model}, ${processor.cores} cores`),
    row('memory', `${gigabytes(memory.available)} free of ${gigabytes(memory.total)}`),
    row('disk', `${gigabytes(disk.free)} free of ${gigabytes(disk.total)} at ${disk.folder}`),
    row('koffi', describePart(koffi)),
    row('ONNX Runtime', describePart(onnxRuntime)),
    row('GPU', gpuText(gpu)),
    ...devices.map(({ name, description }) => row(`device ${name}`, description)),
  ];
}

const describePart = ({ ok, version, problem }: NativePart): string =>
  ok ? `${version} loads` : `does not load: ${problem}`;

function describeNeeds(
  model: string,
  batch: number,
  length: number,
  { parameters, training, inference, modelFile, trainingCheckpoint }: ModelNeeds,
  onGpu: ModelNeeds | undefined,
  { memory, gpu }: Machine,
): string[] {
  // A GPU holds other things than a processor's memory: no copy of the weights, but the sums of gradients.
  const verdict = (bytes: number, bytesOnGpu = 0): string =>
    (bytes > memory.available ? ' – more than is free' : '') +
    (gpu.memory !== null && bytesOnGpu > gpu.memory
      ? ` – more than the GPU has: about ${gigabytes(bytesOnGpu)} there`
      : '');
  return [
    row(model, `${(parameters / 1e6).toFixed(1)} million parameters; batches of ${batch} × ${length} tokens`),
    row(
      'to train it',
      `about ${gigabytes(training.total)} of memory (${gigabytes(training.state)} weights, gradients and moments, ` +
        `${gigabytes(training.activations)} activations)${verdict(training.total, onGpu?.training.total)}`,
    ),
    row('micro-batch', describeMicroBatch(batch, training)),
    ...(onGpu
      ? [
          row(
            'on the GPU',
            `${describeMicroBatch(batch, onGpu.training)}; about ${gigabytes(onGpu.inference)} to run it`,
          ),
        ]
      : []),
    row('to run it', `about ${gigabytes(inference)} of memory${verdict(inference, onGpu?.inference)}`),
    row('on disk', `${gigabytes(modelFile)} a model, ${gigabytes(trainingCheckpoint)} a training checkpoint`),
  ];
}

function describeMicroBatch(batch: number, training: ModelNeeds['training']): string {
  const { budget, microBatch, microBatchTotal } = training;
  const limit = `a training may take ${gigabytes(budget)}`;
  if (microBatch === null) return `not even one row fits: it needs about ${gigabytes(microBatchTotal)}, ${limit}`;
  if (microBatch === batch) return `all ${batch} rows at once: ${limit}`;
  return `${microBatch} of ${batch} rows at once, their gradients added up, in about ${gigabytes(microBatchTotal)}: ${limit}`;
}

const row = (name: string, value: string): string => `${name.padEnd(13)} ${value}`;

/** As `--memory` counts them: 10⁹ bytes. */
const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(bytes < 1e9 ? 2 : 1)} GB`;
