/**
 * What people and machines see of progress, always on standard error.
 *
 * On a terminal each running stage has one live line (bar, steps, figures, time); what has ended stays above as a plain line. Elsewhere there are plain lines: when a
 * stage begins, when it ends, and between these at most one every few seconds. With `--json` every event is one JSON line. With
 * `--quiet` there is nothing.
 */
import { createLogUpdate } from 'log-update';
import type { ProgressEvent } from '../foundation/progress.ts';
import { RunningStages, showLasting, showState, type RunningStage } from './progress-text.ts';

export interface ProgressView {
  show(event: ProgressEvent): void;
  /** Makes way for other output on the terminal; live lines come back by themselves. */
  hide(): void;
  /** Nothing is shown after this. */
  close(): void;
}

export type ProgressStyle = 'live' | 'lines' | 'json' | 'quiet';

/** The style for a stream: what was asked for, else live lines on a terminal that can rewrite them. */
export function progressStyle(
  stream: { isTTY?: boolean },
  { json = false, quiet = false }: { json?: boolean; quiet?: boolean },
): ProgressStyle {
  if (quiet) return 'quiet';
  if (json) return 'json';
  return stream.isTTY && process.env.TERM !== 'dumb' ? 'live' : 'lines';
}

/** @param now milliseconds; for tests. */
export function createProgressView(
  stream: NodeJS.WritableStream,
  style: ProgressStyle,
  now: () => number = () => performance.now(),
): ProgressView {
  if (style === 'live') return new LiveView(stream, now);
  if (style === 'lines') return new PlainView(stream, now);
  const show = (event: ProgressEvent): void => {
    if (style === 'json') stream.write(`${JSON.stringify(event)}\n`);
  };
  return { show, hide: () => undefined, close: () => undefined };
}

/** Milliseconds between two plain lines of a stage. */
const PLAIN_INTERVAL = 5000;

class PlainView implements ProgressView {
  readonly #stream: NodeJS.WritableStream;
  readonly #now: () => number;
  readonly #stages: RunningStages;

  constructor(stream: NodeJS.WritableStream, now: () => number) {
    this.#stream = stream;
    this.#now = now;
    this.#stages = new RunningStages(now);
  }

  show(event: ProgressEvent): void {
    const lasting = showLasting(event);
    if (lasting !== undefined) this.#write(lasting);
    const isNew = 'stage' in event && !this.#stages.has(event.stage);
    const stage = this.#stages.update(event);
    if (!stage) return;
    if (isNew) this.#write(`• ${stage.name}`);
    else if (event.kind === 'step' && this.#now() - stage.shownAt >= PLAIN_INTERVAL) {
      stage.shownAt = this.#now();
      this.#write(`  ${stage.name} · ${showState(stage, this.#now())}`);
    }
  }

  hide(): void {
    // Plain lines are never rewritten.
  }

  close(): void {
    // Nothing is kept back.
  }

  #write(line: string): void {
    this.#stream.write(`${line}\n`);
  }
}

/** Milliseconds between two drawings: fast enough for the eye, slow enough for a connection. */
const FRAME = 100;
const BAR_WIDTH = 20;
/** A narrower terminal gets no bar. */
const LEAST_WIDTH_FOR_BAR = 70;

class LiveView implements ProgressView {
  readonly #stream: NodeJS.WritableStream & { columns?: number };
  readonly #now: () => number;
  readonly #stages: RunningStages;
  readonly #log: ReturnType<typeof createLogUpdate>;
  /** Draws while nothing is reported, so that the elapsed time moves on. */
  readonly #timer: NodeJS.Timeout;
  #drawnAt = -Infinity;

  constructor(stream: NodeJS.WritableStream, now: () => number) {
    this.#stream = stream;
    this.#now = now;
    this.#stages = new RunningStages(now);
    this.#log = createLogUpdate(stream);
    this.#timer = setInterval(() => this.#draw(), 1000).unref();
  }

  show(event: ProgressEvent): void {
    this.#stages.update(event);
    const lasting = showLasting(event);
    if (lasting !== undefined) this.#log.persist(lasting);
    if (event.kind !== 'step' || this.#now() - this.#drawnAt >= FRAME) this.#draw();
  }

  hide(): void {
    this.#log.clear();
    this.#drawnAt = -Infinity;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#log.clear();
    this.#log.done();
  }

  #draw(): void {
    this.#drawnAt = this.#now();
    const lines = this.#stages.all().map((stage) => this.#line(stage));
    if (lines.length) this.#log(lines.join('\n'));
    else this.#log.clear();
  }

  #line(stage: RunningStage): string {
    const width = this.#stream.columns ?? 80;
    const share = stage.last && stage.last.total > 0 ? stage.last.done / stage.last.total : 0;
    const filled = Math.min(BAR_WIDTH, Math.round(share * BAR_WIDTH));
    const bar = `${'━'.repeat(filled)}${'╌'.repeat(BAR_WIDTH - filled)} `;
    const line = `${stage.name} ${width >= LEAST_WIDTH_FOR_BAR ? bar : ''}${showState(stage, this.#now())}`;
    return line.length < width ? line : `${line.slice(0, Math.max(0, width - 2))}…`;
  }
}
