import { expect, test } from 'vitest';
import { configure } from '../dare/presets.ts';
import { Monitor } from '../foundation/progress.ts';
import type { DeviceName } from '../runtime/open-device.ts';
import { executorFor } from './run-executor.ts';
import { WorkerProcesses } from './worker-processes.ts';

const configuration = configure({ corpus: { path: 'corpus' } });
const checkpointing = { generator: false, classifier: false };
const settings = { store: 'store', checkpointSeconds: 60, samplingBatch: null, checkpointing };
const devices = { get: () => Promise.reject(new Error('not needed')), close: () => Promise.resolve() };

/** Whether other processes do a run's tasks. */
function isDoneApart(run: {
  device: DeviceName;
  bytes: number;
  workers?: number;
  missing?: number;
  isGiven?: boolean;
}) {
  const { device, bytes: heaviestBytes, workers = 1, missing = 5, isGiven = false } = run;
  const planned = { workers, heaviestBytes, device, gpu: undefined, precision: 'float32' as const, configuration };
  const executor = executorFor(planned, { missing, settings, devices, isGiven, monitor: new Monitor() });
  return executor instanceof WorkerProcesses;
}

test('other processes do what is done several at a time, or takes much memory; on a GPU a single such task as well', () => {
  const [small, large] = [1e8, 5e9];
  expect(isDoneApart({ device: 'cpu', bytes: small })).toBe(false);
  expect(isDoneApart({ device: 'cpu', bytes: small, workers: 2 })).toBe(true);
  expect(isDoneApart({ device: 'cpu', bytes: small, workers: 2, missing: 1 })).toBe(false);
  expect(isDoneApart({ device: 'cpu', bytes: large })).toBe(true);
  expect(isDoneApart({ device: 'cpu', bytes: large, missing: 1 })).toBe(false);
  expect(isDoneApart({ device: 'webgpu', bytes: small })).toBe(false);
  expect(isDoneApart({ device: 'webgpu', bytes: large })).toBe(true);
  expect(isDoneApart({ device: 'webgpu', bytes: large, missing: 1 })).toBe(true);
  expect(isDoneApart({ device: 'webgpu', bytes: large, missing: 0 })).toBe(false);
  expect(isDoneApart({ device: 'webgpu', bytes: large, workers: 2, isGiven: true })).toBe(false);
});
