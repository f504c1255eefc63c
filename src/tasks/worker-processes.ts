/**
 * Tasks done by processes beside this one, several at a time.
 *
 * Processes, and not threads of this one: what the native library does to one of them (a crash, memory that the system takes back by
 * force) leaves the others and the run alive. A process that has died is not replaced: the run goes on with one fewer at a time, since what a
 * process most often dies of is too little memory. One that holds much memory after its task ends with it, and a new one does the next: a process keeps
 * what its largest model took, which others may need by then. See docs/decisions/worker-processes.md.
 */
import type { ChildProcess } from 'node:child_process';
import { availableParallelism } from 'node:os';
import type { Monitor, ProgressEvent } from '../foundation/progress.ts';
import { isOnProcessor } from '../runtime/open-device.ts';
import { WorkerDied } from './executor.ts';
import type { Capacity, ExecutionSettings, TaskExecutor } from './executor.ts';
import { forkProgram } from './fork-program.ts';
import { threadsOf } from './task.ts';
import type { Task } from './task.ts';
import { errorOf } from './worker-messages.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

/** Memory that a process may hold from one task to the next, in bytes. A new process takes a second or two to start: those of small models stay. */
export const KEPT_BYTES = 1.5e9;

/** What is kept of what a process writes to standard error before it dies. */
const TAIL = 2000;

interface WorkerProcess {
  readonly child: ChildProcess;
  /** Who waits for the task that it is doing. */
  waiting: { task: Task; resolve: () => void; reject: (error: Error) => void } | undefined;
  /** Its task is done, and it ends. */
  isLeaving: boolean;
  lastWords: string;
}

export interface WorkerOptions {
  /** Processes at once. */
  readonly workers: number;
  /** The user chose how many: they may then have more threads than there are cores. */
  readonly chosen: boolean;
  /** Memory that a process may hold between tasks, in bytes. */
  readonly keptBytes?: number;
}

export class WorkerProcesses implements TaskExecutor {
  readonly #settings: ExecutionSettings;
  readonly #monitor: Monitor;
  readonly #threads: number;
  readonly #keptBytes: number;
  readonly #planned: number;
  #tasks: number;
  readonly #workers = new Set<WorkerProcess>();
  readonly #stop = (): void => this.stop();
  #stopped = false;

  constructor(settings: ExecutionSettings, monitor: Monitor, options: WorkerOptions) {
    this.#settings = settings;
    this.#monitor = monitor;
    this.#planned = options.workers;
    this.#tasks = options.workers;
    this.#threads = options.chosen ? Infinity : availableParallelism();
    this.#keptBytes = options.keptBytes ?? KEPT_BYTES;
    monitor.signal?.addEventListener('abort', this.#stop);
  }

  get capacity(): Capacity {
    return { tasks: this.#tasks, threads: this.#threads };
  }

  async execute(task: Task): Promise<void> {
    const [worker = this.#start(), ...idle] = [...this.#workers].filter(({ waiting }) => !waiting);
    await new Promise<void>((resolve, reject) => {
      worker.waiting = { task, resolve, reject };
      const begin = (): void => {
        send(worker, { kind: 'task', task, settings: this.#settings });
        if (this.#stopped) send(worker, { kind: 'stop' });
      };
      // A task that has all cores is planned to have all memory: processes that would wait beside it hold some.
      if (threadsOf(task) < this.#threads) begin();
      else void Promise.all(idle.map((other) => this.#dismiss(other))).then(begin);
    });
  }

  stop(): void {
    this.#stopped = true;
    for (const worker of this.#workers) send(worker, { kind: 'stop' });
  }

  async close(): Promise<void> {
    this.#monitor.signal?.removeEventListener('abort', this.#stop);
    await Promise.all(
      [...this.#workers].map(async ({ child }) => {
        const ended = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGKILL');
        await ended;
      }),
    );
  }

  /** Ends a process that does nothing. */
  async #dismiss(worker: WorkerProcess): Promise<void> {
    this.#workers.delete(worker);
    const ended = new Promise((resolve) => worker.child.once('exit', resolve));
    worker.child.disconnect();
    await ended;
  }

  #start(): WorkerProcess {
    const child = forkProgram('worker-process', 'pipe');
    const worker: WorkerProcess = { child, waiting: undefined, isLeaving: false, lastWords: '' };
    this.#workers.add(worker);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      worker.lastWords = (worker.lastWords + text).slice(-TAIL);
    });
    child.on('message', (message: FromWorker) => {
      if (message.kind === 'progress') {
        this.#report(message.event, worker);
        return;
      }
      if (message.kind === 'done' && message.heldBytes > this.#keptBytes) {
        // Its memory is free, and the next task may start, when it has ended.
        worker.isLeaving = true;
        child.disconnect();
        return;
      }
      const { waiting } = worker;
      worker.waiting = undefined;
      if (message.kind === 'done') waiting?.resolve();
      else waiting?.reject(errorOf(message.failure));
    });
    child.on('error', () => this.#bury(worker, 'it did not start'));
    child.on('exit', (code, signal) => this.#bury(worker, signal ?? `exit code ${code ?? 'unknown'}`));
    return worker;
  }

  /** Passes progress on. Who listens may fail (a full disk takes no log): the task fails then. */
  #report(event: ProgressEvent, worker: WorkerProcess): void {
    try {
      this.#monitor.report(event);
    } catch (error) {
      worker.waiting?.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** What helps where processes die of a task. */
  #remedy(): string {
    const remedies = [
      ...(this.#planned > 1 ? ['fewer --workers'] : []),
      'a lower --memory',
      ...(isOnProcessor(this.#settings.device) ? [] : ['--device cpu']),
    ];
    return `${remedies.join(' or ')} may keep it alive`;
  }

  /** A process is gone; what it was doing is given back. */
  #bury(worker: WorkerProcess, reason: string): void {
    if (!this.#workers.delete(worker) || !worker.waiting) return;
    const { task, resolve, reject } = worker.waiting;
    worker.waiting = undefined;
    if (worker.isLeaving) {
      resolve();
      return;
    }
    const last = worker.lastWords.trim().split('\n').at(-1);
    const what = `the worker process of "${task.name}" died (${[reason, last].filter(Boolean).join('; ')})`;
    if (this.#tasks > 1) this.#tasks--;
    const goesOn = `going on from its last checkpoint, ${this.#tasks} at a time`;
    if (!this.#stopped) this.#monitor.note(`${what}; ${goesOn}`);
    reject(new WorkerDied(what, this.#remedy()));
  }
}

/** A process that is dying or leaving cannot be told anything; its `exit` follows. */
function send({ child }: WorkerProcess, message: ToWorker): void {
  if (child.connected) child.send(message, () => undefined);
}
