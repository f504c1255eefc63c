/** One generator for all relations: it writes of the relation that it is asked for. */
import { writeFileSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readPreparedCorpus } from '../../src/dare/prepared-corpus.ts';
import { Monitor } from '../../src/foundation/progress.ts';
import { GoldText } from '../../src/generation/quality/gold-text.ts';
import { CpuDevice } from '../../src/runtime/cpu/cpu-device.ts';
import { runDare } from '../../src/tasks/run.ts';
import { tinyConfiguration } from '../support/tiny-corpus.ts';

const VERBS: Readonly<Record<string, string>> = { induces: 'caused', treats: 'relieved' };
let device: CpuDevice;
let root: string;

beforeAll(async () => {
  device = new CpuDevice({ threads: 2 });
  root = await mkdtemp(join(tmpdir(), 'dare-shared-'));
});
afterAll(async () => {
  await device.close();
  await rm(root, { recursive: true });
});

function writeCorpus(path: string): string {
  const endings = ['in most of the patients', 'within a week', 'at high doses', 'in a small trial of adults'];
  const line = (index: number) => {
    const relation = (['induces', 'treats', null] as const)[index % 3] ?? null;
    const verb = relation === null ? 'and' : VERBS[relation]!;
    const text = `In study ${index} lithium ${verb} tremor ${endings[index % 4]!} .`;
    const mention = (word: string, type: string) => {
      const start = text.indexOf(word);
      return { start, end: start + word.length, type, text: word };
    };
    const head = mention('lithium', 'Chemical');
    return JSON.stringify({
      id: `e${index}`,
      document: `d${index}`,
      text,
      head,
      tail: mention('tremor', 'Disease'),
      relation,
    });
  };
  writeFileSync(path, Array.from({ length: 90 }, (_, index) => line(index)).join('\n'));
  return path;
}

test('each pool holds sentences of its own relation, without the control', async () => {
  const tiny = tinyConfiguration(writeCorpus(join(root, 'corpus.jsonl')));
  const folder = join(root, 'run');
  const { pools } = await runDare(
    {
      ...tiny,
      generator: { ...tiny.generator, shared: true, layers: 2, hiddenSize: 64, epochs: 60, learningRate: 5e-3 },
      ensemble: { ...tiny.ensemble, arms: ['dare'], size: 1 },
    },
    { folder, device, monitor: new Monitor(), offline: true },
  );
  const tasks = await readdir(join(folder, 'tasks'));
  expect(tasks.filter((task) => /generator/.test(task))).toHaveLength(1);
  expect(pools.map(({ relation }) => relation)).toEqual(['induces', 'treats']);
  const resultOf = (start: string): string =>
    join(
      folder,
      'tasks',
      tasks.find((task) => task.startsWith(start))!,
    );
  const sentencesOf = async <T>(start: string): Promise<T[]> =>
    (await readFile(join(resultOf(start), 'sentences.jsonl'), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as T);
  const { train } = await readPreparedCorpus(resultOf('corpus'));
  const learned = new GoldText(train.map(({ text }) => text));
  for (const { relation, accepted } of pools) {
    expect(accepted).toBeGreaterThan(10);
    const written = await sentencesOf<{ text: string }>(`pool-${relation}`);
    const texts = written.map(({ text }) => text);
    const own = texts.filter((text) => text.includes(VERBS[relation]!)).length;
    expect(own / texts.length).toBeGreaterThan(0.7);
    expect(texts.filter((text) => /<\d>:/.test(text)).length / texts.length).toBeLessThan(0.1);
    // What was copied is told of all that the generator learned from.
    const measured = await sentencesOf<{ longestCopy: number }>(`quality-${relation}`);
    expect(measured.map(({ longestCopy }) => longestCopy)).toEqual(
      texts.map((text) => Math.max(0, ...learned.copiedFrom(text))),
    );
  }
}, 60_000);
