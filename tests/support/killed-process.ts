/**
 * `dare` in a process of its own, listened to by its JSON events, and killed at a chosen moment (SIGKILL, which nothing can catch): alone, so that its worker processes find it gone, or with these at once, as
 * where the machine goes down.
 */
import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const DARE = fileURLToPath(new URL('../../bin/dare', import.meta.url));

/** What is read of a progress event. */
export interface HeardEvent {
  readonly kind?: string;
  readonly stage?: string;
  readonly done?: number;
  readonly total?: number;
}

export interface Moment {
  readonly isAwaited: (event: HeardEvent) => boolean;
  /** Awaited events before the kill, and what passes after the last of them. */
  readonly events: number;
  readonly milliseconds: number;
  /** Its worker processes are killed as well. */
  readonly withWorkers?: boolean;
}

const isDamage = (line: string): boolean => /damaged|not whole/.test(line);

function start(args: readonly string[], onLine: (line: string) => void) {
  const child = spawn(process.execPath, [DARE, ...args, '--json'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    // A process group of its own, which its workers belong to.
    detached: process.platform !== 'win32',
  });
  let rest = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    lines.forEach(onLine);
  });
  return { child, ended: new Promise<number | null>((resolve) => child.on('close', resolve)) };
}

/** Whether it says how far a command is. */
export const isProgress = ({ kind }: HeardEvent): boolean => kind === 'stage' || kind === 'step';

/** @returns lines that tell of damage, and how many tell of progress. @throws Error where the command fails. */
export async function carryOut(args: readonly string[]): Promise<{ damage: string[]; progress: number }> {
  const lines: string[] = [];
  const status = await start(args, (line) => lines.push(line)).ended;
  if (status !== 0) throw new Error(`dare ${args[0]} ended with ${status}: ${lines.slice(-3).join('\n')}`);
  return { damage: lines.filter(isDamage), progress: lines.filter((line) => isProgress(parse(line))).length };
}

/** @returns whether it was killed, which it is not where it comes to its end before; and lines that tell of damage. */
export async function carryOutAndKill(
  args: readonly string[],
  { isAwaited, events, milliseconds, withWorkers = false }: Moment,
): Promise<{ killed: boolean; damage: string[] }> {
  const damage: string[] = [];
  let seen = 0;
  let isDue = false;
  const { child, ended } = start(args, (line) => {
    if (isDamage(line)) damage.push(line);
    if (isDue || !isAwaited(parse(line)) || ++seen < events) return;
    isDue = true;
    void delay(milliseconds).then(() => {
      if (withWorkers && process.platform !== 'win32') killGroup(child.pid!);
      else child.kill('SIGKILL');
    });
  });
  await ended;
  return { killed: child.signalCode === 'SIGKILL', damage };
}

/** It may have come to its end at this moment. */
function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function parse(line: string): HeardEvent {
  try {
    return JSON.parse(line) as HeardEvent;
  } catch {
    return {};
  }
}
