/**
 * Large products of matrices on a device, to know what dare reaches there at best: TFLOP/s of the fastest of some, as one JSON line.
 *
 *   tsx bench/products.ts --device webgpu [--precision float16] [--size 4096] [--chain 8] [--repeats 5]
 *
 * A chain of products, of whose result the sum alone leaves the device.
 */
import { parseArgs } from 'node:util';
import { Graph } from '../src/graph/graph.ts';
import { linear } from '../src/graph/operators/matmul.ts';
import { sumAll } from '../src/graph/operators/reduction.ts';
import { openBenchDevice } from './bench-device.ts';

const { values } = parseArgs({
  options: {
    device: { type: 'string', default: 'cpu' },
    precision: { type: 'string', default: 'float32' },
    threads: { type: 'string', default: '2' },
    size: { type: 'string', default: '4096' },
    chain: { type: 'string', default: '8' },
    repeats: { type: 'string', default: '5' },
  },
});
const [size, chain] = [Number(values.size), Number(values.chain)];
const device = await openBenchDevice(values.device, { threads: Number(values.threads), precision: values.precision });
const graph = new Graph();
const [first, factor] = ['first', 'factor'].map((name) => graph.parameter(name, [size, size])) as [
  ReturnType<Graph['parameter']>,
  ReturnType<Graph['parameter']>,
];
let product = first;
for (let link = 0; link < chain; link++) product = linear(product, factor, undefined, 'in-out');
graph.output('sum', sumAll(product));
const specifications = [first, factor].map(({ name }) => ({ name, shape: [size, size] }));
const parameters = await device.createParameters(specifications, { trainable: false });
// Each product has again ones alone.
await parameters.write('first', new Float32Array(size * size).fill(1));
await parameters.write('factor', new Float32Array(size * size).fill(1 / size));
const program = await device.createProgram(graph, parameters);
let fastest = Infinity;
let sum = 0;
for (let repeat = 0; repeat <= Number(values.repeats); repeat++) {
  const start = performance.now();
  const results = await program.run({});
  // The first one makes the kernels.
  if (repeat > 0) fastest = Math.min(fastest, (performance.now() - start) / 1000);
  sum = results.sum!.data[0]!;
}
if (Math.abs(sum / size ** 2 - 1) > 0.01) throw new Error(`a product of ones has the sum ${sum}`);
await program.dispose();
await parameters.dispose();
console.log(JSON.stringify({ peer: 'dare', size, teraflops: (2 * chain * size ** 3) / fastest / 1e12 }));
await device.close();
