/** The commands from outside: what is printed where, and the exit code. */
import { spawn } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { dareHere } from '../support/command-here.ts';
import { dare, start, temporaryFolder, writeModels } from './support.ts';

let folder: string;
let models: { gpt2: string; bert: string };

beforeAll(async () => {
  folder = await temporaryFolder();
  models = await writeModels(folder);
  await writeFile(join(folder, 'texts.txt'), 'aspirin relieves pain\n\nthe drug caused a rash\n');
  await writeFile(join(folder, 'pairs.txt'), 'one text\nfirst\tsecond\na\tb\tc\n');
  await writeFile(join(folder, 'empty.txt'), '');
  await writeFile(join(folder, 'run.yaml'), 'corpus:\n  path: x\ngenerator:\n  epoch: 3\n');
  // The first call builds, which the others would wait for.
  await dare(['--version']);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const parseLines = (text: string): unknown[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

describe('help', () => {
  it('lists the commands, on standard output when asked for', async () => {
    const { code, stdout, stderr } = await dare(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const name of ['run', 'sample', 'perplexity', 'classify', 'merge', 'doctor']) {
      expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
    }
  });

  it('is an error when no command is given', async () => {
    const { code, stdout, stderr } = await dare([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('Usage: dare');
  });

  it.each(['run', 'sample', 'perplexity', 'classify', 'merge', 'doctor'])('%s --help has an example', async (name) => {
    const { code, stdout } = await dareHere([name, '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain(`dare ${name} `);
    expect(stdout).toContain('Examples:');
    expect(stdout).toContain('--json');
  });
});

test('the version is that of the package', async () => {
  const { code, stdout } = await dare(['--version']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test('bad usage and bad input: one line on standard error, nothing on standard output, exit code 2', async () => {
  const model = ['--model', models.gpt2];
  const cases = [
    ['smple'],
    ['--frobnicate'],
    ['sample', '--cuont', '3'],
    ['sample', 'extra'],
    ['sample', '--count'],
    ['sample'],
    ['sample', '--model', ''],
    ['sample', '--model', join(folder, 'absent')],
    ['sample', '--model', folder],
    ['sample', '--model', models.bert],
    ['sample', ...model, '--count', '0'],
    ['sample', ...model, '--temperature', 'hot'],
    ['sample', ...model, '--seed', '1.5'],
    ['sample', ...model, '--offline=yes'],
    ['perplexity', ...model],
    ['perplexity', ...model, '--file', join(folder, 'absent.txt')],
    ['perplexity', ...model, '--file', folder],
    ['perplexity', ...model, '--file', join(folder, 'empty.txt')],
    ['perplexity', ...model, '--file', '-'],
    ['classify', ...model, '--file', join(folder, 'texts.txt')],
    ['classify', '--model', models.bert, '--file', join(folder, 'pairs.txt')],
    ['classify', '--model', models.bert, '--file', join(folder, 'texts.txt'), '--batch', '-3'],
    ['doctor', '--model', 'gtp2'],
    ['doctor', '--model', 'gpt2', '--length', '2000'],
    ['doctor', '--model', 'bert-large', '--lora-rank', '8'],
    ['run'],
    ['run', '--corpus', join(folder, 'absent'), '--preset', 'small', '--out', join(folder, 'out')],
    ['run', '--corpus', 'x', '--preset', 'tiny'],
    ['run', '--corpus', 'x', '--generator-epochs', 'many'],
    ['run', '--config', join(folder, 'run.yaml')],
    ['run', '--config', join(folder, 'absent.yaml')],
  ];
  // Some in a process of its own: it ends as the command here says.
  const IN_A_PROCESS = ['smple', '--frobnicate', 'perplexity'];
  const lines: string[] = [];
  for (const args of cases) {
    const whole = [...args, ...(args.length > 1 ? ['--quiet'] : [])];
    const { code, stdout, stderr } = await dareHere(whole);
    expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: '' });
    if (IN_A_PROCESS.includes(args[0]!)) expect(await dare(whole)).toEqual({ code, stdout, stderr });
    lines.push(stderr.replaceAll(folder, 'FOLDER'));
  }
  expect(lines.join('')).toMatchInlineSnapshot(`
    "dare: unknown command 'smple' (did you mean sample?)
    dare: unknown option '--frobnicate'
    dare: unknown option '--cuont' (did you mean --count?)
    dare: too many arguments for 'sample'. Expected 0 arguments but got 1.
    dare: --model is missing (give a model folder, or a name on the Hugging Face hub)
    dare: --model is missing (give a model folder, or a name on the Hugging Face hub)
    dare: --model: '' is not allowed (allowed: a text that is not empty)
    dare: FOLDER/absent: no such model folder (check the path)
    dare: FOLDER: is no model folder: it has no config.json (name a folder with config.json, weights and tokenizer files)
    dare: FOLDER/bert: this is not a GPT-2 model (name a folder that holds a GPT-2)
    dare: --count: 0 is not allowed (allowed: a whole number, 1 or more)
    dare: --temperature: 'hot' is not allowed (allowed: a number, 0 or more)
    dare: --seed: 1.5 is not allowed (allowed: a whole number, 0 or more)
    dare: unknown option '--offline=yes'
    dare: --file is missing (give texts, one a line; - for standard input)
    dare: FOLDER/absent.txt: no such file or folder (check the path)
    dare: FOLDER: is a folder where a file was expected (name a file)
    dare: FOLDER/empty.txt: there is no text (write one a line)
    dare: standard input: there is no text (write one a line)
    dare: FOLDER/gpt2: this is not a BERT model (name a folder that holds a BERT)
    dare: FOLDER/pairs.txt:3: the line has more than two texts (separate two texts by one tab)
    dare: --batch: -3 is not allowed (allowed: a whole number, 1 or more)
    dare: --model: 'gtp2' is neither a model folder nor a known name, nor fetched from the hub before (known: bert-base, bert-base-uncased, bert-large, bert-large-uncased, gpt2, gpt2-medium, gpt2-large, gpt2-xl)
    dare: --length: 2000 is more than gpt2 reads (allowed: at most 1024)
    dare: --lora-rank: only a GPT-2 is trained with adapters (leave it out with bert-large)
    dare: --corpus is missing (give file or folder of the corpus)
    dare: FOLDER/absent: no such file or folder (check the path)
    dare: --preset: 'tiny' is no preset (known: paper, small, quickstart)
    dare: --generator-epochs: 'many' is not allowed (allowed: a whole number, 1 or more)
    dare: FOLDER/run.yaml:4: there is no setting 'generator.epoch' (did you mean generator.epochs?)
    dare: FOLDER/absent.yaml: no such file or folder (check the path)
    "
  `);
});

describe('sample', () => {
  const sample = (...args: string[]) => dare(['sample', '--model', models.gpt2, '--count', '3', ...args]);

  it('prints a sentence a line, the same for the same seed', async () => {
    const [first, again, other] = await Promise.all([sample('--seed', '7'), sample('--seed', '7'), sample()]);
    expect(first.code).toBe(0);
    expect(first.stdout.trimEnd().split('\n')).toHaveLength(3);
    expect(again.stdout).toBe(first.stdout);
    expect(other.stdout).not.toBe(first.stdout);
  });

  it('prints JSON Lines on both streams with --json', async () => {
    const { code, stdout, stderr } = await sample('--json', '--max-words', '4');
    expect(code).toBe(0);
    expect(parseLines(stdout)).toMatchObject([{ index: 0 }, { index: 1 }, { index: 2 }]);
    for (const event of parseLines(stderr)) expect(event).toHaveProperty('kind');
  });

  it('says nothing on standard error with --quiet', async () => {
    expect((await sample('--quiet')).stderr).toBe('');
  });
});

describe('perplexity', () => {
  it('prints tokens and the negative log-likelihood of every line, of files and of standard input', async () => {
    const args = ['perplexity', '--model', models.gpt2, '--json'];
    const fromFile = await dare([...args, '--file', join(folder, 'texts.txt')]);
    const fromInput = await dareHere([...args, '--file', '-', '--batch', '1'], {
      input: 'aspirin relieves pain\r\n\r\nthe drug caused a rash',
    });
    const results = parseLines(fromFile.stdout) as { tokens: number; negativeLogLikelihood: number }[];
    expect(results.map(Object.keys)).toEqual(Array(3).fill(['tokens', 'negativeLogLikelihood']));
    expect(results[1]).toEqual({ tokens: 0, negativeLogLikelihood: 0 });
    expect(results[0]!.negativeLogLikelihood).toBeGreaterThan(0);
    const again = parseLines(fromInput.stdout) as typeof results;
    again.forEach(({ tokens, negativeLogLikelihood }, index) => {
      expect(tokens).toBe(results[index]!.tokens);
      expect(negativeLogLikelihood).toBeCloseTo(results[index]!.negativeLogLikelihood, 4);
    });
  });

  it('prints readable columns', async () => {
    const { stdout } = await dareHere(['perplexity', '--model', models.gpt2, '--file', join(folder, 'texts.txt')]);
    expect(stdout).toMatch(/^\d+\.\d\d\t\d+ tokens\n-\t0 tokens\n\d+\.\d\d\t\d+ tokens\n$/);
  });
});

describe('classify', () => {
  it('prints logits and probabilities of every line, for texts and pairs', async () => {
    const { code, stdout } = await dareHere(['classify', '--model', models.bert, '--json', '--file', '-'], {
      input: 'aspirin relieves pain\naspirin\tpain\n',
    });
    expect(code).toBe(0);
    const results = parseLines(stdout) as { logits: number[]; probabilities: number[] }[];
    expect(results.map(Object.keys)).toEqual(Array(2).fill(['logits', 'probabilities']));
    for (const { logits, probabilities } of results) {
      const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
      probabilities.forEach((p, label) => expect(p).toBeCloseTo(Math.exp(logits[label]!) / total, 5));
    }
  });

  it('prints label and probability', async () => {
    const { stdout } = await dareHere(['classify', '--model', models.bert, '--file', join(folder, 'texts.txt')]);
    expect(stdout).toMatch(/^(LABEL_[01]\t0\.\d{4}\n){3}$/);
  });
});

describe('where koffi does not load', () => {
  // Stands for a platform without a build of it.
  const hook = `export async function resolve(specifier, context, next) {
    if (specifier === 'koffi') throw new Error('no build of koffi');
    return next(specifier, context);
  }`;
  const dataUrl = (source: string) => `data:text/javascript,${encodeURIComponent(source)}`;
  const register = `import { register } from 'node:module'; register(${JSON.stringify(dataUrl(hook))}, 'data:');`;
  const env = { NODE_OPTIONS: `--import=${dataUrl(register)}` };
  const args = () => ['sample', '--model', models.gpt2, '--count', '3', '--max-tokens', '8'];

  it('the stock binding writes the same sentences, and a note says so', async () => {
    const [usual, fallback] = await Promise.all([dare(args()), dare(args(), { env })]);
    expect(fallback).toMatchObject({ code: 0, stdout: usual.stdout });
    expect(fallback.stderr).toMatch(
      /^! the device cpu does not open: no build of koffi .*; using the slower cpu-binding$/m,
    );
  });

  it('the device that was asked for by name is refused in one line', async () => {
    const { code, stderr } = await dare([...args(), '--device', 'cpu'], { env });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^dare: the device cpu does not open: no build of koffi \(.*--device.*\)\n$/);
  });
});

describe('doctor', () => {
  it('describes the machine', async () => {
    const { code, stdout } = await dareHere(['doctor']);
    expect(code).toBe(0);
    for (const row of [
      'dare',
      'processor',
      'memory',
      'disk',
      'koffi',
      'ONNX Runtime',
      'GPU',
      'device cpu',
      'device cpu-binding',
    ]) {
      expect(stdout).toMatch(new RegExp(`^${row} +\\S`, 'm'));
    }
    expect(stdout).toContain(`Node ${process.versions.node}`);
  });

  it('tells what a model needs, by name and by folder', async () => {
    const byName = JSON.parse((await dareHere(['doctor', '--json', '--model', 'gpt2'])).stdout) as unknown;
    expect(byName).toMatchObject({
      koffi: { ok: true },
      onnxRuntime: { ok: true },
      model: { parameters: 124_439_808 },
    });
    const hub = JSON.parse((await dareHere(['doctor', '--json', '--model', 'bert-base-uncased'])).stdout) as unknown;
    expect(hub).toMatchObject({ model: { name: 'bert-base-uncased', parameters: 109_483_778 } });
    const { stdout } = await dareHere(['doctor', '--model', models.bert, '--length', '64']);
    expect(stdout).toMatch(/to train it +about .* GB/);
  });
});

describe('run', () => {
  it('prints the whole configuration as a file that it reads again', async () => {
    const first = await dareHere([
      'run',
      '--corpus',
      'x',
      '--preset',
      'small',
      '--ensemble-size',
      '7',
      '--print-config',
    ]);
    const path = join(folder, 'printed.yaml');
    await writeFile(path, first.stdout);
    const second = await dareHere(['run', '--config', path, '--print-config']);
    expect(first.stdout).toContain('  size: 7\n');
    expect(second).toEqual(first);
  });
});

describe('ending early', () => {
  const endless = (...args: string[]) => start(['sample', '--model', models.gpt2, '--count', '10000000', ...args]);

  it('a reader that closes the pipe is no failure', async () => {
    const { process: child, ended } = endless('--quiet');
    child.stdout.once('data', () => child.stdout.destroy());
    expect(await ended).toMatchObject({ code: 0, stderr: '' });
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('%s stops after the step, with exit code 130', async (signal) => {
    const { process: child, ended } = endless();
    child.stdout.once('data', () => child.kill(signal));
    const { code, stderr } = await ended;
    expect(code).toBe(130);
    expect(stderr).toContain('stopping after this step; press Ctrl-C again to stop at once');
    expect(stderr.trimEnd().split('\n').at(-1)).toMatch(/^dare: interrupted/);
  });

  it('a second Ctrl-C stops at once, however long the step', async () => {
    const script = `
      const { listenForInterrupts } = await import(process.argv[1]);
      listenForInterrupts(() => console.log('stopping'));
      setInterval(() => undefined, 1000);
      console.log('working');`;
    const built = new URL('../../dist/cli/interrupts.js', import.meta.url).href;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script, built], { timeout: 30_000 });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      child.kill('SIGINT');
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect({ code, output }).toEqual({ code: 130, output: 'working\nstopping\n' });
  });
});
