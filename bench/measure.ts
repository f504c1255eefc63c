/** Rows that stand beside PyTorch and Hugging Face: everyone in turn, in processes of their own. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { AS_ON_INTEL, mklAsOnIntel } from './mkl.ts';
import type { rowSchema } from './results.ts';
import type { Measured } from './results.ts';

const timingSchema = z.object({ median: z.number(), min: z.number(), each: z.array(z.number()) });
const stepSchema = z.looseObject({ stepSeconds: timingSchema, peakRssBytes: z.number() });
const epochSchema = z.looseObject({
  epochSeconds: z.number(),
  tokens: z.number(),
  paddedTokens: z.number(),
  peakRssBytes: z.number(),
});

const generateSchema = z.looseObject({
  batches: z.array(z.looseObject({ batch: z.number(), tokensPerSecond: z.number() })),
  peakRssBytes: z.number(),
});

/** Runs a program whose last line of output is JSON. */
export function run(program: string, args: readonly string[], environment: Record<string, string> = {}): unknown {
  console.error(
    `… ${[...Object.entries(environment).map(([name, value]) => `${name}=${value}`), program, ...args].join(' ')}`,
  );
  const output = execFileSync(program, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 1e9,
    env: { ...process.env, ...environment },
  });
  const line = output.trim().split('\n').at(-1)!;
  console.error(`  ${line.slice(0, 300)}`);
  return JSON.parse(line);
}

/** Runs one of the scripts of this folder, or of peers/, and gives its line of figures. */
export type Measure = (script: string, ...args: string[]) => unknown;

export const dare: Measure = (script, ...args) =>
  run(process.execPath, ['--import', 'tsx', `bench/${script}.ts`, ...args]);
/** @param python has bench/peers/requirements.txt. */
export const peerOf =
  (python: string, environment?: Record<string, string>): Measure =>
  (script, ...args) =>
    run(python, [`bench/peers/${script}.py`, '--threads', '2', ...args], environment);

/** Peers as they are installed, and where that makes them faster with MKL as on Intel's processors. */
export interface Peers {
  readonly installed: Measure;
  readonly fastest: Measure;
  readonly isTold: boolean;
}
export function peersOf(python: string): Peers {
  const environment = mklAsOnIntel();
  const installed = peerOf(python);
  return environment
    ? { installed, fastest: peerOf(python, environment), isTold: true }
    : { installed, fastest: installed, isTold: false };
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Medians over all iterations of one way of doing it. */
function pool(outcomes: readonly unknown[]): z.infer<typeof rowSchema> {
  const parsed = outcomes.map((outcome) => stepSchema.parse(outcome));
  const all = parsed.flatMap(({ stepSeconds }) => stepSeconds.each);
  const peakRssBytes = Math.max(...parsed.map((each) => each.peakRssBytes));
  return { seconds: median(all), spread: [Math.min(...all), Math.max(...all)], peakRssBytes };
}

const TOKENS = 1024;
/** Multiplications and additions of a layer's products for one token, forward and backward: 2 · 3 · 12 · 768². */
const LAYER_FLOPS = 6 * 12 * 768 ** 2;
const MODELS = [
  {
    name: 'BERT-base 8×128',
    model: 'bert-base',
    batch: '8',
    length: '128',
    // The last layer is computed at one position, but for its keys and values (2 of its 12 · 768² weights).
    flops: TOKENS * LAYER_FLOPS * (11 + 2 / 12),
  },
  {
    name: 'GPT-2 124M 2×512',
    model: 'gpt2',
    batch: '2',
    length: '512',
    flops: TOKENS * (LAYER_FLOPS * 12 + 6 * 768 * 50257),
  },
];
const SDPA = 'PyTorch eager, scaled_dot_product_attention';
const COMPILED = 'PyTorch compiled';
/** Flags by name. */
const PEERS: Record<string, string[]> = {
  'PyTorch eager': ['--mode', 'eager'],
  [SDPA]: ['--mode', 'sdpa'],
  [`${SDPA}, oneDNN off`]: ['--mode', 'sdpa', '--onednn', 'off'],
  [COMPILED]: ['--mode', 'compiled'],
};

/** @param steps of dare before its peers and again after them; its peers make as many in one go. */
export function measureSteps({ installed, fastest, isTold }: Peers, steps: number): Measured<'steps'> {
  const models = Object.fromEntries(
    MODELS.map(({ name, model, batch, length }) => {
      const shape = ['--batch', batch, '--length', length, '--warmup', '2'];
      const size = [...shape, '--steps', String(steps)];
      const outcomes: unknown[] = [dare('train-step', model, ...size)];
      const peerSize = ['--model', model, ...shape, '--steps', String(2 * steps), '--optimizer', 'fused'];
      const row = (peer: Measure, peerName: string) => pool([peer('train_step', ...peerSize, ...PEERS[peerName]!)]);
      const asInstalled = Object.keys(PEERS).map((peerName) => [peerName, row(installed, peerName)] as const);
      const told = (isTold ? [SDPA, COMPILED] : []).map(
        (peerName) => [`${peerName}, MKL ${AS_ON_INTEL}`, row(fastest, peerName)] as const,
      );
      outcomes.push(dare('train-step', model, ...size));
      return [name, { dare: pool(outcomes), ...Object.fromEntries([...asInstalled, ...told]) }];
    }),
  );
  return { models };
}

const traceSchema = z.array(
  z.looseObject({
    cat: z.string().optional(),
    name: z.string().optional(),
    dur: z.number().optional(),
    args: z.looseObject({ op_name: z.string().optional() }).optional(),
  }),
);

/** Where the time of dare's step goes: ONNX Runtime's own trace of every node, without the first run. */
export function measureProfiles(): Measured<'profiles'> {
  const models = Object.fromEntries(
    MODELS.map(({ name, model, batch, length, flops }) => {
      const folder = mkdtempSync(join(tmpdir(), 'dare-profile-'));
      dare(
        'train-step',
        model,
        '--batch',
        batch,
        '--length',
        length,
        '--steps',
        '3',
        '--warmup',
        '1',
        '--profile',
        join(folder, 'trace'),
      );
      const file = readdirSync(folder)[0]!;
      const events = traceSchema.parse(JSON.parse(readFileSync(join(folder, file), 'utf8')));
      const runs = events.filter((event) => event.name === 'model_run').length;
      const operators: Record<string, number> = {};
      for (const { cat, name: event, dur = 0, args } of events) {
        if (cat !== 'Node' || !event?.endsWith('_kernel_time') || !args?.op_name) continue;
        operators[args.op_name] = (operators[args.op_name] ?? 0) + dur / 1000 / runs;
      }
      const milliseconds = Object.values(operators).reduce((sum, each) => sum + each, 0);
      const gigaflops = flops / 1e6 / operators.Gemm!;
      return [name, { milliseconds, operators, gigaflops }];
    }),
  );
  return { models };
}

/** New tokens of a sentence. */
export const SAMPLED_LENGTH = '64';
/** Everyone goes on to larger batches until two are slower than the best so far, so that each one's best size is known; or to the largest here, and the page says so. */
const SAMPLING_BATCHES = ['--batch', '8,16,32,64,128,256,512', '--until-slower', '--new-tokens', SAMPLED_LENGTH];

/** Rows of the table of sampling: before the peers, and after them. */
export const OWN = 'dare';
export const OWN_AGAIN = 'dare, once more at the end';

export function measureSampling(peer: Measure, vocabulary: string): Measured<'sampling'> {
  const row = (outcome: unknown) => {
    const { batches, peakRssBytes } = generateSchema.parse(outcome);
    return {
      tokensPerSecond: Object.fromEntries(batches.map(({ batch, tokensPerSecond }) => [batch, tokensPerSecond])),
      peakRssBytes,
    };
  };
  const generate = (cache: string) =>
    row(peer('generate', ...SAMPLING_BATCHES, '--repeats', '2', '--warmup', '1', '--cache', cache));
  const own = row(dare('generate', '--vocabulary', vocabulary, ...SAMPLING_BATCHES));
  const peers = {
    'generate, growing cache': generate('dynamic'),
    'generate, compiled, static cache': generate('compiled'),
  };
  // Once more at the end, so that a machine that changes speed shows.
  const [best] = Object.entries(own.tokensPerSecond).sort(([, a], [, b]) => b - a)[0]!;
  const again = row(dare('generate', '--vocabulary', vocabulary, '--batch', best, '--new-tokens', SAMPLED_LENGTH));
  return { peers: { [OWN]: own, ...peers, [OWN_AGAIN]: again } };
}

/** @param every so manieth batch of an epoch is trained on. */
export function measureEpoch(
  { installed, fastest, isTold }: Peers,
  { corpus, vocabulary, every }: { corpus: string; vocabulary: string; every: number },
): Measured<'epoch'> {
  const data = mkdtempSync(join(tmpdir(), 'dare-bench-'));
  const { examples } = z
    .object({ examples: z.number() })
    .parse(dare('epoch', 'prepare', '--corpus', corpus, '--vocabulary', vocabulary, '--out', data));
  const row = (outcome: unknown) => {
    const { epochSeconds, tokens, paddedTokens, peakRssBytes } = epochSchema.parse(outcome);
    return { seconds: epochSeconds, tokens, paddedTokens, peakRssBytes };
  };
  const share = ['--every', String(every)];
  const folders = ['--data', join(data, 'train.jsonl'), '--tokenizer', join(data, 'tokenizer'), ...share];
  const trainer = (mode: string, attention = 'sdpa', peer = installed) =>
    row(peer('epoch', ...folders, '--mode', mode, '--attention', attention));
  const peers = {
    dare: row(dare('epoch', 'train', '--data', data, ...share)),
    'Trainer, padded to 128': trainer('padded128'),
    'Trainer, dynamic padding, grouped by length': trainer('grouped'),
    'Trainer, the same with eager attention': trainer('grouped', 'eager'),
    ...(isTold && {
      [`Trainer, padded to 128, MKL ${AS_ON_INTEL}`]: trainer('padded128', 'sdpa', fastest),
      [`Trainer, dynamic padding, grouped by length, MKL ${AS_ON_INTEL}`]: trainer('grouped', 'sdpa', fastest),
    }),
  };
  return { examples, every, peers };
}

/** Of what is timed beside dare. */
export function peerVersions(python: string): Record<string, string> {
  // A package that a machine lacks is one that nothing of its tables needs.
  const script = `
import importlib.metadata, json, platform
versions = {"Python": platform.python_version()}
for name, package in {"PyTorch": "torch", "transformers": "transformers", "accelerate": "accelerate", "peft": "peft"}.items():
    try:
        versions[name] = importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        pass
print(json.dumps(versions))`;
  return z.record(z.string(), z.string()).parse(run(python, ['-c', script]));
}
