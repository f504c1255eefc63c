/** `dare quickstart` from outside, at a size of seconds. */
import { readFile, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeTinyCorpus } from '../support/tiny-corpus.ts';
import { dare, temporaryFolder } from './support.ts';

let folder: string;
let small: string[];

beforeAll(async () => {
  folder = await temporaryFolder();
  const sizes = ['layers=1', 'hidden-size=32', 'heads=2', 'vocabulary=400', 'max-length=48', 'model=random'];
  small = [
    ...['generator', 'classifier'].flatMap((section) => sizes.map((size) => `--${section}-${size}`)),
    '--generator-epochs=30',
    '--generator-learning-rate=0.01',
    '--sampling-max-tokens=40',
    '--filter-minimum-words=5',
    '--classifier-epochs=1',
    '--ensemble-size=1',
  ];
  // The first call builds.
  await dare(['--version']);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('nothing is asked: scores of three ensembles, three sentences a relation, where all lies, what to do next; a second time nothing is done anew', async () => {
  const corpus = writeTinyCorpus(join(folder, 'corpus'));
  const args = ['quickstart', '--corpus', corpus, '--out', 'tried', ...small];
  const { code, stdout, stderr } = await dare(args, { cwd: folder });
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  for (const arm of ['DARE', 'gold only', 'balanced bagging']) {
    expect(stdout).toMatch(new RegExp(`^${arm}, 1 classifier +\\d\\.\\d{3} `, 'm'));
  }
  const sentences = stdout.split('\n').filter((line) => line.startsWith('    – '));
  expect(sentences).toHaveLength(3);
  for (const sentence of sentences) expect(sentence).toMatch(/DRUG.*DISEASE|DISEASE.*DRUG/);
  const files = [...stdout.matchAll(/^ {2}(tried\/\S+)/gm)].map(([, path]) => path!);
  expect(files.length).toBeGreaterThanOrEqual(4);
  for (const file of files) expect((await stat(join(folder, file))).isFile()).toBe(true);
  expect(stdout).toMatch(/^To look at \(all done in \d+\.\d minutes\):$/m);
  // What to do next works where the command was given.
  const [, guide, program] = /own sentences \((.*)\):\n {2}(.*) data inspect mine\.csv/.exec(stdout)!;
  for (const path of [program!, guide!]) expect((await stat(resolve(folder, path))).isFile()).toBe(true);
  expect(stdout).toContain(`${program!} run --corpus mine.csv --preset quickstart`);
  expect(stderr).toContain('generator CID');

  const again = await dare([...args, '--json'], { cwd: folder });
  const { written, scores, arms, seconds } = JSON.parse(again.stdout) as {
    written: { relation: string; sentences: string[] }[];
    scores?: object;
    arms: object;
    seconds?: number;
  };
  // It would be the time of a start at which all stood.
  expect(seconds).toBeUndefined();
  expect(scores).toBeUndefined();
  expect(Object.keys(arms)).toEqual(['dare', 'gold', 'balanced-bagging']);
  expect(written).toEqual([{ relation: 'CID', sentences: sentences.map((line) => line.slice('    – '.length)) }]);
  expect(again.stderr).not.toContain('"kind":"step"');

  // For a machine, the report's tables go to a file, and one line says which.
  const report = await dare(['report', 'tried', '--json', '--out', 'scores.json'], { cwd: folder });
  expect(JSON.parse(report.stdout)).toEqual({ written: 'scores.json' });
  expect(JSON.parse(await readFile(join(folder, 'scores.json'), 'utf8'))).toHaveProperty('scores.arms');
});

test('as it ships: the sample data and the models that ship, without a network', async () => {
  // A tenth of the work; `start` sees to it that nothing can be fetched.
  const few = [
    ...['--corpus-train-examples=120', '--corpus-validation-examples=30', '--corpus-test-examples=40'],
    ...[
      '--generator-epochs=1',
      '--generator-minimum-updates=1',
      '--sampling-attempts=2',
      '--sampling-max-tokens=40',
      '--sampling-pool-factor=1',
    ],
    ...['--classifier-epochs=1', '--ensemble-size=1', '--ensemble-retries=0'],
  ];
  const { code, stdout, stderr } = await dare(['quickstart', '--out', 'shipped', ...few], { cwd: folder });
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  const used = await readFile(join(folder, 'shipped', 'configuration.yaml'), 'utf8');
  for (const name of ['drug-relations.jsonl', 'dare/gpt2-small-pubmed', 'dare/bert-small-pubmed']) {
    expect(used).toContain(name);
  }
  expect(stdout).toMatch(/^DARE, 1 classifier +\d\.\d{3} /m);
  expect(stdout).toContain('run --corpus mine.csv --preset quickstart');
});

test('its help shows what it takes in a few lines; run’s settings are flags all the same', async () => {
  const { stdout } = await dare(['quickstart', '--help']);
  expect(stdout).toContain('Examples:');
  expect(stdout).not.toContain('--generator-epochs');
  const { code, stderr } = await dare(['quickstart', '--generator-epochs', 'many']);
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: "dare: --generator-epochs: 'many' is not allowed (allowed: a whole number, 1 or more)\n",
  });
});
