/** The plainest of tables: columns side by side, no lines. */
import Table from 'cli-table3';

const PLAIN = {
  chars: {
    ...Object.fromEntries(
      ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right', 'left']
        .concat(['left-mid', 'mid', 'mid-mid', 'right', 'right-mid'])
        .map((place) => [place, '']),
    ),
    middle: '  ',
  },
  style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
};

/** A table to push rows onto; its first column is text, the others are figures. */
export function plainTable(head: readonly string[]): Table.Table {
  return new Table({
    ...PLAIN,
    head: [...head],
    colAligns: head.map((_, column) => (column === 0 ? 'left' : 'right')),
  });
}
