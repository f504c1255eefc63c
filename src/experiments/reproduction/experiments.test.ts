/** What the experiments consist of, and that they share what they have in common. */
import { describe, expect, it } from 'vitest';
import { corpusTask, planRun } from '../../tasks/plan.ts';
import { inOrder } from '../../tasks/task.ts';
import type { Task } from '../../tasks/task.ts';
import { configurationOf } from './cell-run.ts';
import type { FoundCorpora } from './corpora.ts';
import type { Circumstances } from './experiment.ts';
import { experimentsNamed } from './experiments.ts';
import { positiveCounts } from './figure1.ts';
import { RATIOS } from './figure2.ts';
import { cellsOnce } from './reproduce.ts';
import { reproductionPresets, reproductionSchema } from './settings.ts';

const MEMBERS = 2;
const settings = reproductionSchema.parse({ ...reproductionPresets.small, members: MEMBERS });
const circumstances: Circumstances = { seeds: 3, figure1Seeds: 3, armsSeeds: 5, positives: 700 };
const found: FoundCorpora = {
  corpora: { cdr: at('cdr'), chemprot: at('chemprot'), ddi: at('ddi') },
  meshTree: null,
};
function at(path: string) {
  return { path, hasTest: false };
}

const RELATIONS = { cdr: ['CID'], chemprot: ['CPR:3', 'CPR:4'], ddi: ['effect', 'int', 'mechanism'] };
const engine = { engine: 'cpu', threads: 1 };

/** All tasks of some experiments, each once. */
function tasksOf(names: readonly string[], known = circumstances): Task[] {
  const cells = cellsOnce(names.flatMap((name) => experimentsNamed(name)).flatMap((each) => each.cells(known)));
  const goals = cells.flatMap((cell) => {
    const configuration = configurationOf(cell, { settings, found, starts: { adapted: 'a', vanilla: 'v' } });
    const corpus = corpusTask(configuration, { corpus: cell.corpus });
    const relations = RELATIONS[cell.corpus];
    const train = relations.flatMap((relation) =>
      Array.from({ length: cell.positives ?? known.positives }, (_, id) => ({
        ...{ id: String(id), document: 'd', text: 'x', relation },
      })),
    );
    const surroundings = {
      ...{ corpus: cell.corpus, classifier: undefined },
      engines: { generator: engine, classifier: engine, sampling: engine, judging: engine },
      generator: { folder: 'model', hash: cell.start },
    };
    const plan = planRun(configuration, corpus, { relations, train }, surroundings);
    return [...plan.quality, plan.scores];
  });
  return inOrder(goals);
}
const count = (tasks: readonly Task[], kind: Task['kind'], name = ''): number =>
  tasks.filter((task) => task.kind === kind && task.name.startsWith(name)).length;

describe('experiments', () => {
  it.each([
    ['table3', 6],
    ['table4', 9],
    ['table5', 3],
    ['table6', 3],
    ['figure1', 12],
    ['figure2', 15],
    ['arms', 10],
  ])('%s is %i runs', (name, runs) => {
    const cells = experimentsNamed(name).flatMap((each) => each.cells(circumstances));
    expect(cells).toHaveLength(runs);
    expect(new Set(cells.map(({ id }) => id)).size).toBe(runs);
  });

  it('tables 5 and 6 need no task beside those of table 4', () => {
    expect(tasksOf(['table4', 'table5', 'table6'])).toHaveLength(tasksOf(['table4']).length);
  });

  it('figure 2’s ratios draw from one pool a seed, and share what is no DARE', () => {
    const tasks = tasksOf(['figure2']);
    expect(count(tasks, 'pool')).toBe(3);
    expect(count(tasks, 'member', 'gold')).toBe(3 * MEMBERS);
    expect(count(tasks, 'member', 'balanced-bagging')).toBe(3 * MEMBERS);
    expect(count(tasks, 'member', 'dare')).toBe(3 * MEMBERS * RATIOS.length);
    // Of whatever size: a third of twice five times as many is not rounded up.
    for (const positives of [1, 7, 49, 333, 997]) {
      expect(count(tasksOf(['figure2'], { ...circumstances, seeds: 1, positives }), 'pool')).toBe(1);
    }
  });

  it('table 3 adds to table 4 the vanilla generator’s DARE alone', () => {
    const [four, both] = [tasksOf(['table4']), tasksOf(['table4', 'table3'])];
    for (const [kind, more] of [
      ['generator', 3],
      ['pool', 3],
      ['member', 3 * MEMBERS],
    ] as const) {
      expect(count(both, kind) - count(four, kind)).toBe(more);
    }
  });

  it('figure 1 takes all positives from table 4, and the arms take all but their own and two seeds', () => {
    const [four, withFigure, withArms] = [
      tasksOf(['table4']),
      tasksOf(['table4', 'figure1']),
      tasksOf(['table4', 'arms']),
    ];
    const fewer = positiveCounts(circumstances.positives).length - 1;
    expect(count(withFigure, 'member') - count(four, 'member')).toBe(3 * fewer * 3 * MEMBERS);
    expect(count(withArms, 'member') - count(four, 'member')).toBe(2 * (3 * 2 + 2 * 6) * MEMBERS);
  });

  it('figure 1 has the numbers that there are enough positives for', () => {
    expect(positiveCounts(1457)).toEqual([50, 250, 500, 1000, null]);
    expect(positiveCounts(520)).toEqual([50, 250, null]);
    expect(positiveCounts(20)).toEqual([null]);
  });

  it('are refused by a name that is none', () => {
    expect(() => experimentsNamed('table9')).toThrow('there is no experiment "table9" (known: table4, table5');
  });
});

it('a run is told where and how precisely to run as the reproduction is', () => {
  const [cell] = experimentsNamed('table4')[0]!.cells(circumstances);
  const told = reproductionSchema.parse({ ...reproductionPresets.small, device: 'cpu', precision: 'auto', threads: 3 });
  const run = configurationOf(cell!, { settings: told, found, starts: { adapted: 'a', vanilla: 'v' } });
  expect(run).toMatchObject({ device: 'cpu', precision: 'auto', threads: 3 });
});

describe('presets', () => {
  it('paper is the paper’s setting', () => {
    const paper = reproductionSchema.parse(reproductionPresets.paper);
    const [cell] = experimentsNamed('table4')[0]!.cells({ ...circumstances, seeds: 1 });
    const run = configurationOf(cell!, { settings: paper, found, starts: { adapted: 'a', vanilla: 'v' } });
    expect(run).toMatchObject({
      corpus: { otherRelations: 'drop', trainExamples: null, positives: null },
      generator: { model: 'a', epochs: 5, learningRate: 3e-5 },
      sampling: { poolFactor: 3, topK: 5 },
      filter: { masks: 'at-least-once' },
      classifier: { model: 'bert-large-uncased', learningRate: 2e-5, addPlaceholderTokens: false },
      ensemble: { size: 20, ratio: 1, retries: 0 },
      arms: { 'class-weighting': { size: 10 }, 'balanced-bagging': { size: 10 }, gold: { size: null } },
    });
    expect(paper).toMatchObject({ seeds: 1, figure1Seeds: 5, generator: { model: 'gpt2-large' } });
  });
});
