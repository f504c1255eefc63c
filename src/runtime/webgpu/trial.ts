/**
 * What a GPU is tried with before it is trusted: a linear layer, its normalization and activation, attention and a sum, as a transformer has them. A driver may copy what it is
 * given and not compile a shader, or compile it into another.
 */
import { Graph } from '../../graph/graph.ts';
import { activate } from '../../graph/operators/activation.ts';
import { reshape } from '../../graph/operators/layout.ts';
import { linear, matmul } from '../../graph/operators/matmul.ts';
import { layerNorm, softmax } from '../../graph/operators/normalization.ts';
import { sumRows } from '../../graph/operators/reduction.ts';
import { elementCount } from '../../graph/tensor.ts';
import type { Device } from '../device.ts';

const [ROWS, WIDTH] = [8, 64];
const PARAMETERS = [
  { name: 'weight', shape: [WIDTH, WIDTH] },
  { name: 'bias', shape: [WIDTH] },
  { name: 'gain', shape: [WIDTH] },
  { name: 'shift', shape: [WIDTH] },
];

function trialGraph(): Graph {
  const graph = new Graph();
  const x = graph.input('x', { shape: [ROWS, WIDTH], type: 'float32' });
  const [weight, bias, gain, shift] = PARAMETERS.map(({ name, shape }) => graph.parameter(name, shape));
  const hidden = activate(layerNorm(linear(x, weight!, bias, 'in-out'), gain!, shift!, 1e-5), 'gelu_new');
  const head = reshape(hidden, [1, 1, ROWS, WIDTH]);
  const attention = softmax(matmul(head, head, { transposeB: true, scale: 1 / 8 }));
  const mixed = reshape(matmul(attention, head), [ROWS, WIDTH]);
  graph.output('mixed', mixed);
  graph.output('sums', sumRows(mixed));
  return graph;
}

/** Any numbers of about one. */
const someNumbers = (count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, index) => Math.sin(index));

/** Results of the trial on a device: numbers of up to some ten. */
export async function tryDevice(device: Device): Promise<number[]> {
  const parameters = await device.createParameters(PARAMETERS, { trainable: false });
  try {
    for (const { name, shape } of PARAMETERS) await parameters.write(name, someNumbers(elementCount(shape)));
    const program = await device.createProgram(trialGraph(), parameters);
    const x = { shape: [ROWS, WIDTH], data: someNumbers(ROWS * WIDTH) };
    const results = await program.run({ x });
    await program.dispose();
    return Object.values(results).flatMap(({ data }) => [...data]);
  } finally {
    await parameters.dispose();
  }
}

/** Whether results are those of another device, as far as this deviation goes. */
export const agree = (results: readonly number[], expected: readonly number[], deviation: number): boolean =>
  results.length === expected.length &&
  results.every((value, index) => Math.abs(value - expected[index]!) <= deviation);
