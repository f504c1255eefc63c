/**
 * Rows of a table by index.
 *
 * The gradient of a table touches only the rows that were looked up, and is handed out as such (a `RowGradient`): the device adds the rows
 * up. A scatter inside the graph would be racy on ONNX Runtime's CPU provider (ScatterND with repeated indices) or as large as the table.
 */
import { defineOperator } from '../graph.ts';
import type { Tensor } from '../graph.ts';

const lookup = defineOperator<Record<string, never>>({
  name: 'embedding',
  infer: ([table, rows]) => {
    if (table!.shape.length !== 2 || rows!.type !== 'int32') throw new Error('not a table and its rows');
    return [{ shape: [...rows!.shape, table!.shape[1]!], type: table!.type }];
  },
  derivative: ({ inputs: [, rows], gradients: [gradient] }) => [{ rows: rows!, values: gradient! }],
});

/** table [count, width], rows [...] int32 → [..., width]. */
export function embedding(table: Tensor, rows: Tensor): Tensor {
  return lookup([table, rows], {})[0]!;
}
