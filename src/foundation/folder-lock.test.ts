/** Locks between processes: killed holders, and several that start at once. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { holderOf, isHeld, lockFolder } from './folder-lock.ts';

const PROGRAM = fileURLToPath(new URL('../../tests/support/hold-folder.ts', import.meta.url));

interface Contender {
  readonly process: ChildProcess;
  /** `taken`, or why not. */
  readonly said: Promise<string>;
}

let folder: string;
let contenders: Contender[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dare-lock-'));
  contenders = [];
});
afterEach(async () => {
  await Promise.all(contenders.map(kill));
  await rm(folder, { recursive: true, force: true });
});

function contend(): Contender {
  const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const said = new Promise<string>((resolve) =>
    child.stdout.setEncoding('utf8').once('data', (text: string) => resolve(text.trim())),
  );
  const contender = { process: child, said };
  contenders.push(contender);
  return contender;
}

async function kill({ process: child }: Contender): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));
}

describe('a folder', () => {
  test('is free again, and without a trace, when it is given back', async () => {
    for (let round = 0; round < 2; round++) await (await lockFolder(folder))();
    expect(await readdir(folder)).toEqual([]);
  });

  test('is refused while another process holds it, whose number is told', async () => {
    const holder = contend();
    expect(await holder.said).toBe('taken');
    const { pid } = holder.process;
    await expect(lockFolder(folder)).rejects.toThrow(
      new RegExp(`: another process \\(process ${pid} on .+\\) is working in this folder \\(wait for it, or choose`),
    );
  });

  test('is free at once when its holder was killed', async () => {
    const holder = contend();
    await holder.said;
    await kill(holder);
    // A lock that is held would be refused long before it is old.
    const release = await lockFolder(folder);
    await release();
  });

  test('of a killed holder goes to one of several that start at once', async () => {
    const holder = contend();
    await holder.said;
    await kill(holder);
    const answers = await Promise.all(Array.from({ length: 4 }, () => contend().said));
    expect(answers.filter((answer) => answer === 'taken')).toHaveLength(1);
    expect(answers.filter((answer) => answer.includes('is working in this folder'))).toHaveLength(3);
  });

  test.each([
    ['taking it', ['.lock']],
    ['taking it, beside another one that was', ['.lock', '.lock-claim-another']],
    ['about to take it', []],
  ])('is free at once when its holder was killed %s', async (_, others) => {
    const holder = contend();
    await holder.said;
    await kill(holder);
    const owner = await readFile(join(folder, '.lock-owner.json'), 'utf8');
    await rename(join(folder, '.lock-owner.json'), join(folder, '.lock-claim-killed'));
    await rm(join(folder, '.lock'), { recursive: true });
    for (const name of others) {
      if (name === '.lock') await mkdir(join(folder, name));
      else await writeFile(join(folder, name), owner);
    }
    expect(await isHeld(folder)).toBe(false);
    const release = await lockFolder(folder);
    expect(await holderOf(folder)).toBe(process.pid);
    await release();
    expect(await readdir(folder)).toEqual([]);
  });

  test.runIf(existsSync('/proc/self/stat'))(
    'is free at once when its holder was killed and nobody has asked how it ended',
    async () => {
      // A parent that never waits for its children.
      const hold = `"${process.execPath}" --import tsx "${PROGRAM}" "${folder}" & exec sleep 60`;
      const parent = spawn('sh', ['-c', hold], { stdio: ['ignore', 'pipe', 'inherit'] });
      try {
        await new Promise((resolve) => parent.stdout.once('data', resolve));
        const pid = (await holderOf(folder))!;
        process.kill(pid, 'SIGKILL');
        await expect.poll(() => readFile(`/proc/${pid}/stat`, 'utf8')).toMatch(/\) Z /);
        expect(await isHeld(folder)).toBe(false);
        await (
          await lockFolder(folder)
        )();
      } finally {
        parent.kill('SIGKILL');
      }
    },
  );

  test('of a holder on another machine is refused', async () => {
    const release = await lockFolder(folder);
    await writeFile(join(folder, '.lock-owner.json'), JSON.stringify({ machine: 'elsewhere', pid: 1, started: null }));
    await expect(lockFolder(folder)).rejects.toThrow('another process (process 1 on elsewhere) is working');
    await release();
  });
});
