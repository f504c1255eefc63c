/**
 * Speed beside PyTorch and Hugging Face of the same machine and hour: runs everyone in turn and writes docs/benchmarks.md.
 *
 *   npm run bench -- --python PYTHON --corpus CDR --vocabulary BERT_VOCABULARY --gpt2-vocabulary GPT2_VOCABULARY
 *                    [--only step|profile|sampling|epoch|large|long-run|corpus|workers] [--steps 4]
 *
 * PYTHON has bench/peers/requirements.txt; CDR is the corpus's folder; the vocabularies are folders with bert-base-uncased's vocab.txt, and GPT-2's
 * vocab.json and merges.txt. Nothing else should run meanwhile. Each measured step is repeated before and after its peers, so that a machine that
 * changes speed shows.
 *
 *   npm run bench -- --only corpus [--formats pubtator,bioc]      the speed of the corpus readers, which needs none of these
 *   npm run bench -- --only workers --corpus CDR                  an ensemble one after the other and side by side
 *   npm run bench -- --only long-run                              whether memory grows over a long training
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { describeLongRun, largeRows, largeSchema, longRunSchema, measureLarge } from './memory.ts';
import { measureWorkers, workersRows, workersSchema, type WorkersSpeed } from './workers.ts';
import { corpusSpeedRows, corpusSpeedSchema, measureCorpusSpeed, type CorpusSpeed } from './corpus-speed.ts';

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    corpus: { type: 'string', default: '' },
    vocabulary: { type: 'string', default: '' },
    'gpt2-vocabulary': { type: 'string', default: '' },
    only: { type: 'string' },
    steps: { type: 'string', default: '4' },
    fraction: { type: 'string', default: '0.1' },
    formats: { type: 'string' },
  },
});
const RESULTS = 'docs/benchmarks.json';

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

const rowSchema = z.object({
  seconds: z.number(),
  spread: z.tuple([z.number(), z.number()]),
  peakRssBytes: z.number(),
});
const epochRowSchema = z.object({
  seconds: z.number(),
  tokens: z.number(),
  paddedTokens: z.number(),
  peakRssBytes: z.number(),
});
/** Milliseconds of one forward and backward pass, by operator, and what the products reach. */
const profileSchema = z.object({
  milliseconds: z.number(),
  operators: z.record(z.string(), z.number()),
  gigaflops: z.number(),
});
const resultsSchema = z.object({
  machine: z.string(),
  versions: z.record(z.string(), z.string()),
  date: z.string(),
  steps: z.record(z.string(), z.record(z.string(), rowSchema)).optional(),
  profiles: z.record(z.string(), profileSchema).optional(),
  /** Tokens a second by who and by batch size. */
  sampling: z
    .record(z.string(), z.object({ tokensPerSecond: z.record(z.string(), z.number()), peakRssBytes: z.number() }))
    .optional(),
  epoch: z.object({ rows: z.number(), of: z.number(), peers: z.record(z.string(), epochRowSchema) }).optional(),
  large: largeSchema.optional(),
  longRun: longRunSchema.optional(),
  corpus: corpusSpeedSchema.optional(),
  workers: workersSchema.optional(),
});
type Results = z.infer<typeof resultsSchema>;

function run(program: string, args: readonly string[]): unknown {
  console.error(`… ${[program, ...args].join(' ')}`);
  const output = execFileSync(program, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 1e9,
  });
  const line = output.trim().split('\n').at(-1)!;
  console.error(`  ${line.slice(0, 300)}`);
  return JSON.parse(line);
}
const dare = (script: string, ...args: string[]) => run('npx', ['tsx', `bench/${script}.ts`, ...args]);
const peer = (script: string, ...args: string[]) =>
  run(values.python, [`bench/peers/${script}.py`, '--threads', '2', ...args]);

/** Medians over all iterations of one way of doing it. */
function pool(outcomes: readonly unknown[]): z.infer<typeof rowSchema> {
  const parsed = outcomes.map((outcome) => stepSchema.parse(outcome));
  const all = parsed.flatMap(({ stepSeconds }) => stepSeconds.each).sort((a, b) => a - b);
  const peakRssBytes = Math.max(...parsed.map((each) => each.peakRssBytes));
  return { seconds: all[all.length >> 1]!, spread: [all[0]!, all.at(-1)!], peakRssBytes };
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
const PEERS: [string, string[]][] = [
  ['PyTorch eager', ['--mode', 'eager']],
  ['PyTorch eager, scaled_dot_product_attention', ['--mode', 'sdpa']],
  ['PyTorch eager, oneDNN off', ['--mode', 'sdpa', '--onednn', 'off']],
  ['PyTorch compiled', ['--mode', 'compiled']],
];

function measureSteps(): Results['steps'] {
  return Object.fromEntries(
    MODELS.map(({ name, model, batch, length }) => {
      const size = ['--batch', batch, '--length', length, '--steps', values.steps, '--warmup', '2'];
      const outcomes: unknown[] = [dare('train-step', model, ...size)];
      const peers = PEERS.map(([peerName, flags]): [string, z.infer<typeof rowSchema>] => [
        peerName,
        pool([peer('train_step', '--model', model, ...size, '--optimizer', 'fused', ...flags)]),
      ]);
      outcomes.push(dare('train-step', model, ...size));
      return [name, { dare: pool(outcomes), ...Object.fromEntries(peers) }];
    }),
  );
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
function measureProfiles(): Results['profiles'] {
  return Object.fromEntries(
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
}

/** New tokens of a sentence. */
const SAMPLED_LENGTH = '64';
const SAMPLING_BATCHES = ['--batch', '8,16,32,64', '--new-tokens', SAMPLED_LENGTH];

function measureSampling(): Results['sampling'] {
  const row = (outcome: unknown) => {
    const { batches, peakRssBytes } = generateSchema.parse(outcome);
    return {
      tokensPerSecond: Object.fromEntries(batches.map(({ batch, tokensPerSecond }) => [batch, tokensPerSecond])),
      peakRssBytes,
    };
  };
  const generate = (cache: string) =>
    row(peer('generate', ...SAMPLING_BATCHES, '--repeats', '2', '--warmup', '1', '--cache', cache));
  return {
    dare: row(dare('generate', '--vocabulary', values['gpt2-vocabulary'], ...SAMPLING_BATCHES)),
    'generate, growing cache': generate('dynamic'),
    'generate, compiled, static cache': generate('compiled'),
  };
}

function measureEpoch(): Results['epoch'] {
  const data = mkdtempSync(join(tmpdir(), 'dare-bench-'));
  const prepared = z
    .object({ examples: z.number(), of: z.number() })
    .parse(
      dare(
        'epoch',
        'prepare',
        '--corpus',
        values.corpus,
        '--vocabulary',
        values.vocabulary,
        '--fraction',
        values.fraction,
        '--out',
        data,
      ),
    );
  const row = (outcome: unknown) => {
    const { epochSeconds, tokens, paddedTokens, peakRssBytes } = epochSchema.parse(outcome);
    return { seconds: epochSeconds, tokens, paddedTokens, peakRssBytes };
  };
  const trainer = (mode: string) =>
    row(peer('epoch', '--data', join(data, 'train.jsonl'), '--tokenizer', join(data, 'tokenizer'), '--mode', mode));
  const peers = {
    dare: row(dare('epoch', 'train', '--data', data)),
    'Trainer, padded to 128': trainer('padded128'),
    'Trainer, dynamic padding, grouped by length': trainer('grouped'),
  };
  return { rows: prepared.examples, of: prepared.of, peers };
}

function versions(): Record<string, string> {
  const script =
    'import json,platform,torch,transformers;print(json.dumps({"Python":platform.python_version(),"PyTorch":torch.__version__,"transformers":transformers.__version__}))';
  const python = z.record(z.string(), z.string()).parse(run(values.python, ['-c', script]));
  const { version } = JSON.parse(readFileSync('node_modules/onnxruntime-node/package.json', 'utf8')) as {
    version: string;
  };
  return { Node: process.versions.node, 'ONNX Runtime': version, ...python };
}

const seconds = (value: number) => `${value.toFixed(2)} s`;
const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(2)} GB`;
const table = (head: string[], rows: string[][]) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

function describeSteps(steps: NonNullable<Results['steps']>): string {
  const rows = Object.entries(steps).flatMap(([name, peers]) => {
    const own = peers.dare!;
    const fastest = Math.min(
      ...Object.entries(peers).flatMap(([peerName, { seconds: s }]) => (peerName === 'dare' ? [] : s)),
    );
    return Object.entries(peers).map(([peerName, { seconds: s, spread, peakRssBytes }]) => [
      name,
      peerName,
      seconds(s),
      `${spread[0].toFixed(2)}–${spread[1].toFixed(2)}`,
      peerName === 'dare' ? `**${(fastest / s).toFixed(2)}× the fastest peer**` : (s / own.seconds).toFixed(2),
      gigabytes(peakRssBytes),
    ]);
  });
  const head = ['model, batch × length', 'by', 'median step', 'range', 'time, dare = 1', 'peak memory'];
  return [
    '## One training step',
    '',
    'Forward, backward and AdamW; float32; dropout 0.1, attention probabilities included; two threads each.',
    '',
    table(head, rows),
  ].join('\n');
}

function describeProfiles(profiles: NonNullable<Results['profiles']>): string {
  const SHOWN = 8;
  const parts = Object.entries(profiles).map(([name, { milliseconds, operators, gigaflops }]) => {
    const largest = Object.entries(operators).sort(([, a], [, b]) => b - a);
    const rest = largest.slice(SHOWN).reduce((sum, [, each]) => sum + each, 0);
    const rows = [...largest.slice(0, SHOWN), ['all others', rest] as const].map(([operator, each]) => [
      operator,
      each.toFixed(0),
      `${((100 * each) / milliseconds).toFixed(1)} %`,
    ]);
    return [
      `${name}: ${milliseconds.toFixed(0)} ms, of which the layers' products (Gemm) at ${gigaflops.toFixed(0)} GFLOP/s:`,
      '',
      table(['operator', 'ms', 'share'], rows),
    ].join('\n');
  });
  return ['## Where dare’s forward and backward pass spends its time', '', parts.join('\n\n')].join('\n');
}

function describeSampling(sampling: NonNullable<Results['sampling']>): string {
  const best = (name: string) => Math.max(...Object.values(sampling[name]!.tokensPerSecond));
  const own = best('dare');
  const fastest = Math.max(...Object.keys(sampling).flatMap((name) => (name === 'dare' ? [] : best(name))));
  const sizes = Object.keys(sampling.dare!.tokensPerSecond);
  const rows = Object.entries(sampling).map(([name, { tokensPerSecond, peakRssBytes }]) => [
    name,
    ...sizes.map((size) => tokensPerSecond[size]!.toFixed(0)),
    name === 'dare' ? `**${(own / fastest).toFixed(2)}× the fastest peer**` : (best(name) / own).toFixed(2),
    gigabytes(peakRssBytes),
  ]);
  const head = ['tokens a second, by', ...sizes.map((size) => `batch ${size}`), 'best, dare = 1', 'peak memory'];
  return [
    '## Sampling',
    '',
    `GPT-2 124M, float32, top-k 5, sentences of ${SAMPLED_LENGTH} tokens from <|endoftext|>, two threads each; Hugging Face's \`generate\` at its best batch.`,
    '',
    table(head, rows),
  ].join('\n');
}

function describeEpoch({ rows, of, peers }: NonNullable<Results['epoch']>): string {
  const own = peers.dare!;
  const lines = Object.entries(peers).map(([name, { seconds: s, tokens, paddedTokens, peakRssBytes }]) => [
    name,
    seconds(s),
    (s / own.seconds).toFixed(2),
    tokens.toLocaleString('en'),
    paddedTokens.toLocaleString('en'),
    gigabytes(peakRssBytes),
  ]);
  const head = ['by', 'seconds', 'time, dare = 1', 'tokens', 'with padding', 'peak memory'];
  return [
    '## Part of an epoch, by natural lengths',
    '',
    `BERT-base on a seeded ${rows} of the ${of} masked CDR training sentences, batch 32, at most 128 tokens, dropout 0.1, two threads each.`,
    '',
    table(head, lines),
  ].join('\n');
}

function describeLarge(large: z.infer<typeof largeSchema>): string {
  const { head, rows } = largeRows(large);
  return [
    '## A large model',
    '',
    'GPT-2-large (774M, random weights), a step of two batches of 4 × 128 tokens, float32, dropout 0.1, two threads each.',
    '',
    table(head, rows),
  ].join('\n');
}

function describeCorpusSpeed(corpus: CorpusSpeed): string {
  const { head, rows } = corpusSpeedRows(corpus);
  return [
    '## Reading corpora',
    '',
    `\`npm run bench -- --only corpus\`, ${corpus.date}, Node ${corpus.node}: eight written sentences over and over, with fresh ids, read to the end by a process of its own;`,
    'start of the process not counted, its memory counted. The number of documents, and for formats of sentences that of sentences, is checked.',
    '',
    table(head, rows),
  ].join('\n');
}

function describeWorkers(workers: WorkersSpeed): string {
  const { head, rows } = workersRows(workers);
  const { members, machine, date, sameBytes } = workers;
  return [
    '## Models side by side',
    '',
    `\`npm run bench -- --only workers --corpus CDR\`, ${date}, ${machine}: \`dare run --preset small\`, the gold ensemble with ${members} classifiers of one epoch each, from the`,
    `first one's beginning to the last one's end, processes started in that time included. One at a time and side by side, with one thread each, the predictions ${sameBytes ? 'were the same bytes' : 'DIFFERED'}.`,
    '',
    table(head, rows),
  ].join('\n');
}

function describe(results: Results): string {
  const { machine, date, steps, profiles, sampling, epoch, large, longRun, corpus, workers } = results;
  const list = Object.entries(results.versions).map(([name, version]) => `${name} ${version}`);
  return [
    '# Benchmarks',
    '',
    'Made by `npm run bench -- --python PYTHON --corpus CDR --vocabulary BERT_VOCABULARY --gpt2-vocabulary GPT2_VOCABULARY`; all rows of a table come from one run.',
    '',
    `Machine: ${machine}. ${list.join(', ')}. ${date}.`,
    '',
    ...(steps ? [describeSteps(steps), ''] : []),
    ...(profiles ? [describeProfiles(profiles), ''] : []),
    ...(sampling ? [describeSampling(sampling), ''] : []),
    ...(epoch ? [describeEpoch(epoch), ''] : []),
    ...(large ? [describeLarge(large), ''] : []),
    ...(longRun ? [describeLongRun(longRun), ''] : []),
    ...(corpus ? [describeCorpusSpeed(corpus), ''] : []),
    ...(workers ? [describeWorkers(workers), ''] : []),
  ].join('\n');
}

const wanted = (part: string) => values.only === undefined || values.only === part;
mkdirSync('docs', { recursive: true });
let previous: Partial<Results> = {};
try {
  previous = resultsSchema.parse(JSON.parse(readFileSync(RESULTS, 'utf8')));
} catch {
  // The first run, or one after the format changed.
}
const machine = `${cpus()[0]?.model.trim() ?? 'unknown'}, ${cpus().length} cores`;
// What has no peers leaves the others' machine, date and versions as they are.
const surroundings =
  ['corpus', 'workers', 'long-run', 'none'].includes(values.only ?? '') &&
  previous.machine &&
  previous.versions &&
  previous.date
    ? { machine: previous.machine, versions: previous.versions, date: previous.date }
    : { machine, versions: versions(), date: new Date().toISOString().slice(0, 10) };
const results: Results = {
  ...previous,
  ...surroundings,
  ...(wanted('step') && { steps: measureSteps() }),
  ...(wanted('profile') && { profiles: measureProfiles() }),
  ...(wanted('sampling') && { sampling: measureSampling() }),
  ...(wanted('epoch') && { epoch: measureEpoch() }),
  ...(wanted('large') && { large: measureLarge(dare, peer) }),
  ...(wanted('long-run') && {
    longRun: {
      ...longRunSchema.parse(run('node', ['--expose-gc', '--import', 'tsx', 'bench/long-run.ts'])),
      machine,
      date: new Date().toISOString().slice(0, 10),
    },
  }),
  ...(wanted('corpus') && { corpus: measureCorpusSpeed(dare, values.formats?.split(','), previous.corpus) }),
  ...(wanted('workers') && { workers: { ...measureWorkers(values.corpus), machine } }),
};
writeFileSync(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
writeFileSync('docs/benchmarks.md', `${describe(results)}\n`);
