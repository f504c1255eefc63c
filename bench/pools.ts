/**
 * How long it takes to fill a pool of 500 accepted sentences, end to end: `dare augment` on CDR's relation, from the command to the finished data set,
 * timed by its log; and `generate` of Hugging Face with the same fine-tuned weights and the same filters of texts.
 *
 * Two generators: the one that ships, and one of GPT-2 124M's shape. Its public weights are not at hand where this runs, so it starts from random ones; what it writes
 * is worse, and more of it is dropped, but a sentence costs what it costs. A peer that does not fill the pool with twenty attempts for each sentence has its time given in proportion.
 */
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { parseModelConfig } from '../src/checkpoint/config.ts';
import { writeModelFolder } from '../src/checkpoint/write-model-folder.ts';
import { gpt2Training } from '../src/nn/gpt2.ts';
import { initialValues } from '../src/nn/initialize.ts';
import { specificationsOf } from '../src/nn/model.ts';
import { loadTokenizer } from '../src/text/load-tokenizer.ts';
import type { Measure } from './measure.ts';
import { surroundingsSchema } from './surroundings.ts';
import { taskFolder } from './task-folder.ts';

const WANTED = 500;

const fillSchema = z.object({
  model: z.string(),
  /** Wall-clock seconds: fine-tuning on the gold sentences, writing and filtering, and the command as a whole. */
  fineTuning: z.number(),
  filling: z.number(),
  whole: z.number(),
  accepted: z.int(),
  attempts: z.int(),
  tokens: z.int(),
  peer: z.object({
    batch: z.int(),
    /** Batch sizes that were tried. */
    tried: z.array(z.int()),
    filling: z.number(),
    accepted: z.int(),
    attempts: z.int(),
    tokens: z.int(),
  }),
});
export const poolsSchema = surroundingsSchema.extend({ fills: z.array(fillSchema) });
export type PoolsSpeed = z.infer<typeof poolsSchema>;

interface Generator {
  readonly name: string;
  /** Folder or name. */
  readonly model: string;
  readonly flags: readonly string[];
  /** Batch sizes that the peer tries, and how many sentences it writes at most for each wanted. */
  readonly peer: { readonly batches: string; readonly attempts: number };
}

/** A folder of GPT-2 124M's shape with random weights. */
async function writeRandomGpt2(folder: string, vocabulary: string): Promise<string> {
  const rawConfig = {
    model_type: 'gpt2',
    architectures: ['GPT2LMHeadModel'],
    bos_token_id: 50256,
    eos_token_id: 50256,
  };
  const config = parseModelConfig(rawConfig, 'bench');
  if (config.model_type !== 'gpt2') throw new Error('unreachable');
  const tensors = specificationsOf(gpt2Training(config).graph).map((specification) => ({
    ...specification,
    data: () => Promise.resolve(initialValues(specification, config, 1)),
  }));
  await writeModelFolder(folder, {
    config: { ...rawConfig, vocab_size: config.vocab_size },
    tensors,
    tokenizer: await loadTokenizer(vocabulary),
  });
  return folder;
}

const doneSchema = z.looseObject({ kind: z.literal('done'), stage: z.string(), seconds: z.number() });
const summarySchema = z.looseObject({ accepted: z.int(), attempts: z.int(), tokens: z.int() });
const peerSchema = z.looseObject({
  batches: z.array(
    z.object({ batch: z.int(), seconds: z.number(), accepted: z.int(), attempts: z.int(), tokens: z.int() }),
  ),
});

function fill(
  { name, model, flags, peer: peers }: Generator,
  corpus: string,
  peer: Measure,
): z.infer<typeof fillSchema> {
  const out = mkdtempSync(join(tmpdir(), 'dare-pool-'));
  try {
    const wanted = ['--corpus-positives', String(WANTED), '--sampling-pool-factor', '1', '--ensemble-ratio', '1'];
    const how = [
      '--sampling-max-words',
      '256',
      '--generator-keep-weights',
      '--threads',
      '2',
      '--workers',
      '1',
      '--offline',
    ];
    const args = ['--corpus', corpus, '--preset', 'small', '--generator-model', model, ...flags, ...wanted, ...how];
    console.error(`… dare augment ${args.join(' ')}`);
    const start = performance.now();
    execFileSync(process.execPath, ['bin/dare', 'augment', ...args, '--out', out, '--quiet'], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const whole = (performance.now() - start) / 1000;
    const log = readFileSync(join(out, 'log.jsonl'), 'utf8').trim().split('\n');
    const done = log.flatMap((line) => doneSchema.safeParse(JSON.parse(line)).data ?? []);
    const secondsOf = (kind: string): number => done.find(({ stage }) => stage.startsWith(`${kind} `))!.seconds;
    const { accepted, attempts, tokens } = summarySchema.parse(
      JSON.parse(readFileSync(join(taskFolder(out, 'pool'), 'summary.json'), 'utf8')),
    );
    const gold = join(taskFolder(out, 'corpus'), 'train.jsonl');
    const weights = join(taskFolder(out, 'generator'), 'model');
    const { batches } = peerSchema.parse(
      peer(
        'fill_pool',
        ...['--model', weights, '--gold', gold, '--wanted', String(WANTED)],
        ...['--batch', peers.batches, '--attempts', String(peers.attempts)],
      ),
    );
    // By tokens: which sentences are accepted is chance where few are written.
    const speed = (one: { tokens: number; seconds: number }): number => one.tokens / one.seconds;
    const { batch, seconds, ...best } = batches.reduce((a, b) => (speed(b) > speed(a) ? b : a));
    return {
      model: name,
      ...{ fineTuning: secondsOf('generator'), filling: secondsOf('pool'), whole },
      ...{ accepted, attempts, tokens },
      peer: { batch, tried: batches.map((each) => each.batch), filling: seconds, ...best },
    };
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

const SHIPPED: Generator = {
  name: 'the one that ships, 2 layers of 256',
  model: 'dare/gpt2-small-pubmed',
  flags: [],
  peer: { batches: '8,16,32,64,128,256', attempts: 20 },
};

/** @param vocabulary GPT-2's; without it the generator that ships is measured alone. */
export async function measurePools(
  corpus: string,
  vocabulary: string,
  peer: Measure,
): Promise<Pick<PoolsSpeed, 'fills'>> {
  const folder = mkdtempSync(join(tmpdir(), 'dare-gpt2-'));
  try {
    const generators = [SHIPPED];
    if (vocabulary !== '') {
      generators.push({
        name: 'of GPT-2 124M’s shape, from random weights',
        model: await writeRandomGpt2(join(folder, 'gpt2'), vocabulary),
        flags: [
          ...['--generator-epochs', '4', '--generator-batch-size', '8', '--generator-accumulation', '1'],
          ...['--generator-learning-rate', '5e-4', '--generator-warmup', '0.1'],
        ],
        peer: { batches: '32,64,128,256', attempts: 20 },
      });
    }
    return { fills: generators.map((generator) => fill(generator, corpus, peer)) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Filled {
  readonly filling: number;
  readonly accepted: number;
  readonly attempts: number;
}

/** Seconds for as many sentences as dare wrote, where fewer were written than a full pool takes: how many of some hundred are accepted is chance. */
const forAll = ({ filling, accepted, attempts }: Filled, own: Filled): number =>
  accepted < WANTED ? (filling * own.attempts) / attempts : filling;

/** Head and rows of the table, and whether some of its times are in proportion. */
export function poolsRows({ fills }: PoolsSpeed): { head: string[]; rows: string[][]; isInProportion: boolean } {
  const inSeconds = (value: number): string => `${value.toFixed(1)} s`;
  return {
    head: [
      'generator',
      'by',
      'fine-tuning',
      'writing and filtering',
      'whole command',
      'accepted of written',
      'tokens a sentence',
      'tokens a second',
      'writing, dare = 1',
    ],
    rows: fills.flatMap(({ model, fineTuning, filling, whole, peer, ...own }) => [
      [
        model,
        'dare',
        ...[inSeconds(fineTuning), inSeconds(filling), inSeconds(whole)],
        `${own.accepted} of ${own.attempts}`,
        (own.tokens / own.attempts).toFixed(1),
        (own.tokens / filling).toFixed(0),
        '1.00',
      ],
      [
        model,
        `generate, batch ${peer.batch}`,
        ...['', (peer.accepted < WANTED ? '≈ ' : '') + inSeconds(forAll(peer, { ...own, filling })), ''],
        `${peer.accepted} of ${peer.attempts}`,
        (peer.tokens / peer.attempts).toFixed(1),
        (peer.tokens / peer.filling).toFixed(0),
        (forAll(peer, { ...own, filling }) / filling).toFixed(2),
      ],
    ]),
    isInProportion: fills.some(({ peer }) => peer.accepted < WANTED),
  };
}
