/**
 * An unfinished training on disk: the weights that are trained, AdamW's moments, and how far it has come.
 *
 * No random state is stored: every draw of a training comes from a stream named by epoch and update, so that its position is its state. Each
 * checkpoint is a folder written whole; the one before stays until the next stands, and is used, with a note, if the newest is damaged. The
 * weights of the best epoch so far lie beside the checkpoints, under a checksum as well, in a folder named like a checkpoint by the updates done. They
 * stay for as long as a checkpoint that is kept refers to them: a training killed at any moment finds the best epoch of the checkpoint from
 * which it goes on.
 *
 * Damaged is what was read and is not what was written. What could not be read (too many open files, no permission) or not be put on the device may be whole, and
 * nothing is deleted or trained anew for it.
 */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { openSafetensors, writeSafetensors } from '../checkpoint/safetensors.ts';
import { explainFileError, messageOf, UserError } from '../foundation/errors.ts';
import { readJson, removeScratch, writeFolderAtomically, writeJson } from '../foundation/files.ts';
import { sha256, sha256OfFile } from '../foundation/hash.ts';
import type { Monitor } from '../foundation/progress.ts';
import { elementCount } from '../graph/tensor.ts';
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
const BEST = 'best-';
const KEPT = 2;
/** Checkpoints that lie on disk at once, at most: those kept, and the next while it is written. */
export const CHECKPOINTS_AT_ONCE = KEPT + 1;
/** Best epochs that lie on disk at once, at most: one for each checkpoint that is kept, and one that no checkpoint refers to yet. */
export const BESTS_AT_ONCE = KEPT + 1;

/** A folder's name, so that names are in the order of the updates. */
const folderOf = (prefix: string, updates: number): string => `${prefix}${String(updates).padStart(9, '0')}`;
const fileOf = (part: ParameterPart): string => `${part}.safetensors`;

const writtenSchema = z.object({
  progress: z.unknown(),
  checksums: z.record(z.string(), z.string()),
  /** Of the two above. */
  checksum: z.string(),
});

const checksumOf = (value: unknown): string => sha256(JSON.stringify(value));

/** What lies on disk is not what was written. */
class Damaged extends Error {}

/** How the operating system says that something is missing, or of another kind. */
const NOT_THERE = new Set(['ENOENT', 'ENOTDIR', 'EISDIR']);

/** Whether reading failed by what lies on disk; otherwise nobody knows what that is. */
function isDamage(error: unknown): boolean {
  for (let each = error; each instanceof Error; each = each.cause) {
    if ('code' in each && typeof each.code === 'string') return NOT_THERE.has(each.code);
  }
  // `readJson` says so of what is no JSON, or has another form.
  return error instanceof Damaged || error instanceof UserError;
}

/** Writes what is trained to a file; `loadParts` reads it back. */
export async function saveParts(path: string, parameters: Parameters, part: ParameterPart): Promise<void> {
  const tensors = parameters.trained.map(({ name, shape }) => ({
    name,
    shape,
    data: () => parameters.read(name, part),
  }));
  await writeSafetensors(path, tensors, 'float32');
}

/** @throws UserError when the file cannot be read, or lacks something that is trained. */
export async function loadParts(path: string, parameters: Parameters, part: ParameterPart): Promise<void> {
  const source = await openSafetensors(path);
  try {
    for (const { name, shape } of parameters.trained) {
      const values = new Float32Array(elementCount(shape));
      await source.readInto(name, values);
      await parameters.write(name, values, part);
    }
  } catch (error) {
    throw explainFileError(error, path);
  } finally {
    await source.close();
  }
}

/**
 * Writes a checkpoint into `folder` and deletes all but the newest two, with the best epochs that only those deleted refer to. Those of later updates were not
 * gone on from, as they are damaged: they go too, or they would take the places of good ones until the training has come as far.
 */
export async function saveCheckpoint(
  folder: string,
  parameters: Parameters,
  progress: TrainingProgress,
): Promise<void> {
  await writeFolderAtomically(join(folder, folderOf(PREFIX, progress.updates)), async (scratch) => {
    const checksums: Record<string, string> = {};
    for (const part of PARTS) {
      const path = join(scratch, fileOf(part));
      await saveParts(path, parameters, part);
      checksums[fileOf(part)] = await sha256OfFile(path);
    }
    await writeJson(join(scratch, 'progress.json'), {
      progress,
      checksums,
      checksum: checksumOf({ progress, checksums }),
    });
  });
  const checkpoints = await list(folder, PREFIX);
  const kept = checkpoints.filter(({ updates }) => updates <= progress.updates).slice(-KEPT);
  for (const old of checkpoints) if (!kept.includes(old)) await rm(old.path, { recursive: true });
  await removeNeedlessBests(folder);
}

/**
 * Restores the newest checkpoint of this training that is whole; `undefined` when there is none.
 * @param check rejects when what lies beside a checkpoint, and is needed to go on from it, is not whole.
 * @throws UserError when a checkpoint that may be whole cannot be read, and whatever the device throws: all checkpoints are then left as they are.
 */
export async function loadCheckpoint<P extends TrainingProgress>(
  folder: string,
  parameters: Parameters,
  schema: z.ZodType<P>,
  key: string,
  monitor: Monitor,
  check: (progress: P) => Promise<void> = () => Promise.resolve(),
): Promise<P | undefined> {
  await removeScratch(folder);
  const checkpoints = (await list(folder, PREFIX)).reverse();
  const removeBestsSince = async (updates: number): Promise<void> => {
    // The training comes to them again.
    for (const best of await list(folder, BEST)) if (best.updates > updates) await rm(best.path, { recursive: true });
  };
  for (const [index, { path }] of checkpoints.entries()) {
    let progress: P;
    try {
      const written = await readProgress(path, schema);
      ({ progress } = written);
      if (progress.key !== key) continue;
      await checkParts(path, written.checksums);
      await check(progress);
    } catch (error) {
      if (!isDamage(error)) throw explainFileError(error, path);
      const instead = index + 1 < checkpoints.length ? 'using the one before' : 'starting anew';
      monitor.note(`the checkpoint ${path} is damaged (${messageOf(error)}); ${instead}`);
      continue;
    }
    for (const part of PARTS) await loadParts(join(path, fileOf(part)), parameters, part);
    await removeBestsSince(progress.updates);
    return progress;
  }
  await removeBestsSince(-1);
  return undefined;
}

async function readProgress<P>(
  checkpoint: string,
  schema: z.ZodType<P>,
): Promise<{ progress: P; checksums: Readonly<Record<string, string>> }> {
  const { progress, checksums, checksum } = await readJson(join(checkpoint, 'progress.json'), writtenSchema);
  if (checksum !== checksumOf({ progress, checksums })) throw new Damaged('checksum differs');
  const parsed = schema.safeParse(progress);
  if (!parsed.success) throw new Damaged('its progress is not of this form of training');
  return { progress: parsed.data, checksums };
}

async function checkParts(checkpoint: string, checksums: Readonly<Record<string, string>>): Promise<void> {
  for (const file of PARTS.map(fileOf)) {
    if ((await sha256OfFile(join(checkpoint, file))) !== checksums[file]) throw new Damaged('checksum differs');
  }
}

const bestSchema = z.object({ key: z.string(), checksum: z.string() });

/**
 * Keeps the weights as those of the best epoch so far.
 * @param updates done at the end of the epoch.
 */
export async function saveBest(folder: string, parameters: Parameters, key: string, updates: number): Promise<void> {
  await removeNeedlessBests(folder);
  await writeFolderAtomically(join(folder, folderOf(BEST, updates)), async (scratch) => {
    const path = join(scratch, fileOf('weight'));
    await saveParts(path, parameters, 'weight');
    await writeJson(join(scratch, 'best.json'), { key, checksum: await sha256OfFile(path) });
  });
}

/** @throws Error when the weights of the epoch that ended with these updates are not there or not whole, or cannot be read. */
export async function checkBest(folder: string, key: string, updates: number): Promise<void> {
  const path = join(folder, folderOf(BEST, updates));
  const best = await readJson(join(path, 'best.json'), bestSchema);
  const isWhole = best.checksum === (await sha256OfFile(join(path, fileOf('weight'))));
  if (!isWhole || best.key !== key) throw new Damaged('the weights of the best epoch are not whole');
}

/** Takes the weights of the best epoch back. @throws UserError when they are not whole, or cannot be read. */
export async function loadBest(folder: string, parameters: Parameters, key: string, updates: number): Promise<void> {
  const path = join(folder, folderOf(BEST, updates));
  try {
    await checkBest(folder, key, updates);
  } catch (error) {
    if (!isDamage(error)) throw explainFileError(error, path);
    throw new UserError('the weights of the best epoch are damaged', {
      where: path,
      remedy: 'give the same command again: it goes on from a checkpoint that does not need them, or starts anew',
      exitCode: 1,
      cause: error,
    });
  }
  await loadParts(join(path, fileOf('weight')), parameters, 'weight');
}

/** Deletes best epochs to which no checkpoint refers; each refers to the newest that is not newer than itself. */
async function removeNeedlessBests(folder: string): Promise<void> {
  const bests = await list(folder, BEST);
  const checkpoints = await list(folder, PREFIX);
  const needed = checkpoints.map((checkpoint) => bests.findLast(({ updates }) => updates <= checkpoint.updates));
  for (const best of bests) if (!needed.includes(best)) await rm(best.path, { recursive: true });
}

/** Folders of a kind, in the order of their updates. @throws UserError when nobody knows which there are: what refers to what decides about what is deleted. */
async function list(folder: string, prefix: string): Promise<{ path: string; updates: number }[]> {
  const entries = await readdir(folder).catch((error: unknown): string[] => {
    if (isDamage(error)) return [];
    throw explainFileError(error, folder);
  });
  return entries
    .filter((name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
    .map((name) => ({ path: join(folder, name), updates: Number(name.slice(prefix.length)) }))
    .sort((a, b) => a.updates - b.updates);
}
