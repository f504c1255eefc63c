import { describe, expect, test } from 'vitest';
import { UserError } from '../foundation/errors.ts';
import { Monitor } from '../foundation/progress.ts';
import { CpuDevice } from './cpu/cpu-device.ts';
import { openDevice } from './open-device.ts';
import type { DeviceOpeners, DeviceRequest } from './open-device.ts';
import { BindingDevice } from './binding/binding-device.ts';

const broken = () => Promise.reject(new UserError('libonnxruntime does not load', { remedy: 'install it' }));
const working: DeviceOpeners = {
  cpu: (options) => Promise.resolve(new CpuDevice(options)),
  'cpu-binding': (options) => Promise.resolve(new BindingDevice(options)),
  webgpu: () => Promise.reject(new Error('not asked for')),
  findGpu: () => Promise.resolve(undefined),
};

async function open(request: DeviceRequest, openers?: DeviceOpeners): Promise<{ name: string; notes: string[] }> {
  const notes: string[] = [];
  const monitor = new Monitor((event) => event.kind === 'note' && notes.push(event.text));
  const device = await openDevice(request, monitor, openers);
  await device.close();
  return { name: `${device.name}, ${/\d+ threads?/.exec(device.description)?.[0]}`, notes };
}

describe('opening a device', () => {
  test('takes the one asked for', async () => {
    expect(await open({ device: 'cpu', threads: 1 })).toEqual({ name: 'cpu, 1 thread', notes: [] });
    expect(await open({ device: 'cpu-binding', threads: 3 })).toEqual({ name: 'cpu-binding, 3 threads', notes: [] });
  });

  test('auto is the CPU, and the stock binding with a note where that does not open', async () => {
    expect(await open({ device: 'auto', threads: 2 }, working)).toEqual({ name: 'cpu, 2 threads', notes: [] });
    expect(await open({ device: 'auto', threads: 2 }, { ...working, cpu: broken })).toEqual({
      name: 'cpu-binding, 2 threads',
      notes: ['libonnxruntime does not load (install it); using the slower cpu-binding'],
    });
  });

  test('auto is the GPU where a real one answers, and the CPU with a note where that does not open', async () => {
    const gpu = { name: 'Radeon', isSoftware: false, memory: null, hasFloat16: false };
    const opened = Object.assign(new CpuDevice({ threads: 1 }), { name: 'webgpu' });
    const given: unknown[] = [];
    const webgpu: DeviceOpeners['webgpu'] = (_, found) => (given.push(found), Promise.resolve(opened));
    const openers = { ...working, findGpu: () => Promise.resolve(gpu), webgpu };
    expect(await open({ device: 'auto', threads: 1 }, openers)).toEqual({ name: 'webgpu, 1 thread', notes: [] });
    // It is the one that was found: to look for it again would start another process.
    expect(given).toEqual([gpu]);
    const failing = { ...openers, webgpu: () => Promise.reject(new UserError('no memory')) };
    expect(await open({ device: 'auto', threads: 1 }, failing)).toEqual({
      name: 'cpu, 1 thread',
      notes: ['no memory; using the processor'],
    });
  });

  test('auto says why it takes the processor where there is a GPU that does not work', async () => {
    const hanging = () => Promise.reject(new UserError('the graphics driver ended the process that tried it'));
    expect(await open({ device: 'auto', threads: 2 }, { ...working, findGpu: hanging })).toEqual({
      name: 'cpu, 2 threads',
      notes: ['the graphics driver ended the process that tried it; using the processor'],
    });
    // float16 is on a GPU alone: what is wrong with it is why there is none.
    await expect(open({ device: 'auto', precision: 'float16' }, { ...working, findGpu: hanging })).rejects.toThrow(
      'the graphics driver ended the process that tried it',
    );
  });

  test('where neither opens, it says what is wrong with the first', async () => {
    const openers = { ...working, cpu: broken, 'cpu-binding': () => Promise.reject(new Error('no binding')) };
    await expect(openDevice({ device: 'auto' }, new Monitor(), openers)).rejects.toThrow(
      'libonnxruntime does not load',
    );
    await expect(openDevice({ device: 'cpu' }, new Monitor(), { ...working, cpu: broken })).rejects.toThrow(
      'libonnxruntime does not load',
    );
  });
});
