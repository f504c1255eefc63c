/**
 * Which training a folder holds: everything that the weights depend on, written down when it begins, so that another one is refused there and hours
 * of work are not written over by a slip.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../foundation/errors.ts';
import { kindAt, readJson, writeJson } from '../foundation/files.ts';
import { isReadOfModel } from '../checkpoint/model-folder.ts';
import { modelChain } from '../checkpoint/peft-adapter.ts';
import { hashOf, sha256OfFile } from '../foundation/hash.ts';
import { kebab } from '../foundation/names.ts';
import type { Json } from '../foundation/hash.ts';
import { RANDOM_MODEL } from '../nn/initialize.ts';
import type { TextCorpus } from './corpus.ts';
import { complete, pretrainingSchema } from './configuration.ts';
import type { PretrainingConfiguration } from './configuration.ts';
import { PREDICTED_SHARE } from './masking.ts';

export type Identity = Readonly<Record<string, Json>>;

/**
 * Settings that may change when a training goes on: they change no weight, or only where files lie (their content counts). Another device or number of
 * threads rounds the last digits differently, and is told of.
 */
const FREE = [
  ...['text', 'model', 'tokenizer', 'samples', 'dtype', 'device', 'threads', 'checkpointSeconds'],
  ...['gradientCheckpointing', 'memory'],
];

/** @param base the folder of the model that the training starts from, if any; that of an adapter stands for what it adapts too. */
export async function identityOf(
  configuration: PretrainingConfiguration,
  corpus: Pick<TextCorpus, 'hash' | 'documentsByFile'>,
  base: string | undefined,
): Promise<Identity> {
  const settings = Object.entries(complete(configuration)).filter(([name]) => !FREE.includes(name));
  const [what, folder] = base === undefined ? ['the tokenizer', configuration.tokenizer!] : ['the model', base];
  const hashes = await Promise.all((await modelChain(folder, { offline: true })).map(hashOfFolder));
  return {
    ...Object.fromEntries(settings),
    'the text': corpus.hash,
    [FILES]: [...corpus.documentsByFile],
    [what]: hashes.length === 1 ? hashes[0]! : hashOf(hashes),
  };
}

/**
 * The settings that decide the weights, as a configuration file has them: without those that this training has no use for, and with what
 * was chosen for those that were left out.
 */
export function decisiveSettings(
  identity: Identity,
  configuration: PretrainingConfiguration,
  chosen: { readonly learningRate: number; readonly dropout: number | undefined; readonly dtype: string | null },
): Identity {
  const { objective, model } = configuration;
  const isRandom = model === RANDOM_MODEL;
  const unused = [
    ...(isRandom ? [] : ['layers', 'hiddenSize', 'heads', 'positions']),
    ...(objective === 'causal' ? ['maskedShare'] : []),
  ];
  const { learningRate, dropout = identity.dropout ?? null, dtype } = chosen;
  const all = { ...identity, ...(!isRandom && { model }), learningRate, dropout, dtype };
  return Object.fromEntries(
    Object.entries(all).filter(([name, value]) => value !== null && !name.startsWith('the ') && !unused.includes(name)),
  );
}

/** How the text is divided into files, which are read in another order every pass. */
const FILES = 'the files';

async function hashOfFolder(folder: string): Promise<string> {
  const hashes: Record<string, string> = {};
  for (const name of (await readdir(folder)).filter(isReadOfModel).sort()) {
    hashes[name] = await sha256OfFile(join(folder, name));
  }
  return hashOf(hashes);
}

const IDENTITY = 'training.json';

/** Whether a folder with these files is one that a pretraining may write to: it has one, or nothing but what a process leaves that ended while it took the folder. */
export const isPretraining = (names: readonly string[]): boolean =>
  names.includes(IDENTITY) || names.every((name) => name.startsWith('.lock') || name.startsWith(`${IDENTITY}.`));

/** How far the training of a folder has come: it has learned nothing, holds weights, or its model is there. */
export type Stage = 'empty' | 'begun' | 'finished';

/**
 * Makes a folder this training's, unless it is already. As long as nothing was learned in it other settings may take the place of what was said first.
 * @param unlessGiven what settings are that were left out: leaving one out and giving that is the same.
 * @returns the identity written there: a setting that did not exist when the training began is not in it.
 * @throws UserError naming what differs when the folder holds another training.
 */
export async function claimFolder(
  folder: string,
  identity: Identity,
  stage: Stage,
  unlessGiven: Identity,
): Promise<Identity> {
  const path = join(folder, IDENTITY);
  if ((await kindAt(path)) === undefined || stage === 'empty') {
    await writeJson(path, identity);
    return identity;
  }
  const known = await readJson(path, z.record(z.string(), z.json()));
  const differences = [...new Set([...Object.keys(known), ...Object.keys(identity)])].flatMap((name) => {
    const [before, now] = [known[name] ?? defaultOf(name), identity[name] ?? null];
    const [meantBefore, meantNow] = [before, now].map((value) => JSON.stringify(value ?? unlessGiven[name] ?? null));
    if (meantBefore === meantNow) return [];
    // Trainings were begun before it was written down.
    if (name === FILES && known[name] === undefined) return [];
    if (name === FILES) return ['the text is divided into files in another way'];
    if (name.startsWith('the ')) return [`${name} is another`];
    return [`--${kebab(name)} was ${shown(before)}, now ${shown(now)}`];
  });
  if (differences.length === 0) return known;
  const isLonger = differences.some((line) => /^--(tokens|hours) /.test(line));
  const further = `to train its model further give --model ${join(folder, 'model')} and another folder`;
  throw new UserError(`holds a training with other settings: ${differences.join('; ')}`, {
    where: folder,
    remedy: !isLonger
      ? 'give its settings again to go on, or choose another folder'
      : stage === 'finished'
        ? `it is finished; ${further}`
        : `give its settings again to go on; when it has ended, ${further}`,
  });
}

const shown = (value: Json): string =>
  value === null ? 'not given' : typeof value === 'string' ? value : JSON.stringify(value);

/** Rows at once of the training that a folder holds: null for whole batches. */
export async function microBatchOf(folder: string): Promise<number | null> {
  const { microBatch } = await readJson(join(folder, IDENTITY), z.looseObject({ microBatch: z.int().nullish() }));
  return microBatch ?? null;
}

/** The default of a setting, for trainings begun before it existed. */
function defaultOf(name: string): Json {
  if (name === 'maskedShare') return PREDICTED_SHARE;
  const shape: Readonly<Record<string, z.ZodType>> = pretrainingSchema.shape;
  const parsed = shape[name]?.safeParse(undefined);
  return parsed?.success ? ((parsed.data ?? null) as Json) : null;
}
