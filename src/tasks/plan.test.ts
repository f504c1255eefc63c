/** Which steps of a run a changed setting touches: the rest is shared between runs by key. */
import { describe, expect, test } from 'vitest';
import { ARMS } from '../dare/arms/arms.ts';
import { runConfigurationSchema } from '../dare/configuration.ts';
import { corpusTask, planRun } from './plan.ts';
import type { MicroBatches, Surroundings } from './plan.ts';
import { inOrder } from './task.ts';
import type { Task } from './task.ts';

const ENGINE = { engine: 'cpu', threads: 1 };
const GPU = { engine: 'gpu', threads: 1 };
const SURROUNDINGS: Surroundings = {
  corpus: 'hash',
  engines: { generator: ENGINE, classifier: ENGINE, sampling: ENGINE, judging: ENGINE },
  generator: undefined,
  classifier: undefined,
};
const PREPARED = {
  relations: ['advise', 'effect'],
  train: ['advise', 'advise', 'advise', 'effect', null, null].map((relation, index) => ({
    id: String(index),
    document: String(index),
    text: '',
    relation,
  })),
};

/** All but the one that needs a file. */
const OWN_ARMS = ARMS.filter((arm) => arm !== 'pool');

type Input = Parameters<typeof runConfigurationSchema.parse>[0];

function plan(changes: Record<string, unknown> = {}, surroundings = SURROUNDINGS): Map<string, Task> {
  const input = {
    corpus: { path: 'corpus' },
    generator: { model: 'random' },
    classifier: { model: 'random' },
    ensemble: { size: 2 },
    ...changes,
  } satisfies Input;
  const configuration = runConfigurationSchema.parse(input);
  const { scores } = planRun(configuration, corpusTask(configuration, surroundings), PREPARED, surroundings);
  return new Map(inOrder([scores]).map((task) => [task.name, task]));
}

/** Names of tasks that two plans have in common by name, but not by key. */
function changed(changes: Record<string, unknown>): string[] {
  const [before, after] = [plan(), plan(changes)];
  return [...before.keys()].filter((name) => after.has(name) && after.get(name)!.key !== before.get(name)!.key);
}

test('a run is Algorithm 1: a generator and a pool for each relation, members of both ensembles, scores', () => {
  expect([...plan().keys()]).toEqual([
    'corpus',
    'random bert',
    'random gpt2',
    'generator advise',
    'pool advise',
    'generator effect',
    'pool effect',
    'dare member 1',
    'dare member 2',
    'gold member 1',
    'gold member 2',
    'scores',
  ]);
});

test('runs of several ratios share pools that are filled for the largest, whatever rounding does', () => {
  const keyOf = (ratio: number, poolRatio: number | null) =>
    plan({ ensemble: { size: 1, ratio }, sampling: { poolFactor: 1.1, poolRatio } }).get('pool advise')!.key;
  const ratios = [0.5, 1, 1.1, 1.25, 2.9, 3];
  expect(new Set(ratios.map((ratio) => keyOf(ratio, 3)))).toEqual(new Set([keyOf(3, null)]));
  // Ratios up to 1 draw from a plain run's pools.
  expect(keyOf(0.5, 1)).toBe(keyOf(1, null));
});

test('pools of a shared generator are compared with all that it learned from, pools that are given with their relation', () => {
  const given = { ...SURROUNDINGS, pool: { path: 'pool.jsonl', hash: 'hash' } };
  const parametersOf = (shared: boolean, name: string) =>
    plan({ generator: { model: 'random', shared }, pool: { path: 'pool.jsonl' } }, given).get(name)!.parameters;
  expect(parametersOf(true, 'pool advise')).toMatchObject({ filter: { learned: 'all' } });
  for (const parameters of [parametersOf(false, 'pool advise'), parametersOf(true, 'given pool advise')]) {
    expect(parameters).not.toMatchObject({ filter: { learned: 'all' } });
  }
});

describe('a changed setting', () => {
  const dareMembers = ['dare member 1', 'dare member 2'];
  test.each<[string, Record<string, unknown>, string[]]>([
    [
      'a smaller ratio shares the pools and the control',
      { ensemble: { size: 2, ratio: 0.5 } },
      [...dareMembers, 'scores'],
    ],
    ['a larger ensemble shares its first members', { ensemble: { size: 3 } }, ['scores']],
    [
      'the filter leaves the generators',
      { filter: { minimumWords: 5 } },
      ['pool advise', 'pool effect', ...dareMembers, 'scores'],
    ],
    ['threads and checkpoints touch nothing by themselves', { threads: 1, checkpointSeconds: 5 }, []],
    [
      'the classifier leaves the pools',
      { classifier: { model: 'random', epochs: 1 } },
      [...dareMembers, 'gold member 1', 'gold member 2', 'scores'],
    ],
    [
      'adapters: generators and what comes of them',
      { generator: { model: 'random', lora: { rank: 8 } } },
      ['generator advise', 'generator effect', 'pool advise', 'pool effect', ...dareMembers, 'scores'],
    ],
    ['settings of adapters where there are none: nothing', { generator: { model: 'random', lora: { alpha: 3 } } }, []],
  ])('%s', (_, changes, expected) => {
    expect(changed(changes).sort()).toEqual(expected.sort());
  });

  test('pools of adapters need their base as well', () => {
    const generator = { model: 'random', lora: { rank: 8 } };
    expect(Object.keys(plan({ generator }).get('pool advise')!.inputs)).toEqual(['corpus', 'generator', 'base']);
    expect(Object.keys(plan().get('pool advise')!.inputs)).toEqual(['corpus', 'generator']);
  });

  test('one generator for all relations: pools come from it, each still its own', () => {
    const shared = plan({ generator: { model: 'random', shared: true } });
    expect([...shared.keys()].filter((name) => /generator|pool/.test(name))).toEqual([
      'shared generator',
      'pool advise',
      'pool effect',
    ]);
    expect(shared.get('pool advise')!.inputs.generator!.key).toBe(shared.get('pool effect')!.inputs.generator!.key);
  });

  test('a generator of few sentences learns for more epochs; one that has enough updates is the same as without', () => {
    const generator = { model: 'random', epochs: 5, batchSize: 2, accumulation: 1 };
    const before = plan({ generator });
    const after = plan({ generator: { ...generator, minimumUpdates: 8 } });
    const epochs = (name: string) => (after.get(name)!.parameters as { settings: { epochs: number } }).settings.epochs;
    expect([epochs('generator advise'), epochs('generator effect')]).toEqual([5, 8]);
    expect(after.get('generator advise')!.key).toBe(before.get('generator advise')!.key);
  });

  test('a ratio above 1 asks for larger pools', () => {
    const wanted = (changes: Record<string, unknown>) => plan(changes).get('pool advise')!.parameters;
    expect(wanted({})).toMatchObject({ wanted: 9 });
    expect(wanted({ ensemble: { size: 2, ratio: 2 } })).toMatchObject({ wanted: 18 });
    expect(wanted({ ensemble: { size: 2, ratio: 0.5 } })).toMatchObject({ wanted: 9 });
  });

  test.each<[string, Record<string, unknown>, string[]]>([
    ['more arms leave the others as they are', { ensemble: { size: 2, arms: OWN_ARMS } }, ['scores']],
    ['one arm’s size is its own affair', { arms: { gold: { size: 1 } } }, ['scores']],
    ['a setting of an arm that is not there: nothing', { arms: { 'token-edits': { alpha: 0.3 } } }, []],
  ])('%s', (_, changes, expected) => {
    expect(changed(changes)).toEqual(expected);
  });

  test('a setting of one arm changes that arm alone', () => {
    const ensemble = { size: 1, arms: OWN_ARMS };
    const before = plan({ ensemble });
    const after = plan({ ensemble, arms: { 'token-edits': { alpha: 0.3 } } });
    const differing = [...before.keys()].filter((name) => before.get(name)!.key !== after.get(name)!.key);
    expect(differing).toEqual(['token-edits member 1', 'scores']);
  });

  test('without synthetic sentences DARE is the gold arm: one ensemble is trained for both, and no generator', () => {
    expect([...plan({ ensemble: { size: 2, ratio: 0 } }).keys()]).toEqual([
      'corpus',
      'random bert',
      'gold member 1',
      'gold member 2',
      'scores',
    ]);
  });

  test('the ratio changes only arms that add by it', () => {
    const names = (target: string) => {
      const arms = { oversampling: { target } };
      const [before, after] = [1, 2].map((ratio) => plan({ arms, ensemble: { size: 1, ratio, arms: OWN_ARMS } }));
      return [...before!].flatMap(([name, { key }]) =>
        /member/.test(name) && after!.get(name)!.key !== key ? name : [],
      );
    };
    expect(names('ratio')).toEqual(['dare member 1', 'oversampling member 1', 'token-edits member 1']);
    expect(names('majority')).toEqual(['dare member 1', 'token-edits member 1']);
  });

  test('the gold arm alone needs no generator', () => {
    expect([...plan({ ensemble: { size: 1, arms: ['gold'] } }).keys()]).toEqual([
      'corpus',
      'random bert',
      'gold member 1',
      'scores',
    ]);
  });

  const filtered = (filter: Record<string, unknown>) => plan({ filter });
  test('classifiers that judge labels are tasks of their own, which all pools share', () => {
    const names = [...filtered({ consistency: 'drop', judges: 2 }).keys()];
    expect(names.filter((name) => name.startsWith('judge'))).toEqual(['judge 1', 'judge 2']);
    const [low, high] = [0.6, 0.9].map((consistencyThreshold) =>
      filtered({ consistency: 'drop', consistencyThreshold }),
    );
    expect(low!.get('judge 1')!.key).toBe(high!.get('judge 1')!.key);
    expect(low!.get('pool advise')!.key).not.toBe(high!.get('pool advise')!.key);
    expect(changed({ filter: { consistencyThreshold: 0.5, judges: 3 } })).toEqual([]);
  });

  test('a pool that is given is another ensemble, and leaves the others as they are', () => {
    const given = { ...SURROUNDINGS, pool: { path: 'pool.jsonl', hash: 'hash' } };
    const [before, after] = [plan(), plan({ pool: { path: 'pool.jsonl' } }, given)];
    const added = [...after.keys()].filter((name) => !before.has(name));
    expect(added).toEqual(['given pool advise', 'given pool effect', 'pool member 1', 'pool member 2']);
    const same = [...before].filter(([name, { key }]) => after.get(name)!.key === key).map(([name]) => name);
    expect(same).toEqual([...before.keys()].filter((name) => name !== 'scores'));
  });

  test('what people said of one relation leaves the pools of others, and members that draw from none', () => {
    const said = { relation: 'effect', id: 'abc', verdict: 'reject' as const };
    const after = plan({}, { ...SURROUNDINGS, verdicts: new Map([['effect', [said]]]) });
    const before = plan();
    const differing = [...after].filter(([name, { key }]) => before.get(name)?.key !== key).map(([name]) => name);
    expect(differing).toEqual(['reviewed pool effect', 'dare member 1', 'dare member 2', 'scores']);
  });

  test('files that lie elsewhere are the same work', () => {
    const model = { hash: 'weights', folder: 'here' };
    const here = { ...SURROUNDINGS, generator: model, classifier: model, pool: { hash: 'sentences', path: 'here' } };
    const away = { folder: 'away', path: 'away' };
    const there = {
      ...SURROUNDINGS,
      ...{ generator: { ...model, ...away }, classifier: { ...model, ...away }, pool: { ...here.pool, ...away } },
    };
    const named = { generator: { model: 'gpt2' }, classifier: { model: 'bert' } };
    const keys = (path: string, surroundings: typeof SURROUNDINGS): string[] =>
      [...plan({ corpus: { path }, ...named, pool: { path } }, surroundings).values()].map(({ key }) => key);
    expect(keys('there', there)).toEqual(keys('here', here));
    expect(keys('here', { ...here, classifier: { ...model, hash: 'other weights' } })).not.toEqual(keys('here', here));
  });

  test('another corpus or engine changes everything that is computed', () => {
    const before = plan();
    for (const change of [
      { corpus: 'other' },
      { engines: { generator: GPU, classifier: GPU, sampling: GPU, judging: GPU } },
    ]) {
      const after = plan({}, { ...SURROUNDINGS, ...change });
      expect(after.get('scores')!.key).not.toBe(before.get('scores')!.key);
    }
  });
});

test('examples run at once are part of the trainings’ tasks only where they are fewer than a batch', () => {
  const keys = (microBatches?: MicroBatches) =>
    [...plan({}, { ...SURROUNDINGS, ...(microBatches && { microBatches }) }).values()].map(({ name, key }) => ({
      name,
      key,
    }));
  const whole = keys();
  expect(keys({ generator: undefined, classifier: undefined })).toEqual(whole);
  const differing = keys({ classifier: 8 }).filter(({ key }, index) => key !== whole[index]!.key);
  expect(differing.map(({ name }) => name)).toEqual([
    'dare member 1',
    'dare member 2',
    'gold member 1',
    'gold member 2',
    'scores',
  ]);
});
