import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../foundation/errors.ts';
import { describeGpu, gpuForAuto, isWorthTaking, NoGpu, probeGpu, runProbe, seesCard } from './probe.ts';

const answering = (answer: unknown) => () => Promise.resolve(`Warning: a driver talks\n${JSON.stringify(answer)}\n`);
const found = { name: 'Radeon', isSoftware: false, memory: 8e9 };

describe('what the probe found', () => {
  test('a GPU, with its memory, and whether it has halves', async () => {
    const answer = { problem: null, device: found, hasFloat16: true };
    expect(await probeGpu(answering(answer))).toEqual({ ...found, hasFloat16: true });
    expect(describeGpu(found)).toBe('Radeon, 8.0 GB');
  });

  test('one whose driver dies of halves has the rest', async () => {
    const answer = { problem: null, device: found, hasFloat16: false };
    const output = `${JSON.stringify(answer)}\n{"problem":null,"dev`;
    expect(await probeGpu(() => Promise.resolve(output))).toEqual({ ...found, hasFloat16: false });
  });

  test('a GPU of which nothing more is known', async () => {
    expect(await probeGpu(answering({ problem: null, device: null, hasFloat16: false }))).toMatchObject({
      isSoftware: null,
      memory: null,
    });
  });

  test('auto takes a real one, and on Windows none of which nobody says that it is real', () => {
    expect(isWorthTaking({ isSoftware: false }, 'win32')).toBe(true);
    expect(isWorthTaking({ isSoftware: true }, 'linux')).toBe(false);
    expect(isWorthTaking({ isSoftware: null }, 'darwin')).toBe(true);
    expect(isWorthTaking({ isSoftware: null }, 'win32')).toBe(false);
  });

  const none = () => Promise.reject(new NoGpu('no GPU was found'));
  const software = { name: 'llvmpipe', isSoftware: true, memory: 8e9, hasFloat16: false };
  const real = { ...found, hasFloat16: true };
  test('auto is silent on a machine without a card, and says so where a card is not reached', async () => {
    expect(await gpuForAuto(() => Promise.resolve(real), true)).toBe(real);
    expect(await gpuForAuto(none, false)).toBeUndefined();
    expect(await gpuForAuto(() => Promise.resolve(software), false)).toBeUndefined();
    await expect(gpuForAuto(none, true)).rejects.toThrow('no GPU was found');
    await expect(gpuForAuto(() => Promise.resolve(software), true)).rejects.toThrow(
      /^the only GPU that answers is llvmpipe, 8\.0 GB, a program on the processor \(install the graphics driver.*--device cpu\)$/,
    );
    const broken = () => Promise.reject(new UserError('the GPU does not work'));
    await expect(gpuForAuto(broken, false)).rejects.toThrow('the GPU does not work');
  });

  test.runIf(process.platform === 'linux')('a card that computes is told from a server’s plain screen', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'dare-dev-'));
    const files = async (...names: string[]) => {
      await rm(folder, { recursive: true });
      await mkdir(join(folder, 'dri'), { recursive: true });
      for (const name of names) await writeFile(join(folder, name), '');
      return seesCard(folder);
    };
    expect(await files('dri/card0', 'nvidiactl')).toBe(false);
    expect(await files('dri/card0', 'dri/renderD128')).toBe(true);
    expect(await files('nvidia0')).toBe(true);
    expect(await files('dxg')).toBe(true);
    await rm(folder, { recursive: true });
    expect(seesCard(folder)).toBe(false);
  });

  test.each([
    [
      'Failed to get a WebGPU adapter: No supported adapters',
      /^no GPU was found \(install the graphics driver.*--device cpu\)$/,
      true,
    ],
    [
      'WebGPU execution provider is not supported in this build',
      /^ONNX Runtime has no WebGPU for .* \(use another machine, or choose --device cpu\)$/,
      true,
    ],
    [
      'it computes wrong numbers',
      /^the GPU does not work: it computes wrong numbers \(update the graphics driver.*--device cpu\)$/,
      false,
    ],
  ])('none: %s', async (problem, message, isNone) => {
    const probing = probeGpu(answering({ problem }));
    await expect(probing).rejects.toThrow(UserError);
    await expect(probing).rejects.toThrow(message);
    // `auto` passes over a machine without a GPU in silence, and says so where one does not work.
    expect(await probing.catch((error: unknown) => error instanceof NoGpu)).toBe(isNone);
  });

  test.each(['', 'Segmentation fault', '{"problem":'])(
    'a process that ended before it answered: "%s"',
    async (output) => {
      await expect(probeGpu(() => Promise.resolve(output))).rejects.toThrow(
        /^the graphics driver ended the process that tried it \(update the graphics driver, or choose --device cpu\)$/,
      );
    },
  );

  test.runIf(process.platform !== 'win32')('a process that somebody kills is not the driver’s end', async () => {
    const killed = [process.execPath, '-e', 'process.kill(process.pid, "SIGKILL"); setInterval(() => undefined, 1000)'];
    await expect(probeGpu(() => runProbe(killed))).rejects.toThrow(
      /^the process that tries the GPU was killed \(close/,
    );
  });

  test('one that answered and hangs at its end has answered', async () => {
    const answer = JSON.stringify({ problem: null, device: found, hasFloat16: false });
    const hanging = [process.execPath, '-e', `console.log('${answer}'); setInterval(() => undefined, 1000)`];
    expect(await probeGpu(() => runProbe(hanging, 5000))).toMatchObject(found);
  });

  test('a process that does not answer, and one that does not start, are not the driver’s end', async () => {
    const silent = [process.execPath, '-e', 'setInterval(() => undefined, 1000)'];
    await expect(probeGpu(() => runProbe(silent, 300))).rejects.toThrow(
      /^the graphics driver did not answer the process that tried it within 0.3 seconds \(try again.*--device cpu\)$/,
    );
    await expect(probeGpu(() => runProbe(['/no/such/program']))).rejects.toThrow(
      /^the process that tries the GPU does not start: .*ENOENT \(close other programs, or choose --device cpu\)$/,
    );
  });
});
