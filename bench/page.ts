/** docs/benchmarks.md, out of its figures. */
import { corpusSpeedRows } from './corpus-speed.ts';
import type { CorpusSpeed } from './corpus-speed.ts';
import { describeGpuSpeed } from './gpu-page.ts';
import { AS_ON_INTEL } from './mkl.ts';
import { markdownTable } from './markdown-table.ts';
import { OWN, OWN_AGAIN, SAMPLED_LENGTH } from './measure.ts';
import { largeRows, longRunRows } from './memory.ts';
import type { Large, LongRun } from './memory.ts';
import { poolsRows } from './pools.ts';
import type { PoolsSpeed } from './pools.ts';
import type { Entry, Results } from './results.ts';
import { agreement, describeSurroundings } from './surroundings.ts';
import type { Surroundings } from './surroundings.ts';
import { workersRows } from './workers.ts';
import type { WorkersSpeed } from './workers.ts';

const seconds = (value: number) => `${value.toFixed(2)} s`;
const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(2)} GB`;

/** What is added to a table's introduction: on what it was measured, where that is not said for all at once. */
type Note = (where: Surroundings) => string;

function stepsTable({ models }: Entry<'steps'>): string {
  const rows = Object.entries(models).flatMap(([name, peers]) => {
    const own = peers.dare!;
    const fastest = Math.min(
      ...Object.entries(peers).flatMap(([peerName, { seconds: s }]) => (peerName === 'dare' ? [] : s)),
    );
    return Object.entries(peers).map(([peerName, { seconds: s, spread, peakRssBytes }]) => [
      name,
      peerName,
      seconds(s),
      `${spread[0].toFixed(2)}–${spread[1].toFixed(2)}`,
      peerName === 'dare'
        ? `**${(fastest / s).toFixed(2)}× as fast as the fastest peer**`
        : (s / own.seconds).toFixed(2),
      gigabytes(peakRssBytes),
    ]);
  });
  return markdownTable(['model, batch × length', 'by', 'median step', 'range', 'time, dare = 1', 'peak memory'], rows);
}

/** A table of each machine that something was measured on. */
function describeEach<Each extends Surroundings>(
  entries: readonly Each[],
  parts: { title: string; textOf: (entry: Each) => string; note: Note; tableOf: (entry: Each) => string },
): string {
  const { title, textOf, note, tableOf } = parts;
  const [first, ...others] = entries;
  if (!first) return '';
  const text = textOf(first);
  const more = others.flatMap((entry) => {
    const differs = textOf(entry) === text ? '' : ` ${textOf(entry)}`;
    return ['', `On ${describeSurroundings(entry)}:${differs}`, '', tableOf(entry)];
  });
  return [`## ${title}`, '', text + note(first), '', tableOf(first), ...more].join('\n');
}

const describeSteps = (entries: NonNullable<Results['steps']>, note: Note): string =>
  describeEach(entries, {
    title: 'One training step',
    textOf: ({ remark }) =>
      remark ??
      'Forward, backward and AdamW (PyTorch’s fused one), without clipping; float32; dropout 0.1, attention probabilities included; two threads each. Of each peer eight steps after two that warm up; of dare four before its peers and four after them, each time after two. Of a classifier’s last layer dare computes what its head reads, PyTorch all. `npm run bench -- --only step --python PYTHON`.',
    note,
    tableOf: stepsTable,
  });

function describeProfiles({ models, ...where }: NonNullable<Results['profiles']>, note: Note): string {
  const SHOWN = 8;
  const parts = Object.entries(models).map(([name, { milliseconds, operators, gigaflops }]) => {
    const largest = Object.entries(operators).sort(([, a], [, b]) => b - a);
    const rest = largest.slice(SHOWN).reduce((sum, [, each]) => sum + each, 0);
    const rows = [...largest.slice(0, SHOWN), ['all others', rest] as const].map(([operator, each]) => [
      operator,
      each.toFixed(0),
      `${((100 * each) / milliseconds).toFixed(1)} %`,
    ]);
    return [
      `${name}: ${milliseconds.toFixed(0)} ms, of which the weights’ products (Gemm) at ${gigaflops.toFixed(0)} GFLOP/s:`,
      '',
      markdownTable(['operator', 'ms', 'share'], rows),
    ].join('\n');
  });
  const measured = note(where).trim();
  const how =
    'ONNX Runtime’s trace of every operator. Tracing slows a pass, so that shares tell more than times: the steps above are measured without it. `npm run bench -- --only profile`.';
  const intro = [[how, measured].filter((part) => part !== '').join(' '), ''];
  return ['## Where dare’s forward and backward pass spends its time', '', ...intro, parts.join('\n\n')].join('\n');
}

/** What a batch has to gain on every smaller one to be told from these. */
const GAIN = 1.02;

/** Those that were fastest at the largest batch that they were tried with, and not as fast at a smaller one: a larger one may be faster still. */
function openEnded(peers: NonNullable<Results['sampling']>['peers']): string[] {
  return Object.entries(peers).flatMap(([name, { tokensPerSecond }]) => {
    if (name === OWN_AGAIN) return [];
    const sizes = Object.keys(tokensPerSecond).map(Number);
    const largest = Math.max(...sizes);
    const others = sizes.filter((size) => size < largest).map((size) => tokensPerSecond[size]!);
    return tokensPerSecond[largest]! > GAIN * Math.max(...others) ? [`${name} (batch ${largest})`] : [];
  });
}

function describeSampling({ peers, ...where }: NonNullable<Results['sampling']>, note: Note): string {
  const best = (name: string) => Math.max(...Object.values(peers[name]!.tokensPerSecond));
  // The slower of the two times that dare was measured.
  const own = Math.min(...[OWN, OWN_AGAIN].flatMap((name) => (peers[name] ? best(name) : [])));
  const others = Object.keys(peers).filter((name) => name !== OWN && name !== OWN_AGAIN);
  const fastest = Math.max(...others.map(best));
  const share = (name: string) => (name === OWN_AGAIN ? '' : (best(name) / own).toFixed(2));
  const tried = Object.values(peers).flatMap(({ tokensPerSecond }) => Object.keys(tokensPerSecond).map(Number));
  const sizes = [...new Set(tried)].sort((a, b) => a - b);
  const rows = Object.entries(peers).map(([name, { tokensPerSecond, peakRssBytes }]) => [
    name,
    ...sizes.map((size) => tokensPerSecond[size]?.toFixed(0) ?? ''),
    name === OWN ? `**${(own / fastest).toFixed(2)}× as fast as the fastest peer**` : share(name),
    gigabytes(peakRssBytes),
  ]);
  const head = ['tokens a second, by', ...sizes.map((size) => `batch ${size}`), 'best, dare = 1', 'peak memory'];
  const open = openEnded(peers);
  return [
    '## Sampling',
    '',
    `GPT-2 124M, float32, top-k 5, sentences of ${SAMPLED_LENGTH} tokens from <|endoftext|>, two threads each; each at the best batch of those tried; of dare’s two times the slower one counts. (Unless told, dare takes 64 sentences at most. Peak memory is that of all batches. A prompt is read a token a step, among the sentences that others write: with long prompts the ratio is smaller.) \`npm run bench -- --only sampling --python PYTHON --gpt2-vocabulary GPT2_VOCABULARY\`.${note(where)}`,
    '',
    markdownTable(head, rows),
    ...(open.length > 0
      ? [
          '',
          `Fastest at the largest batch that was tried, so that a larger one may be faster still and the ratio smaller: ${open.join('; ')}.`,
        ]
      : []),
  ].join('\n');
}

function epochTable({ peers }: Entry<'epoch'>): string {
  const perToken = (name: string): number => peers[name]!.seconds / peers[name]!.tokens;
  const lines = Object.entries(peers).map(([name, { seconds: s, tokens, paddedTokens, peakRssBytes }]) => [
    name,
    seconds(s),
    (perToken(name) / perToken('dare')).toFixed(2),
    tokens.toLocaleString('en'),
    paddedTokens.toLocaleString('en'),
    gigabytes(peakRssBytes),
  ]);
  return markdownTable(['by', 'seconds', 'time a token, dare = 1', 'tokens', 'with padding', 'peak memory'], lines);
}

const describeEpoch = (entries: NonNullable<Results['epoch']>, note: Note): string =>
  describeEach(entries, {
    title: 'Part of an epoch, by natural lengths',
    textOf: ({ examples, every }) =>
      `BERT-base on the ${examples.toLocaleString('en')} masked CDR training sentences, batch 32, at most 128 tokens, dropout 0.1, two threads each: every ${every}th batch, by size, of those that each makes of the whole epoch. Trainer as it is by default, with scaled_dot_product_attention and not compiled, unless a row says otherwise (compiled, it would compile anew for many of the batches’ lengths); both clip gradients at a norm of 1. Times are compared by the real token, as the batches of one are not quite those of another. \`npm run bench -- --only epoch --python PYTHON --corpus CDR --vocabulary BERT_VOCABULARY\`.`,
    note,
    tableOf: epochTable,
  });

function describeLarge(large: Large): string {
  const { head, rows } = largeRows(large);
  return [
    '## Large models',
    '',
    'GPT-2-large (774M), a step of two batches of 4 × 128 tokens; BERT-large (335M) as a classifier, a step of 8 × 128. Random weights, float32, dropout 0.1, two threads each; the slower of two steps, after one to warm up (and, compiled, to compile); of BERT’s last layer dare computes what the classifier’s head reads; PyTorch with scaled_dot_product_attention and its fused AdamW. ' +
      `Made by \`npm run bench -- --only large --python PYTHON [--model BERT-large]\`, ${describeAll(large)}.`,
    '',
    markdownTable(head, rows),
  ].join('\n');
}

function describeLongRun(longRun: LongRun): string {
  const { head, rows } = longRunRows(longRun);
  return [
    '## Memory over long work',
    '',
    'Small models that train, score and write with batches of changing size and length, each in a process of its own: its memory without mapped files, after garbage was collected. ' +
      'V8’s young generation is held at one megabyte (`--max-semi-space-size=1`): by itself it goes up and down by some 30 MB, which is not what is looked for. ' +
      `A GPU’s own memory is not seen, but for one that is a program on the processor: it holds all in the process’s. ` +
      `Models are layers × width. Made by \`npm run bench -- --only long-run [--device webgpu --models tiny]\`, ${describeAll(longRun)}; \`npm run nightly:long-run\` fails above a ratio of 1.03.`,
    '',
    markdownTable(head, rows),
  ].join('\n');
}

function describePools(pools: PoolsSpeed): string {
  const { head, rows, isInProportion } = poolsRows(pools);
  return [
    '## Filling a pool',
    '',
    `500 accepted sentences of CDR’s relation, by a generator fine-tuned on 500 gold sentences. \`npm run bench -- --only pools --python PYTHON --corpus CDR [--gpt2-vocabulary GPT2_VOCABULARY]\`, ${describeSurroundings(pools)}:`,
    '`dare augment --preset small`, from the command to the finished data set with its figures of quality; and `generate`, not compiled, with the same weights at the best batch size of those tried, its texts filtered as dare’s are, but not compared with held-out data. `generate` writes each batch until its longest sentence has ended; dare gives the place of a finished one to the next. Two threads each.',
    '',
    markdownTable(head, rows),
    '',
    `Batches that \`generate\` tried, until one was slower than the one before: ${pools.fills.map(describeTried).join('; ')}.`,
    ...(isInProportion
      ? [
          '',
          '≈: for as many written sentences as dare’s pool took, in proportion to those that stand beside it. ' +
            'After four epochs from random weights a generator writes short sentences; the public weights were not at hand.',
        ]
      : []),
  ].join('\n');
}

/** Which batches a peer tried, and whether others may be faster still. */
function describeTried({ model, peer: { batch, tried } }: PoolsSpeed['fills'][number]): string {
  const isOpen = batch === Math.max(...tried) || batch === Math.min(...tried);
  const open = isOpen
    ? `; ${batch} was the fastest, and is at their end: another may be faster still, and the ratio smaller`
    : '';
  return `${tried.join(', ')} (${model}${open})`;
}

/** On what a table's rows were measured: one place, or each row's. */
function describeAll(rows: Record<string, Surroundings>): string {
  const common = agreement(Object.values(rows));
  if (common) return describeSurroundings(common);
  return Object.entries(rows)
    .map(([name, where]) => `${name}: ${describeSurroundings(where)}`)
    .join('; ');
}

function describeCorpusSpeed({ formats, commands }: CorpusSpeed): string {
  const readers = corpusSpeedRows(formats, { what: 'format', pieces: 'documents or sentences' });
  const whole = corpusSpeedRows(commands, { what: 'command', pieces: 'examples' });
  return [
    '## Reading corpora',
    '',
    `\`npm run bench -- --only corpus\`, ${describeAll(formats)}: eight written sentences over and over, with fresh ids, read to the end by a process of its own;`,
    'start of the process not counted, its memory counted. The number of documents, and for formats of sentences that of sentences, is checked. No peer reads all of them: the two sizes are each other’s.',
    '',
    markdownTable(readers.head, readers.rows),
    ...(whole.rows.length > 0
      ? [
          '',
          `What \`dare data\` does with a corpus (${describeAll(commands)}): pairs are formed and written; or everything is counted and searched for duplicates and leakage, which reads the files several times and holds a hash and the word`,
          'pairs of each distinct sentence.',
          '',
          markdownTable(whole.head, whole.rows),
        ]
      : []),
  ].join('\n');
}

function describeWorkers(workers: WorkersSpeed): string {
  const { head, rows } = workersRows(workers);
  const { members, sameBytes } = workers;
  const sideBySide = rows.at(-1)!.at(-1)!;
  return [
    '## Models side by side',
    '',
    `\`npm run bench -- --only workers --corpus CDR\`, ${describeSurroundings(workers)}: \`dare run --preset small\`, the gold ensemble with ${members} classifiers of one epoch each, from the`,
    `first one's beginning to the last one's end, processes started in that time included. One at a time and side by side, with one thread each, the predictions ${sameBytes ? 'were the same bytes' : 'DIFFERED'}. Side by side, ${sideBySide} times as fast as one after the other on all cores, in one run of each: dare’s ways are each other’s peers.`,
    '',
    markdownTable(head, rows),
  ].join('\n');
}

export function describe(results: Results): string {
  const { steps, profiles, sampling, epoch, large, pools, longRun, corpus, workers, gpu } = results;
  const common = agreement([...(steps ?? []), ...[profiles, sampling].flatMap((each) => each ?? []), ...(epoch ?? [])]);
  const note: Note = (where) => (common ? '' : ` Measured on ${describeSurroundings(where)}.`);
  return [
    '# Benchmarks',
    '',
    'Made by `npm run bench -- --python PYTHON --corpus CDR --vocabulary BERT_VOCABULARY --gpt2-vocabulary GPT2_VOCABULARY`; rows that are compared come from one run. Models have the shapes of the public ones and random weights, unless a table says otherwise.',
    '',
    common
      ? `Measured on ${describeSurroundings(common)}, unless a table says otherwise.`
      : 'Each table says what it was measured on, and when.',
    '',
    `“MKL ${AS_ON_INTEL}”: on AMD’s processors MKL, with which PyTorch computes products, leaves AVX-512 unused. A library that is loaded before it (\`bench/mkl.ts\`) tells it that the processor is Intel’s, and it uses it there as well: no installation does so by itself, and it is the fastest that PyTorch was seen to be. Rows and tables without that mark are of PyTorch as it is installed.`,
    '',
    ...(steps ? [describeSteps(steps, note), ''] : []),
    ...(profiles ? [describeProfiles(profiles, note), ''] : []),
    ...(sampling ? [describeSampling(sampling, note), ''] : []),
    ...(epoch ? [describeEpoch(epoch, note), ''] : []),
    ...(pools ? [describePools(pools), ''] : []),
    ...(large ? [describeLarge(large), ''] : []),
    ...(longRun ? [describeLongRun(longRun), ''] : []),
    ...(corpus ? [describeCorpusSpeed(corpus), ''] : []),
    ...(workers ? [describeWorkers(workers), ''] : []),
    ...(gpu ? [describeGpuSpeed(gpu), ''] : []),
  ].join('\n');
}
