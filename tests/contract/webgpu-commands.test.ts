/**
 * The commands on a GPU, as users start them: results that are the processor's, work that is interrupted and goes on, and processes that end as they should while the GPU computes.
 *
 * Every process compiles its shaders, for which the software GPU takes many seconds: there some of these tests are left to the night (`npm run nightly:gpu-commands`).
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dare, start, temporaryFolder, writeModels } from '../cli/support.ts';
import { gpuMissing } from '../support/devices.ts';
import { tinyConfiguration, writeTinyCorpus } from '../support/tiny-corpus.ts';

const ON_GPU = ['--device', 'webgpu'];
const isQuick = process.env.DARE_TEST_GPU === 'real';
const hasTime = isQuick || process.env.DARE_TEST_LONG === '1';
/** Milliseconds for a command. */
const PATIENCE = 280_000;

let root: string;
let models: { gpt2: string; bert: string };
const at = (name: string): string => join(root, name);

/** Standard output of a command that has to succeed. */
async function done(args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await dare(args, { timeout: PATIENCE });
  expect({ args, code, stderr: code === 0 ? '' : stderr }).toEqual({ args, code: 0, stderr: '' });
  return { stdout, stderr };
}

beforeAll(async () => {
  root = await temporaryFolder();
  models = await writeModels(root);
  await writeFile(at('texts.txt'), 'the drug caused pain in adults\nno rash was seen\n');
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe.skipIf(gpuMissing !== undefined)('on a GPU', () => {
  describe('what they print is what they print on the processor', () => {
    const objects = (lines: string): unknown[] =>
      lines
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown);
    const numbersIn = (value: unknown): number[] => {
      if (typeof value === 'number') return [value];
      return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersIn) : [];
    };
    const withoutNumbers = (value: unknown): string =>
      JSON.stringify(value, (_, each: unknown) => (typeof each === 'number' ? 'a number' : each));

    const commands: [name: string, isDue: boolean, command: () => string[]][] = [
      ['sample', hasTime, () => ['sample', '--model', models.gpt2, '--count', '3', '--max-tokens', '8', '--json']],
      ['perplexity', hasTime, () => ['perplexity', '--model', models.gpt2, '--file', at('texts.txt'), '--json']],
      ['classify', true, () => ['classify', '--model', models.bert, '--file', at('texts.txt'), '--json']],
    ];
    test.each(commands.filter(([, isDue]) => isDue))('%s', async (_name, _isDue, command) => {
      const [here, there] = [await done([...command(), ...ON_GPU]), await done([...command(), '--device', 'cpu'])];
      expect(objects(here.stdout).length).toBeGreaterThan(0);
      expect(withoutNumbers(objects(here.stdout))).toBe(withoutNumbers(objects(there.stdout)));
      const expected = numbersIn(objects(there.stdout));
      numbersIn(objects(here.stdout)).forEach((number, place) => expect(number).toBeCloseTo(expected[place]!, 3));
    });
  });

  describe('a pretraining', () => {
    const pretrain = (out: string, tokens: string): string[] => [
      ...['pretrain', '--objective', 'causal', '--text', at('text.txt'), '--tokenizer', at('bpe'), '--held-out', '5'],
      ...['--layers', '1', '--hidden-size', '16', '--heads', '2', '--length', '32', '--batch-size', '4'],
      ...[
        '--micro-batch',
        '3',
        '--tokens',
        tokens,
        '--evaluations',
        '1',
        '--samples',
        '0',
        ...ON_GPU,
        '--json',
        '--out',
        out,
      ],
    ];
    beforeAll(async () => {
      const lines = Array.from({ length: 60 }, (_, index) => `Patient ${index} was well after ${index % 7} days.`);
      await writeFile(at('text.txt'), lines.join('\n'));
      const kind = ['--kind', 'byte-level-bpe', '--vocabulary', '300'];
      await done(['tokenizer', 'train', ...kind, at('text.txt'), '--out', at('bpe')]);
    });

    /** Starts one, and sends Ctrl-C as soon as it has learned something, and once more where it says that it stops. */
    async function interrupted(args: string[], twice: boolean) {
      const { process: child, ended } = start(args, { timeout: PATIENCE });
      let signals = 0;
      child.stderr.on('data', (text: string) => {
        const isDue =
          signals === 0 ? text.includes('"loss"') : twice && signals === 1 && text.includes('stopping after');
        if (isDue && signals++ >= 0) child.kill('SIGINT');
      });
      const { code, stderr } = await ended;
      return { code, signal: child.signalCode, signals, stderr };
    }

    test.runIf(hasTime)('that Ctrl-C stops goes on', async () => {
      expect(await interrupted(pretrain(at('model'), '3000'), false)).toMatchObject({ code: 130, signal: null });
      const { stdout, stderr } = await done(pretrain(at('model'), '3000'));
      expect(stderr).toContain('going on from update');
      expect((JSON.parse(stdout) as { tokens: number }).tokens).toBeGreaterThanOrEqual(3000);
    });

    test('that is stopped twice ends at once, and not by its driver', async () => {
      const found = await interrupted(pretrain(at('endless'), '3000000'), true);
      expect(found).toMatchObject({ code: 130, signal: null, signals: 2 });
    });
  });

  test.runIf(hasTime)('a reader that closes the pipe is no failure', async () => {
    const endless = ['sample', '--model', models.gpt2, '--count', '1000000', '--quiet', ...ON_GPU];
    const { process: child, ended } = start(endless, { timeout: PATIENCE });
    child.stdout.once('data', () => child.stdout.destroy());
    expect({ ...(await ended), signal: child.signalCode }).toMatchObject({ code: 0, stderr: '', signal: null });
  });

  test.runIf(hasTime)(
    'a run with batches in parts, a worker process for each of two trainings, and all that it measures',
    async () => {
      const { generator, classifier, sampling, ...rest } = tinyConfiguration(writeTinyCorpus(at('corpus')));
      const short = {
        ...rest,
        generator: { ...generator, epochs: 2, microBatch: 5 },
        classifier: { ...classifier, epochs: 1, microBatch: 6 },
        // Sentences of a generator that has learned nothing are none.
        sampling: { ...sampling, attempts: 1 },
        workers: 2,
      };
      await writeFile(at('run.yaml'), stringify(short));
      const run = ['run', '--config', at('run.yaml'), ...ON_GPU, '--json', '--out', at('run')];
      const { stdout } = await done(run);
      expect(await readFile(join(at('run'), 'scores.json'), 'utf8')).toContain('"f1"');
      // All of it stands.
      expect((await done(run)).stdout).toBe(stdout);
      const alone = ['run', '--config', at('run.yaml'), ...ON_GPU, '--json', '--workers', '1', '--out', at('alone')];
      await done(alone);
      for (const name of ['predictions.jsonl', 'scores.json'])
        expect(await readFile(join(at('alone'), name), 'utf8')).toBe(await readFile(join(at('run'), name), 'utf8'));
    },
  );

  test.runIf(process.platform === 'linux')('without a GPU: one line, and the way out', async () => {
    const { code, stdout, stderr } = await dare(['sample', '--model', models.gpt2, '--count', '1', ...ON_GPU], {
      env: { VK_DRIVER_FILES: at('no-such-driver.json') },
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr.trim()).toMatch(
      /^dare: .*no GPU was found \(install the graphics driver.*, or choose --device cpu\)$/,
    );
  });
});
