/** The hub is a server on the loopback interface that answers like huggingface.co, with mishaps on demand. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Interrupted } from '../foundation/errors.ts';
import { lockFolder } from '../foundation/folder-lock.ts';
import { Monitor } from '../foundation/progress.ts';
import { resolveModel, type HubOptions } from './hub.ts';

const weights = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, i) => i % 251));
const files: Record<string, Buffer> = {
  'config.json': Buffer.from('{"model_type":"gpt2"}'),
  'model.safetensors': weights,
  'pytorch_model.bin': Buffer.from('not wanted where safetensors are'),
  'vocab.json': Buffer.from('{}'),
  'README.md': Buffer.from('# not needed'),
};

interface Mishaps {
  /** Cut the connection after so many bytes of each answer with weights. */
  cutAfter?: number;
  /** Send other bytes than those listed. */
  corrupt?: boolean;
  ignoreRanges?: boolean;
  /** Answer the first requests for files with this status. */
  busyTimes?: number;
}

let server: Server;
let endpoint: string;
let cacheFolder: string;
let mishaps: Mishaps;
let requests: { path: string; range: string | undefined; authorization: string | undefined }[];

beforeEach(async () => {
  mishaps = {};
  requests = [];
  cacheFolder = await mkdtemp(join(tmpdir(), 'dare-hub-'));
  server = createServer(answer).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(cacheFolder, { recursive: true });
});

function answer(request: IncomingMessage, response: ServerResponse): void {
  const path = new URL(request.url ?? '/', 'http://hub').pathname;
  const { range, authorization } = request.headers;
  requests.push({ path, range, authorization });
  const status = path.includes('/gated')
    ? 403
    : path.includes('/broken')
      ? 500
      : path.includes('/some/model')
        ? 200
        : 404;
  if (status !== 200) {
    response.writeHead(status, { 'content-type': 'application/json' }).end('{"error":"no"}');
    return;
  }
  if (path === '/api/models/some/model/tree/main') {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(listing()));
    return;
  }
  const name = path.replace('/some/model/resolve/main/', '');
  const content = files[name]!;
  if (mishaps.busyTimes) {
    mishaps.busyTimes--;
    response.writeHead(503).end();
    return;
  }
  const from = mishaps.ignoreRanges ? 0 : Number(/bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0);
  const body = mishaps.corrupt ? Buffer.alloc(content.length) : content;
  response.writeHead(from > 0 ? 206 : 200, { 'content-length': content.length - from });
  if (mishaps.cutAfter !== undefined && name === 'model.safetensors' && from + mishaps.cutAfter < content.length) {
    response.write(body.subarray(from, from + mishaps.cutAfter), () => setTimeout(() => response.destroy(), 20));
    return;
  }
  response.end(body.subarray(from));
}

function listing(): object[] {
  return Object.entries(files).map(([path, content]) => ({
    type: 'file',
    path,
    size: content.length,
    oid: createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex'),
    ...(path.startsWith('model.') && {
      lfs: { oid: createHash('sha256').update(content).digest('hex'), size: content.length, pointerSize: 130 },
    }),
  }));
}

const resolve = (name: string, options: HubOptions = {}) => resolveModel(name, { endpoint, cacheFolder, ...options });
const weightRequests = () => requests.filter(({ path }) => path.endsWith('model.safetensors'));

test('fetches what is needed once, then works offline', async () => {
  const folder = await resolve('some/model', { token: 'secret' });
  expect((await readdir(folder)).sort()).toEqual(['config.json', 'fetched.json', 'model.safetensors', 'vocab.json']);
  expect(await readFile(join(folder, 'model.safetensors'))).toEqual(weights);
  expect(requests.every(({ authorization }) => authorization === 'Bearer secret')).toBe(true);
  requests = [];
  expect(await resolve('some/model', { offline: true })).toBe(folder);
  expect(await resolve('some/model')).toBe(folder);
  expect(requests).toEqual([]);
});

test('a local folder is itself', async () => {
  expect(await resolve(cacheFolder)).toBe(cacheFolder);
  expect(requests).toEqual([]);
});

test('the folder of a pretraining is the model within it', async () => {
  const model = join(cacheFolder, 'model');
  await mkdir(model);
  await writeFile(join(model, 'config.json'), '{}');
  expect(await resolve(cacheFolder)).toBe(model);
  await writeFile(join(cacheFolder, 'config.json'), '{}');
  expect(await resolve(cacheFolder)).toBe(cacheFolder);
});

test('a cut connection: goes on from where it stopped', async () => {
  mishaps = { cutAfter: 100_000 };
  const folder = await resolve('some/model');
  expect(await readFile(join(folder, 'model.safetensors'))).toEqual(weights);
  expect(weightRequests().map(({ range }) => range)).toEqual([undefined, 'bytes=100000-', 'bytes=200000-']);
});

test('an interrupted fetch goes on in the next run', async () => {
  mishaps = { cutAfter: 100_000 };
  const controller = new AbortController();
  const monitor = new Monitor((event) => {
    if (event.kind === 'step' && event.done > 1000) controller.abort();
  }, controller.signal);
  await expect(resolve('some/model', { monitor })).rejects.toThrow(/interrupted/);
  expect(await readdir(join(cacheFolder, 'some--model'))).toContainEqual(
    expect.stringMatching(/safetensors\.\w+\.partial$/),
  );
  requests = [];
  mishaps = {};
  await resolve('some/model');
  expect(weightRequests()[0]?.range).toMatch(/^bytes=[1-9]\d*-$/);
  expect(requests.map(({ path }) => path)).not.toContain('/some/model/resolve/main/config.json');
});

test('a server that ignores ranges', async () => {
  mishaps = { cutAfter: 100_000 };
  const controller = new AbortController();
  const monitor = new Monitor((event) => {
    if (event.kind === 'step' && event.done > 1000) controller.abort();
  }, controller.signal);
  await expect(resolve('some/model', { monitor })).rejects.toThrow(/interrupted/);
  mishaps = { ignoreRanges: true };
  expect(await readFile(join(await resolve('some/model'), 'model.safetensors'))).toEqual(weights);
});

test('a busy server is asked again, but not for ever', async () => {
  mishaps = { busyTimes: 2 };
  await resolve('some/model');
  await rm(join(cacheFolder, 'some--model'), { recursive: true });
  mishaps = { busyTimes: 1000 };
  await expect(resolve('some/model')).rejects.toThrow(
    /cannot fetch model some\/model from http.*: the hub answered 503 \(check the network/,
  );
});

describe('another process that fetches the same', () => {
  const notes: string[] = [];
  const listening = (signal?: AbortSignal): Monitor =>
    new Monitor((event) => event.kind === 'note' && notes.push(event.text), signal);
  const hasWaited = () => vi.waitUntil(() => notes.length > 0, { timeout: 30_000 });
  beforeEach(() => (notes.length = 0));

  test('is waited for, which is said once, and what it fetched is taken', async () => {
    const folder = join(cacheFolder, 'some--model');
    const release = await lockFolder(folder);
    const waiting = resolve('some/model', { monitor: listening() });
    await hasWaited();
    await delay(300);
    await writeFile(join(folder, 'fetched.json'), '{}');
    await release();
    expect(await waiting).toBe(folder);
    expect(notes).toEqual(['waiting for another process that is fetching some/model']);
    expect(requests).toEqual([]);
  });

  test('goes on where that one ended without it', async () => {
    const release = await lockFolder(join(cacheFolder, 'some--model'));
    const waiting = resolve('some/model', { monitor: listening() });
    await hasWaited();
    await release();
    expect(await readFile(join(await waiting, 'model.safetensors'))).toEqual(weights);
  });

  test('is not waited for any longer when the user stops', async () => {
    const release = await lockFolder(join(cacheFolder, 'some--model'));
    const controller = new AbortController();
    const waiting = resolve('some/model', { monitor: listening(controller.signal) });
    await hasWaited();
    controller.abort();
    await expect(waiting).rejects.toBeInstanceOf(Interrupted);
    await release();
  });
});

test('a wrong checksum: deleted, and said', async () => {
  mishaps = { corrupt: true };
  await expect(resolve('some/model')).rejects.toThrow(/config\.json of some\/model arrived damaged \(wrong checksum\)/);
  mishaps = {};
  await resolve('some/model');
});

describe('errors say in one line what to do', () => {
  test.each([
    ['no/such', {}, /no model no\/such on http:.*, nor a folder of that name \(check the name\)/],
    ['some/gated', {}, /model some\/gated does not exist on .* or is private or gated \(.*HF_TOKEN\)/],
    ['some/broken', {}, /answered 500 for model some\/broken \(try again later\)/],
    ['some/model', { offline: true }, /model some\/model is neither a folder nor in the cache .*without --offline/],
    ['./no/such/folder', {}, /no such model folder/],
    ['../escape', {}, /no such model folder/],
    [
      'some/model',
      { endpoint: 'http://127.0.0.1:9' },
      /cannot fetch model some\/model from http:\/\/127\.0\.0\.1:9: .*HF_ENDPOINT/,
    ],
  ])('%s %j', async (name, options, message) => {
    const error: unknown = await resolve(name, options).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'UserError' });
    expect(String(error)).toMatch(message);
  });
});
