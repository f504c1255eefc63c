/**
 * Models by name: a local folder, a model that ships with the product, or a repository of the Hugging Face hub, fetched once into a cache folder.
 *
 * Only the files that we read are fetched. Each is written to a `.partial` file whose name carries the content's hash, so that an
 * interrupted download goes on where it stopped and never mixes two versions; it takes its own name when the hash is right. The folder
 * counts as fetched when its list of files (`fetched.json`) has been written, last.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import type { ListFileEntry } from '@huggingface/hub';
import { explainFileError, Interrupted, messageOf, UserError } from '../foundation/errors.ts';
import { kindAt, moveIntoPlace, readJson, writeJson } from '../foundation/files.ts';
import { awaitFolder } from '../foundation/folder-lock.ts';
import { Monitor } from '../foundation/progress.ts';
import { WEIGHT_FILES } from './model-folder.ts';
import { shippedModelFolder } from './shipped-models.ts';

export interface HubOptions {
  /** Use what was fetched before, never the network. The environment's HF_HUB_OFFLINE=1 says the same. */
  offline?: boolean;
  /** Where models are kept; `$XDG_CACHE_HOME/dare/models` (or `~/.cache/dare/models`) unless stated. */
  cacheFolder?: string;
  monitor?: Monitor;
  /** The hub's address; the environment's HF_ENDPOINT, else https://huggingface.co, unless stated. */
  endpoint?: string;
  /** For private and gated models; the environment's HF_TOKEN unless stated. */
  token?: string;
}

const SMALL_FILES = [
  'config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.txt',
  'vocab.json',
  'merges.txt',
];
const COMPLETE = 'fetched.json';
/** Attempts in a row that brought no byte before a download is given up. */
const MAX_BARREN_ATTEMPTS = 4;
/** Doubled with each such attempt. */
const FIRST_PAUSE_MS = 150;
const REPOSITORY_NAME = /^[\w-][\w.-]*(\/[\w-][\w.-]*)?$/;

/**
 * The folder of a model that is named by a path, by `dare/…` (shipped-models.ts) or by its name on the hub.
 * @throws UserError in one line: no such model, gated, no network, disk full; Interrupted when the monitor's signal is raised.
 * @example
 * const folder = await resolveModel('bert-base-uncased', { offline: true });
 */
export async function resolveModel(nameOrPath: string, options: HubOptions = {}): Promise<string> {
  if ((await kindAt(nameOrPath)) === 'folder') return modelWithin(nameOrPath);
  const shipped = await shippedModelFolder(nameOrPath);
  if (shipped !== undefined) return shipped;
  if (!REPOSITORY_NAME.test(nameOrPath)) {
    throw new UserError('no such model folder', { where: nameOrPath, remedy: 'check the path' });
  }
  const endpoint = (options.endpoint ?? process.env.HF_ENDPOINT ?? 'https://huggingface.co').replace(/\/+$/, '');
  const folder = join(options.cacheFolder ?? defaultCacheFolder(), nameOrPath.replace('/', '--'));
  if ((await kindAt(join(folder, COMPLETE))) === 'file') return folder;
  if (options.offline || process.env.HF_HUB_OFFLINE === '1') {
    throw new UserError(`model ${nameOrPath} is neither a folder nor in the cache ${folder}`, {
      remedy: 'run once without --offline, or name a model folder',
    });
  }

  const token = options.token ?? process.env.HF_TOKEN;
  const monitor = options.monitor ?? new Monitor();
  const release = await awaitFolder(folder, monitor, `waiting for another process that is fetching ${nameOrPath}`);
  try {
    if ((await kindAt(join(folder, COMPLETE))) === 'file') return folder;
    await new HubRepository(nameOrPath, endpoint, token, monitor).fetchInto(folder);
  } finally {
    await release();
  }
  return folder;
}

/** A folder that a pretraining wrote has its model within; it may be named instead of it. */
async function modelWithin(folder: string): Promise<string> {
  const isModel = async (path: string): Promise<boolean> =>
    (await kindAt(join(path, 'config.json'))) !== undefined ||
    (await kindAt(join(path, 'adapter_config.json'))) !== undefined;
  const within = join(folder, 'model');
  return !(await isModel(folder)) && (await isModel(within)) ? within : folder;
}

function defaultCacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'dare', 'models');
}

class HubRepository {
  readonly #name: string;
  readonly #endpoint: string;
  readonly #token: string | undefined;
  readonly #monitor: Monitor;

  constructor(name: string, endpoint: string, token: string | undefined, monitor: Monitor) {
    this.#name = name;
    this.#endpoint = endpoint;
    this.#token = token;
    this.#monitor = monitor;
  }

  async fetchInto(folder: string): Promise<void> {
    const listed = await this.#list();
    if (!listed.has('config.json')) {
      throw new UserError(`model ${this.#name} has no config.json`, {
        remedy: 'choose a repository in the format of transformers',
      });
    }
    const weights = WEIGHT_FILES.find((name) => listed.has(name));
    if (!weights) {
      throw new UserError(`model ${this.#name} has no weights of PyTorch (${WEIGHT_FILES.join(', ')})`, {
        remedy: 'choose a repository with safetensors',
      });
    }
    const wanted = [...SMALL_FILES.filter((name) => listed.has(name)), weights];
    for (const file of wanted) await this.#fetchFile(folder, requireListed(listed, file));
    if (weights.endsWith('.index.json')) {
      const index = await readJson(
        join(folder, weights),
        z.looseObject({ weight_map: z.record(z.string(), z.string()) }),
      );
      for (const shard of new Set(Object.values(index.weight_map))) {
        // Only names that the repository lists at its top level can be written to.
        await this.#fetchFile(folder, requireListed(listed, shard));
        wanted.push(shard);
      }
    }
    const hashes = wanted.map((file): [string, string] => [file, contentHash(requireListed(listed, file)).value]);
    await writeJson(join(folder, COMPLETE), {
      name: this.#name,
      endpoint: this.#endpoint,
      files: Object.fromEntries(hashes),
    });
  }

  /** The files at the repository's top level. */
  async #list(): Promise<Map<string, ListFileEntry>> {
    // Loaded only where it is needed: commands on local models start faster.
    const { listFiles } = await import('@huggingface/hub');
    const files = new Map<string, ListFileEntry>();
    try {
      const listing = listFiles({
        repo: { type: 'model', name: this.#name },
        hubUrl: this.#endpoint,
        fetch: (url, init) => fetch(url, { ...init, ...this.#abortable(), headers: this.#headers(init?.headers) }),
      });
      for await (const entry of listing) {
        // A name with a separator could lead out of the folder.
        if (entry.type === 'file' && !/[/\\]/.test(entry.path)) files.set(entry.path, entry);
      }
    } catch (error) {
      const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : undefined;
      throw status === undefined ? this.#networkError(error) : this.#statusError(status);
    }
    return files;
  }

  async #fetchFile(folder: string, entry: ListFileEntry): Promise<void> {
    const path = join(folder, entry.path);
    if (await hasContent(path, entry)) return;
    const partial = join(folder, `${entry.path}.${contentHash(entry).value.slice(0, 16)}.partial`);
    const stage = `download ${this.#name} · ${entry.path}`;
    this.#monitor.report({ kind: 'stage', stage });
    const started = performance.now();

    let barren = 0;
    for (let done = await sizeOf(partial); done < entry.size;) {
      this.#monitor.checkpoint();
      let problem: unknown;
      try {
        await this.#transfer(entry, partial, done, stage);
      } catch (error) {
        if (error instanceof UserError) throw error;
        problem = error;
      }
      const now = await sizeOf(partial);
      barren = now > done ? 0 : barren + 1;
      done = now;
      if (barren >= MAX_BARREN_ATTEMPTS) throw this.#networkError(problem);
      if (barren > 0) await setTimeout(FIRST_PAUSE_MS * 2 ** barren);
    }
    if (!(await hasContent(partial, entry))) {
      await rm(partial, { force: true });
      throw new UserError(`${entry.path} of ${this.#name} arrived damaged (wrong checksum) and was deleted`, {
        remedy: 'run the same command again',
        exitCode: 1,
      });
    }
    await moveIntoPlace(partial, path);
    this.#monitor.report({
      kind: 'done',
      stage,
      seconds: (performance.now() - started) / 1000,
      figures: { bytes: entry.size },
    });
  }

  /** Appends to the partial file what the server sends from byte `from` on, until the end or an error. */
  async #transfer(entry: ListFileEntry, partial: string, from: number, stage: string): Promise<void> {
    const url = `${this.#endpoint}/${this.#name}/resolve/main/${encodeURIComponent(entry.path)}`;
    const response = await fetch(url, {
      headers: this.#headers(from > 0 ? { Range: `bytes=${from}-` } : {}),
      ...this.#abortable(),
    });
    if (response.status >= 500 || response.status === 429) throw new Error(`the hub answered ${response.status}`);
    if (!response.ok || !response.body) throw this.#statusError(response.status);
    // A server that ignores the range sends the whole file.
    let done = response.status === 206 ? from : 0;
    let file;
    try {
      await mkdir(join(partial, '..'), { recursive: true });
      file = await open(partial, done === 0 ? 'w' : 'a');
    } catch (error) {
      throw explainFileError(error);
    }
    try {
      const reader = response.body.getReader();
      for (let read = await reader.read(); !read.done; read = await reader.read()) {
        try {
          await file.writeFile(read.value);
        } catch (error) {
          throw explainFileError(error);
        }
        done += read.value.length;
        this.#monitor.report({ kind: 'step', stage, done, total: entry.size, figures: {} });
      }
    } finally {
      await file.close();
    }
  }

  #headers(others: ConstructorParameters<typeof Headers>[0]): Headers {
    const headers = new Headers(others);
    if (this.#token) headers.set('Authorization', `Bearer ${this.#token}`);
    return headers;
  }

  #abortable(): { signal?: AbortSignal } {
    return this.#monitor.signal ? { signal: this.#monitor.signal } : {};
  }

  #statusError(status: number): UserError {
    if (status === 404) {
      return new UserError(`no model ${this.#name} on ${this.#endpoint}, nor a folder of that name`, {
        remedy: 'check the name',
      });
    }
    if (status === 401 || status === 403) {
      return new UserError(`model ${this.#name} does not exist on ${this.#endpoint}, or is private or gated`, {
        remedy: 'check the name; for a gated model accept its terms there and set HF_TOKEN',
      });
    }
    return new UserError(`${this.#endpoint} answered ${status} for model ${this.#name}`, {
      remedy: 'try again later',
      exitCode: 1,
    });
  }

  #networkError(error: unknown): UserError {
    if (this.#monitor.signal?.aborted) return new Interrupted();
    if (error instanceof UserError) return error;
    const cause = error instanceof Error && error.cause ? error.cause : error;
    return new UserError(`cannot fetch model ${this.#name} from ${this.#endpoint}: ${messageOf(cause)}`, {
      remedy: 'check the network, set HF_ENDPOINT to a mirror, or name a model folder',
      exitCode: 1,
      cause: error,
    });
  }
}

function requireListed(listed: ReadonlyMap<string, ListFileEntry>, file: string): ListFileEntry {
  const entry = listed.get(file);
  if (!entry)
    throw new UserError(`the repository names ${file}, but does not hold it`, { remedy: 'choose another model' });
  return entry;
}

/** Large files are known by their SHA-256, small ones by git's hash of a blob. */
function contentHash(entry: ListFileEntry): { algorithm: 'sha256' | 'sha1'; prefix: string; value: string } {
  if (entry.lfs) return { algorithm: 'sha256', prefix: '', value: entry.lfs.oid };
  return { algorithm: 'sha1', prefix: `blob ${entry.size}\0`, value: entry.oid ?? '' };
}

async function hasContent(path: string, entry: ListFileEntry): Promise<boolean> {
  if ((await sizeOf(path)) !== entry.size || (await kindAt(path)) !== 'file') return false;
  const { algorithm, prefix, value } = contentHash(entry);
  const hash = createHash(algorithm).update(prefix);
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex') === value;
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}
