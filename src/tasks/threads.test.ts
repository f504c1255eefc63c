import { describe, expect, test } from 'vitest';
import { bytesAtOnce, defaultWorkers, threadsFor } from './threads.ts';

const GB = 1e9;
/** A machine of eight cores, with so much free memory. */
const machine = (free: number) => ({ cores: 8, free });

describe('tasks done at once', () => {
  const small = { threads: 1, bytes: 2 * GB };

  test('are as many as there are cores for, where memory is plenty', () => {
    expect(defaultWorkers([small], 100, machine(100 * GB))).toBe(8);
    expect(defaultWorkers([{ ...small, threads: 3 }], 100, machine(100 * GB))).toBe(2);
  });

  test('fit together into what --memory allows', () => {
    expect(defaultWorkers([small], 7, machine(100 * GB))).toBe(3);
    expect(defaultWorkers([small], 6, machine(100 * GB))).toBe(3);
    // Batches that are twice as large, or longer, leave room for half as many.
    expect(defaultWorkers([{ ...small, bytes: 4 * GB }], 7, machine(100 * GB))).toBe(1);
  });

  test('fit into what is free', () => {
    expect(defaultWorkers([small], 100, machine(5 * GB))).toBe(2);
  });

  test('are never none', () => {
    expect(defaultWorkers([small], 1, machine(100 * GB))).toBe(1);
    expect(defaultWorkers([small], null, machine(0))).toBe(1);
  });

  test('are not fewer for a large model that has all cores, and so runs alone', () => {
    const large = { threads: 8, bytes: 10 * GB };
    expect(defaultWorkers([large, small], 16, machine(100 * GB))).toBe(8);
    expect(defaultWorkers([large, small], 12, machine(100 * GB))).toBe(6);
    // Nor where it takes more than may be used.
    expect(defaultWorkers([large, small], 9, machine(100 * GB))).toBe(4);
    expect(defaultWorkers([large], null, machine(0))).toBe(1);
  });

  test('of several kinds are counted as the heaviest that may meet', () => {
    const middle = { threads: 4, bytes: 5 * GB };
    expect(bytesAtOnce([middle, small], 8, 8)).toBe(16 * GB);
    // One of the four threads leaves cores for four of the others; two leave none.
    expect(bytesAtOnce([middle, small], 5, 8)).toBe(13 * GB);
    expect(bytesAtOnce([middle, small], 3, 8)).toBe(10 * GB);
  });
});

test('a small model has one thread, or more where few of them are there to be trained; a large one has all cores', () => {
  expect(threadsFor(1e6, Infinity, 8)).toBe(1);
  expect(threadsFor(1e6, 3, 8)).toBe(2);
  expect(threadsFor(1e8, Infinity, 8)).toBe(8);
});
