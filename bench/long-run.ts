/**
 * Whether memory grows over a long training: resident bytes after many steps of changing shapes beside those after a few, as one JSON line.
 *
 *   node --expose-gc --import tsx bench/long-run.ts --steps 2000 --early 200
 *
 * Every step has a batch of another size and length, drawn from a seed; every tenth is an update of two batches, one of them run in parts. Garbage is
 * collected before each look, where node is started with --expose-gc, and the two looks are the largest of some steps, as memory in use goes up and down.
 */
import { parseArgs } from 'node:util';
import { parseModelConfig } from '../src/checkpoint/config.ts';
import { RandomStream } from '../src/foundation/random.ts';
import { decoderFeeds } from '../src/nn/batch.ts';
import { gpt2Training } from '../src/nn/gpt2.ts';
import { initialize } from '../src/nn/initialize.ts';
import { specificationsOf } from '../src/nn/model.ts';
import { CpuDevice } from '../src/runtime/cpu/cpu-device.ts';
import { splitBatch } from '../src/training/micro-batch.ts';
import { ADAM_DEFAULTS } from '../src/runtime/device.ts';

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '2000' },
    early: { type: 'string', default: '200' },
    threads: { type: 'string', default: '2' },
  },
});
const [steps, early] = [Number(values.steps), Number(values.early)];
const config = parseModelConfig({ model_type: 'gpt2', n_layer: 4, n_embd: 192, n_head: 3, vocab_size: 4000 }, 'bench');
if (config.model_type !== 'gpt2') throw new Error('unreachable');
const device = new CpuDevice({ threads: Number(values.threads) });
const { graph, loss } = gpt2Training(config);
const parameters = await device.createParameters(specificationsOf(graph), { trainable: true });
await initialize(parameters, config, 1);
const program = await device.createTrainingProgram(graph, loss, parameters, {
  ...ADAM_DEFAULTS,
  weightDecay: () => 0,
});
const random = RandomStream.named(1, 'long run');
const collect = (globalThis as { gc?: () => void }).gc;

const LARGEST_BATCH = 16;
const LONGEST = 96;
const LOOKS = 10;
const resident: number[] = [];
for (let step = 0; step < steps; step++) {
  for (let batch = 0; batch < (step % 10 === 0 ? 2 : 1); batch++) {
    const sequences = Array.from({ length: 1 + random.integer(LARGEST_BATCH) }, () =>
      Array.from({ length: 2 + random.integer(LONGEST - 1) }, () => random.integer(config.vocab_size)),
    );
    const all = sequences.map((_, index) => index);
    const lengths = sequences.map((ids) => ids.length);
    for (const { examples, part } of splitBatch(all, batch === 0 ? undefined : 4, lengths)) {
      const feeds = decoderFeeds(
        examples.map((example) => sequences[example]!),
        0.001,
      );
      await program.accumulate(feeds, [1, step, batch], part);
    }
  }
  await program.update({ learningRate: 1e-5, maxGradientNorm: 1 });
  if (step >= steps - LOOKS || (step >= early - LOOKS && step < early)) {
    collect?.();
    resident.push(process.memoryUsage.rss());
  }
}
const [first, last] = [Math.max(...resident.slice(0, LOOKS)), Math.max(...resident.slice(-LOOKS))];
console.log(JSON.stringify({ peer: 'dare', steps, early, earlyBytes: first, lateBytes: last, ratio: last / first }));
await program.dispose();
await parameters.dispose();
await device.close();
