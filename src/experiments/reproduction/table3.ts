/** Table 3: what it is worth that the generator first learned from text of the field. */
import { dareOver, PLAIN, seedsUpTo } from './experiment.ts';
import type { Experiment, Row, Start } from './experiment.ts';

const TITLES: Readonly<Record<Start, string>> = {
  vanilla: 'DARE, vanilla generator',
  adapted: 'DARE, adapted generator',
};
const PAIR = 'adapted over vanilla';

export const table3: Experiment = {
  id: 'table3',
  title: 'Table 3: a vanilla generator, and one adapted to the field',
  groupTitle: 'corpus',
  caption:
    'DARE on CDR with generators that start from a model that never saw text of the field, and from one that did. The paper’s 0.68 and 0.75 make an F1 of 0.71, not 0.73.',
  corpora: ['cdr'],
  cells: ({ seeds }) =>
    seedsUpTo(seeds).flatMap((seed) =>
      (['vanilla', 'adapted'] as const).map((start) => ({
        ...PLAIN,
        ...{ id: `table3/${start}-seed-${seed}`, corpus: 'cdr' as const, seed, arms: ['dare', 'gold'] as const, start },
      })),
    ),
  pairs: (cells) =>
    cells
      .filter(({ start }) => start === 'adapted')
      .map(({ id, seed }) => ({ name: PAIR, seed, first: id, second: `table3/vanilla-seed-${seed}` })),
  pairMeaning: 'the adapted generator over the vanilla one',
  rows: () => {
    const row = (start: Start, [precision, recall, f1]: [number, number, number]): Row => ({
      ...{ group: 'CDR', label: TITLES[start], paper: { precision, recall, f1 } },
      scores: (cell) => (cell.start === start ? cell.arms.dare : undefined),
      ...(start === 'vanilla' && { pair: ({ name }) => name === PAIR }),
    });
    const gold: Row = {
      ...{ group: 'CDR', label: 'gold only' },
      scores: (cell) => (cell.start === 'adapted' ? cell.arms.gold : undefined),
      comparison: (cell) => (cell.start === 'adapted' ? dareOver(cell, 'gold') : undefined),
    };
    return [gold, row('vanilla', [0.71, 0.69, 0.7]), row('adapted', [0.68, 0.75, 0.73])];
  },
};
