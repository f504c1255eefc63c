/**
 * An unfinished training on disk: the weights that are trained, AdamW's moments, and how far it has come.
 *
 * No random state is stored: every draw of a training comes from a stream named by epoch and update, so that its position is its state. Each
 * checkpoint is a folder written whole; the one before stays until the next stands, and is used, with a note, if the newest is damaged.
 */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { openSafetensors, writeSafetensors } from '../checkpoint/safetensors.ts';
import { messageOf } from '../foundation/errors.ts';
import { readJson, removeScratch, writeFolderAtomically, writeJson } from '../foundation/files.ts';
import { sha256OfFile } from '../foundation/hash.ts';
import type { Monitor } from '../foundation/progress.ts';
import type { ParameterPart, Parameters } from '../runtime/device.ts';

/** How far a training has come; each kind of loop adds what it needs to go on. */
export interface TrainingProgress {
  /** Hash of everything that the training depends on; another training's checkpoint is not used. */
  readonly key: string;
  /** Updates done. */
  readonly updates: number;
}

const PARTS: readonly ParameterPart[] = ['weight', 'firstMoment', 'secondMoment'];
const PREFIX = 'update-';
const KEPT = 2;

const fileOf = (part: ParameterPart): string => `${part}.safetensors`;

/** Writes what is trained to a file; `loadParts` reads it back. */
export async function saveParts(path: string, parameters: Parameters, part: ParameterPart): Promise<void> {
  const tensors = parameters.trained.map(({ name, shape }) => ({
    name,
    shape,
    data: () => parameters.read(name, part),
  }));
  await writeSafetensors(path, tensors, 'float32');
}

export async function loadParts(path: string, parameters: Parameters, part: ParameterPart): Promise<void> {
  const source = await openSafetensors(path);
  try {
    for (const { name, shape } of parameters.trained) {
      const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
      await source.readInto(name, values);
      await parameters.write(name, values, part);
    }
  } finally {
    await source.close();
  }
}

/** Writes a checkpoint into `folder` and deletes all but the newest two. */
export async function saveCheckpoint(
  folder: string,
  parameters: Parameters,
  progress: TrainingProgress,
): Promise<void> {
  await writeFolderAtomically(
    join(folder, `${PREFIX}${String(progress.updates).padStart(9, '0')}`),
    async (scratch) => {
      const checksums: Record<string, string> = {};
      for (const part of PARTS) {
        const path = join(scratch, fileOf(part));
        await saveParts(path, parameters, part);
        checksums[fileOf(part)] = await sha256OfFile(path);
      }
      await writeJson(join(scratch, 'progress.json'), { progress, checksums });
    },
  );
  for (const old of (await listCheckpoints(folder)).slice(0, -KEPT)) await rm(join(folder, old), { recursive: true });
}

/** Restores the newest checkpoint of this training that is whole; `undefined` when there is none. */
export async function loadCheckpoint<P extends TrainingProgress>(
  folder: string,
  parameters: Parameters,
  schema: z.ZodType<P>,
  key: string,
  monitor: Monitor,
): Promise<P | undefined> {
  await removeScratch(folder);
  for (const name of (await listCheckpoints(folder)).reverse()) {
    const path = join(folder, name);
    try {
      const { progress, checksums } = await readJson(
        join(path, 'progress.json'),
        z.object({ progress: schema, checksums: z.record(z.string(), z.string()) }),
      );
      if (progress.key !== key) continue;
      for (const part of PARTS) {
        if ((await sha256OfFile(join(path, fileOf(part)))) !== checksums[fileOf(part)])
          throw new Error('checksum differs');
      }
      for (const part of PARTS) await loadParts(join(path, fileOf(part)), parameters, part);
      return progress;
    } catch (error) {
      monitor.note(`the checkpoint ${path} is damaged (${messageOf(error)}); using the one before`);
    }
  }
  return undefined;
}

async function listCheckpoints(folder: string): Promise<string[]> {
  const entries = await readdir(folder).catch(() => []);
  return entries.filter((name) => /^update-\d+$/.test(name)).sort();
}
