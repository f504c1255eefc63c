/** Indices into tables are checked before they go to the GPU, where one outside a table reads whatever lies there instead of failing. */
import type { Graph } from '../../graph/graph.ts';
import type { Feeds } from '../device.ts';

/** @throws Error when a fed index is outside its table. */
export type TableCheck = (feeds: Feeds) => void;

/** The checks of a graph: one for each data input that is looked up in a table of known size. */
export function tableChecks(graph: Graph): TableCheck[] {
  const bounds = new Map<string, number>();
  const fed = new Set(graph.inputs.filter(({ kind }) => kind === 'data').map(({ tensor }) => tensor));
  for (const { operator, inputs } of graph.nodes) {
    const [table, rows] = inputs;
    const count = table?.shape[0];
    if (operator !== 'embedding' || typeof count !== 'number' || !rows || !fed.has(rows)) continue;
    bounds.set(rows.name, Math.min(count, bounds.get(rows.name) ?? Infinity));
  }
  return [...bounds].map(([name, count]) => (feeds) => {
    const outside = feeds[name]?.data.find((index) => !(index >= 0 && index < count));
    if (outside !== undefined) throw new Error(`'${name}': the index ${outside} is outside a table of ${count} rows`);
  });
}
