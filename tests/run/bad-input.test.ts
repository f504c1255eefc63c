/** What a user can get wrong in a run, or a machine can refuse: one clear line each, the right exit code, nothing half-written. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunConfiguration } from '../../src/dare/configuration.ts';
import { writeRandomModel } from '../../src/dare/random-model.ts';
import { UserError } from '../../src/foundation/errors.ts';
import { Monitor } from '../../src/foundation/progress.ts';
import { CpuDevice } from '../../src/runtime/cpu/cpu-device.ts';
import { previewRun } from '../../src/tasks/preview.ts';
import { runDare } from '../../src/tasks/run.ts';
import { tinyConfiguration, writeTinyCorpus } from '../support/tiny-corpus.ts';

let root: string;
let device: CpuDevice;
let configuration: RunConfiguration;
let bert: string;
let gpt2: string;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'dare-bad-'));
  device = new CpuDevice({ threads: 2 });
  configuration = tinyConfiguration(writeTinyCorpus(join(root, 'corpus')));
  bert = join(root, 'bert');
  const size = { layers: 1, hiddenSize: 32, heads: 2, vocabulary: 320, maxLength: 48, seed: 1 };
  await writeRandomModel(bert, { kind: 'bert', ...size, texts: ['$ENTITYA$ caused $ENTITYB$ .'] });
  gpt2 = join(root, 'gpt2');
  await writeRandomModel(gpt2, { kind: 'gpt2', ...size, texts: ['$ENTITYA$ caused $ENTITYB$ .'] });
});
afterAll(async () => {
  await device.close();
  rmSync(root, { recursive: true });
});

interface Case {
  name: string;
  /** Prepares the bad thing in a folder; returns what changes in the configuration. */
  prepare: (folder: string) => Partial<RunConfiguration>;
  message: RegExp;
}

const withCorpus = (path: string): Partial<RunConfiguration> => ({ corpus: { ...configuration.corpus, path } });
const withClassifier = (model: string): Partial<RunConfiguration> => ({
  classifier: { ...configuration.classifier, model },
  ensemble: { ...configuration.ensemble, arms: ['gold'] },
});
const corpusFile = (folder: string, text: string): Partial<RunConfiguration> => {
  const path = join(folder, 'CDR_TrainingSet.PubTator.txt');
  writeFileSync(path, text);
  return withCorpus(path);
};
const brokenBert = (folder: string, breakIt: (model: string) => void): Partial<RunConfiguration> => {
  const model = join(folder, 'model');
  cpSync(bert, model, { recursive: true });
  breakIt(model);
  return withClassifier(model);
};
const changeJson = (path: string, changes: object) =>
  writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(path, 'utf8')) as object), ...changes }));

const line = (id: number, relation: string | null) =>
  JSON.stringify({
    id: `e${id}`,
    document: `d${id}`,
    text: 'Lithium caused tremor.',
    head: { start: 0, end: 7, type: 'Chemical', text: 'Lithium' },
    tail: { start: 15, end: 21, type: 'Disease', text: 'tremor' },
    relation,
  });

/** Found before the first generator is trained, which may take hours. */
const MODELS_OF_ANOTHER_KIND: Case[] = [
  {
    name: 'a classifier that is a GPT-2',
    prepare: () => ({ classifier: { ...configuration.classifier, model: gpt2 } }),
    message: /gpt2: this is not a BERT model \(name a folder that holds a BERT\)$/,
  },
  {
    name: 'a generator that is a BERT',
    prepare: () => ({ generator: { ...configuration.generator, model: bert } }),
    message: /bert: this is not a GPT-2 model \(name a folder that holds a GPT-2\)$/,
  },
  {
    name: 'a generator with heads of a width that nothing is written with',
    prepare: () => ({ generator: { ...configuration.generator, hiddenSize: 24, heads: 2 } }),
    message:
      /^--generator-heads: a GPT-2 with heads of width 12 cannot write sentences \(choose a width of heads .* that is a multiple of 8\)$/,
  },
];

const CASES: Case[] = [
  {
    name: 'no corpus',
    prepare: (folder) => withCorpus(join(folder, 'nowhere')),
    message: /nowhere: no such file or folder \(check the path\)$/,
  },
  {
    name: 'an empty corpus file',
    prepare: (folder) => corpusFile(folder, ''),
    message: /CDR_TrainingSet.PubTator.txt: .*empty/,
  },
  {
    name: 'a mention without offsets',
    prepare: (folder) =>
      corpusFile(folder, '1|t|Lithium\n1|a|caused tremor.\n1\t0\t7\tLithium\tChemical\tC1\n1\ttremor\tChemical\tD1\n'),
    message: /CDR_TrainingSet\.PubTator\.txt:4: /,
  },
  {
    name: 'an offset that is no number',
    prepare: (folder) => corpusFile(folder, '1|t|Lithium\n1|a|caused tremor.\n1\tzero\t7\tLithium\tChemical\tC1\n'),
    message: /CDR_TrainingSet\.PubTator\.txt:3: /,
  },
  {
    name: 'a relation with one example',
    prepare: (folder) => {
      const path = join(folder, 'train.jsonl');
      const labels = ['rare', ...Array.from({ length: 30 }, (_, index) => (index % 3 ? null : 'common'))];
      writeFileSync(path, labels.map((relation, index) => line(index, relation)).join('\n'));
      return withCorpus(path);
    },
    message:
      /train\.jsonl: the relation "rare" (has 1 training example, at least 2 are needed|is in the validation or test data)/,
  },
  {
    name: 'truncated weights',
    prepare: (folder) => brokenBert(folder, (model) => truncateSync(join(model, 'model.safetensors'), 4000)),
    message: /model\.safetensors: /,
  },
  {
    name: 'a wrong head count',
    prepare: (folder) =>
      brokenBert(folder, (model) => changeJson(join(model, 'config.json'), { num_attention_heads: 5 })),
    message: /config\.json: a hidden size of 32 cannot be split into 5 attention heads/,
  },
  {
    name: 'weights of another width',
    prepare: (folder) => brokenBert(folder, (model) => changeJson(join(model, 'config.json'), { hidden_size: 64 })),
    message: /model\.safetensors: tensor .* has the shape \[.*32.*\], config\.json asks for \[.*64.*\]/,
  },
  {
    name: 'a config that is not JSON',
    prepare: (folder) => brokenBert(folder, (model) => writeFileSync(join(model, 'config.json'), '{')),
    message: /config\.json: not valid JSON/,
  },
  {
    name: 'a tokenizer larger than the model',
    prepare: (folder) => brokenBert(folder, (model) => changeJson(join(model, 'config.json'), { vocab_size: 10 })),
    message: /the tokenizer has \d+ tokens, the model 10 embeddings/,
  },
  ...MODELS_OF_ANOTHER_KIND,
];

test.each(CASES)('$name', async ({ prepare, message }) => {
  const folder = mkdtempSync(join(root, 'case-'));
  const changes = prepare(folder);
  const output = join(folder, 'run');
  const error: unknown = await runDare(
    { ...configuration, ...changes },
    { folder: output, device, monitor: new Monitor(), offline: true },
  ).catch((problem: unknown) => problem);
  expect(error).toBeInstanceOf(UserError);
  const { message: text, exitCode } = error as UserError;
  expect(text).toMatch(message);
  expect(text).not.toContain('\n');
  expect(exitCode).toBe(2);
  // Nothing half-written, and the folder is free again.
  const left = existsSync(output) ? readdirSync(output, { recursive: true }).map(String) : [];
  expect(left.filter((name) => name.includes('.partial-') || name.endsWith('.lock'))).toEqual([]);
});

test.each(MODELS_OF_ANOTHER_KIND)(
  '$name, before anything is trained, and where a run is previewed',
  async ({ prepare, message }) => {
    const folder = mkdtempSync(join(root, 'case-'));
    const changed = { ...configuration, ...prepare(folder) };
    const options = { device, monitor: new Monitor(), offline: true };
    const run = join(folder, 'run');
    await expect(runDare(changed, { folder: run, ...options })).rejects.toThrow(message);
    expect(existsSync(join(run, 'tasks')) ? readdirSync(join(run, 'tasks')) : []).toEqual([]);
    const preview = previewRun(changed, { folder: join(folder, 'preview'), ...options });
    await expect(preview).rejects.toThrow(UserError);
    await expect(preview).rejects.toThrow(message);
  },
);

describe('the machine refuses', () => {
  const bin = fileURLToPath(new URL('../../bin/dare', import.meta.url));

  /** The command with its exit code and what it wrote to standard error. */
  function dare(args: string[], prefix = ''): { status: number; stderr: string } {
    try {
      execFileSync('bash', ['-c', `${prefix} exec "$0" "$@" 2>&1 >/dev/null`, process.execPath, bin, ...args], {
        encoding: 'utf8',
      });
      return { status: 0, stderr: '' };
    } catch (error) {
      const { status, stdout } = error as { status: number; stdout: string };
      return { status, stderr: stdout };
    }
  }
  const configure = (folder: string): string => {
    const path = join(folder, 'run.yaml');
    writeFileSync(path, stringify(configuration));
    return path;
  };
  const failure = (stderr: string) => stderr.split('\n').filter((text) => text.startsWith('dare: '));

  beforeAll(() => {
    // Builds, when the build is stale.
    execFileSync(process.execPath, [bin, '--version']);
  }, 120_000);

  test('a run folder that is a file', () => {
    const folder = mkdtempSync(join(root, 'case-'));
    writeFileSync(join(folder, 'out'), '');
    const { status, stderr } = dare(['run', '--config', configure(folder), '--out', join(folder, 'out')]);
    expect(failure(stderr)).toHaveLength(1);
    expect(stderr).toMatch(/dare: .*out.*(file|exists)/);
    expect(stderr).not.toContain('    at ');
    expect(status).toBe(2);
  });

  test('a full disk', () => {
    const folder = mkdtempSync(join(root, 'case-'));
    const output = join(folder, 'out');
    mkdirSync(output);
    symlinkSync('/dev/full', join(output, 'log.jsonl'));
    const { status, stderr } = dare(['run', '--config', configure(folder), '--out', output]);
    expect(failure(stderr)).toEqual([
      expect.stringMatching(/: the disk is full \(free some space and run the same command again\)$/),
    ]);
    expect(stderr).not.toContain('    at ');
    expect(status).toBe(1);
  });

  // A file system of 300 kB holds the corpus, and not the weights. Making one takes a privilege that not every machine gives.
  const small = mkdtempSync(join(tmpdir(), 'dare-small-disk-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=300k', 'tmpfs', small]).status === 0;
  afterAll(() => {
    if (mounted) spawnSync('umount', [small]);
    rmSync(small, { recursive: true, force: true });
  });
  test.skipIf(!mounted)('weights that no longer fit: the run stops, and goes on when there is room', () => {
    const folder = mkdtempSync(join(root, 'case-'));
    const output = join(small, 'out');
    const args = ['run', '--config', configure(folder), '--out', output];
    const { status, stderr } = dare(args);
    expect(failure(stderr)).toEqual([expect.stringMatching(/: the disk is full \(free some space/)]);
    expect(stderr).not.toContain('    at ');
    expect(status).toBe(1);
    expect(readdirSync(join(output, 'tasks')).filter((name) => name.includes('.partial-'))).toEqual([]);
    spawnSync('mount', ['-o', 'remount,size=100m', small]);
    expect(dare(args)).toMatchObject({ status: 0 });
  });

  test('Ctrl-C: one line, exit code 130, and the same command goes on', async () => {
    const folder = mkdtempSync(join(root, 'case-'));
    const output = join(folder, 'out');
    const args = [bin, 'run', '--config', configure(folder), '--out', output];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      if (stderr.includes('generator CID') && !child.killed) child.kill('SIGINT');
    });
    const status = await new Promise((done) => child.on('exit', done));
    expect(stderr).toMatch(
      /dare: interrupted \(run the same command again; long work goes on from its last checkpoint\)/,
    );
    expect(status).toBe(130);
    expect(dare(args.slice(1))).toMatchObject({ status: 0 });
  });
});
