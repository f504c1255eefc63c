/** What every device's forward programs promise: state between runs, frozen weights, readable errors. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Graph } from '../../src/graph/graph.ts';
import { fill } from '../../src/graph/operators/constant.ts';
import { add } from '../../src/graph/operators/elementwise.ts';
import type { Gpt2Config } from '../../src/checkpoint/config.ts';
import { decoderFeeds } from '../../src/nn/batch.ts';
import { gpt2Decoding, gpt2Scoring } from '../../src/nn/gpt2.ts';
import type { Device, Feeds, Parameters, Program, ProgramState } from '../../src/runtime/device.ts';
import { devices } from '../support/devices.ts';
import { largestDifference } from '../support/reference.ts';
import { randomParameters, tinyGpt2 } from '../support/tiny-models.ts';

const CONFIG = tinyGpt2();
/** Rows of different lengths; `PROMPTS` of each come first, the rest one by one. */
const SEQUENCES = [
  [1, 2, 3, 4, 5, 6, 7, 8],
  [9, 10, 11, 12, 0, 1],
  [5, 5, 5, 5],
];
const PROMPTS = [5, 3, 1];
const STEPS = 3;
const VOCABULARY = CONFIG.vocab_size;

const integers = (shape: readonly number[], data: readonly number[]) => ({ shape, data: Int32Array.from(data) });

/** Feeds of the prompts, padded at the end. */
function promptFeeds(): Feeds {
  const length = Math.max(...PROMPTS);
  const row = (valueAt: (example: number, position: number) => number) =>
    PROMPTS.flatMap((prompt, example) =>
      Array.from({ length }, (_, position) => (position < prompt ? valueAt(example, position) : 0)),
    );
  const last = PROMPTS.map((prompt) => prompt - 1);
  return {
    inputIds: integers(
      [3, length],
      row((example, position) => SEQUENCES[example]![position]!),
    ),
    positionIds: integers(
      [3, length],
      row((_, position) => position),
    ),
    lastPosition: integers([3], last),
    lastIndex: integers([3], last),
    totalLength: integers([], [length]),
  };
}

/** Feeds of one further token for each row. */
function stepFeeds(step: number): Feeds {
  const positions = PROMPTS.map((prompt) => prompt + step);
  return {
    inputIds: integers(
      [3, 1],
      positions.map((position, example) => SEQUENCES[example]![position]!),
    ),
    positionIds: integers([3, 1], positions),
    lastPosition: integers([3], positions),
    lastIndex: integers([3], [0, 0, 0]),
    totalLength: integers([], [Math.max(...positions) + 1]),
  };
}

/** Logits of the prompts' last tokens and of each further one, against those of whole sequences [sequence, batch, vocabulary]. */
async function decode(program: Program, state: ProgramState, logits: Float32Array): Promise<number> {
  let worst = 0;
  for (let step = -1; step < STEPS; step++) {
    const results = await program.run(step < 0 ? promptFeeds() : stepFeeds(step), state);
    const expected = logitsAt(
      logits,
      PROMPTS.map((prompt) => prompt + step),
    );
    worst = Math.max(worst, largestDifference(results.logits!.data, expected));
  }
  return worst;
}

const logitsAt = (logits: Float32Array, positions: readonly number[]): number[] =>
  positions.flatMap((position, example) => {
    const start = (position * SEQUENCES.length + example) * VOCABULARY;
    return [...logits.subarray(start, start + VOCABULARY)];
  });

describe.each(devices)('programs on $name', ({ open }) => {
  let device: Device;
  let parameters: Parameters;
  /** Logits [sequence, batch, vocabulary] of the whole sequences. */
  let logits: Float32Array;
  let scores: Float32Array;
  beforeAll(async () => {
    device = await open();
    const graph = gpt2Scoring(CONFIG, { withLogits: true });
    parameters = await randomParameters(device, graph, CONFIG, false);
    const program = await device.createProgram(graph, parameters);
    const results = await program.run(decoderFeeds(SEQUENCES, 1));
    logits = Float32Array.from(results.logits!.data);
    scores = Float32Array.from(results.negativeLogLikelihoods!.data);
    await program.dispose();
  });
  afterAll(async () => {
    await parameters.dispose();
    await device.close();
  });

  describe('decoding token by token', () => {
    test.each([false, true])(
      'gives the logits of whole sequences, for rows of different lengths (frozen: %s)',
      async (frozen) => {
        const program = await device.createProgram(gpt2Decoding(CONFIG, 0), parameters, { frozen });
        const state = await program.createState({ batch: 3, capacity: 10 });
        expect(await decode(program, state, logits)).toBeLessThan(1e-5);
        // The same memory serves the next prompts.
        expect(await decode(program, state, logits)).toBeLessThan(1e-5);
        await state.dispose();
        await program.dispose();
      },
    );

    test('divides the scores of deeper layers where the model does', async () => {
      const config: Gpt2Config = { ...CONFIG, scale_attn_by_inverse_layer_idx: true };
      const whole = await device.createProgram(gpt2Scoring(config, { withLogits: true }), parameters);
      const { logits: expected } = await whole.run(decoderFeeds(SEQUENCES, 1));
      await whole.dispose();
      // Weights spread widely enough that it is another model.
      expect(largestDifference(expected!.data, logits)).toBeGreaterThan(1e-2);
      const program = await device.createProgram(gpt2Decoding(config, 0), parameters);
      const state = await program.createState({ batch: 3, capacity: 8 });
      expect(await decode(program, state, Float32Array.from(expected!.data))).toBeLessThan(1e-5);
      await state.dispose();
      await program.dispose();
    });

    test('keeps states apart', async () => {
      const program = await device.createProgram(gpt2Decoding(CONFIG, 0), parameters);
      const states = [
        await program.createState({ batch: 3, capacity: 8 }),
        await program.createState({ batch: 3, capacity: 11 }),
      ];
      await program.run(promptFeeds(), states[0]);
      expect(await decode(program, states[1]!, logits)).toBeLessThan(1e-5);
      const { logits: next } = await program.run(stepFeeds(0), states[0]);
      expect(largestDifference(next!.data, logitsAt(logits, PROMPTS))).toBeLessThan(1e-5);
      for (const state of states) await state.dispose();
      await program.dispose();
    });

    test('gives the largest logits in descending order', async () => {
      const program = await device.createProgram(gpt2Decoding(CONFIG, 4), parameters, { frozen: true });
      const state = await program.createState({ batch: 3, capacity: 8 });
      const { values, indices } = await program.run(promptFeeds(), state);
      await state.dispose();
      await program.dispose();
      const rows = PROMPTS.map((prompt, example) => {
        const start = ((prompt - 1) * 3 + example) * VOCABULARY;
        return [...logits.subarray(start, start + VOCABULARY)];
      });
      const best = rows.map((row) => [...row.keys()].sort((a, b) => row[b]! - row[a]!).slice(0, 4));
      expect(indices).toEqual({ shape: [3, 4], data: Int32Array.from(best.flat()) });
      const expected = best.flatMap((order, example) => order.map((token) => rows[example]![token]!));
      expect(largestDifference(values!.data, expected)).toBeLessThan(1e-5);
    });
  });

  test('frozen weights give the same results', async () => {
    const program = await device.createProgram(gpt2Scoring(CONFIG), parameters, { frozen: true });
    const { negativeLogLikelihoods } = await program.run(decoderFeeds(SEQUENCES, 1));
    await program.dispose();
    expect(largestDifference(negativeLogLikelihoods!.data, scores)).toBeLessThan(1e-5);
  });

  test('runs under way together give each its own results', async () => {
    const program = await device.createProgram(gpt2Scoring(CONFIG), parameters);
    const batches = SEQUENCES.map((sequence) => decoderFeeds([sequence], 1));
    const alone = [];
    for (const feeds of batches) alone.push(await program.run(feeds));
    const together = await Promise.all(batches.map((feeds) => program.run(feeds)));
    await program.dispose();
    expect(together).toEqual(alone);
  });

  test('weights that are written are used by the next run', async () => {
    const graph = new Graph();
    const x = graph.input('x', { shape: ['n'], type: 'float32' });
    graph.output('sum', add(x, graph.parameter('bias', [])));
    graph.output('one', fill(graph, [], 1));
    graph.output('copy', x);
    const bias = await device.createParameters([{ name: 'bias', shape: [] }], { trainable: false });
    const program = await device.createProgram(graph, bias);
    const feeds = { x: { shape: [2], data: Float32Array.of(1, 2) } };
    await bias.write('bias', Float32Array.of(10));
    expect((await program.run(feeds)).sum!.data).toEqual(Float32Array.of(11, 12));
    await bias.write('bias', Float32Array.of(20));
    expect(await program.run(feeds)).toEqual({
      sum: { shape: [2], data: Float32Array.of(21, 22) },
      one: { shape: [], data: Float32Array.of(1) },
      copy: feeds.x,
    });
    await program.dispose();
    await bias.dispose();
  });

  describe('refusals', () => {
    test('a batch that is not the state’s', async () => {
      const program = await device.createProgram(gpt2Decoding(CONFIG, 0), parameters);
      const state = await program.createState({ batch: 2, capacity: 8 });
      await expect(program.run(promptFeeds(), state)).rejects.toThrow("'inputIds': batch is 3, but 2 elsewhere");
      await state.dispose();
      await program.dispose();
    });

    test('a size of the state that is not given', async () => {
      const program = await device.createProgram(gpt2Decoding(CONFIG, 0), parameters);
      await expect(async () => program.createState({ batch: 2 })).rejects.toThrow(
        "no value for the dimension 'capacity'",
      );
      await program.dispose();
    });

    test('a run without the state, or with another device’s', async () => {
      const program = await device.createProgram(gpt2Decoding(CONFIG, 0), parameters);
      await expect(program.run(promptFeeds())).rejects.toThrow('this program needs a state');
      const foreign = { dispose: () => Promise.resolve() };
      await expect(program.run(promptFeeds(), foreign)).rejects.toThrow('this state belongs to another device');
      await program.dispose();
    });

    test('more tokens than the state has room for', async () => {
      const program = await device.createProgram(gpt2Decoding(CONFIG, 0), parameters);
      const state = await program.createState({ batch: 3, capacity: 6 });
      await program.run(promptFeeds(), state);
      await program.run(stepFeeds(0), state);
      await expect(program.run(stepFeeds(1), state)).rejects.toThrow('ONNX Runtime');
      await state.dispose();
      await program.dispose();
    });

    test('more runs of a program that was disposed of, twice', async () => {
      const program = await device.createProgram(gpt2Scoring(CONFIG), parameters);
      await program.dispose();
      await program.dispose();
      await expect(program.run(decoderFeeds(SEQUENCES, 1))).rejects.toThrow('this program was disposed of');
    });

    test('an input that is not fed', async () => {
      const program = await device.createProgram(gpt2Scoring(CONFIG), parameters);
      await expect(program.run({})).rejects.toThrow("the input 'inputIds' is not fed");
      await program.dispose();
    });
  });
});
