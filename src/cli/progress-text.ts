/** Progress events put into words: durations, figures, and what is known of each running stage. */
import { asOneLine } from '../foundation/errors.ts';
import type { ProgressEvent } from '../foundation/progress.ts';
import { inWords } from '../foundation/names.ts';

export type StepEvent = Extract<ProgressEvent, { kind: 'step' }>;

/** A stage that runs. Times are in milliseconds of the view's clock. */
export interface RunningStage {
  readonly name: string;
  readonly startedAt: number;
  /** The first step seen and when: work that goes on from a checkpoint does not begin at 0, and its speed is measured from here. */
  first: { done: number; at: number } | undefined;
  last: StepEvent | undefined;
  /** When a line was last printed for it. */
  shownAt: number;
}

/** The stages that run, kept up to date by events. */
export class RunningStages {
  readonly #stages = new Map<string, RunningStage>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Takes an event in. A stage may make itself known by its first step. */
  update(event: ProgressEvent): RunningStage | undefined {
    switch (event.kind) {
      case 'stage':
        return this.#begin(event.stage);
      case 'step': {
        const known = this.#stages.get(event.stage);
        // Back at its first step the work is begun anew, as for a classifier that learned nothing: its clock is a new one.
        const isAgain = known?.first && event.done <= known.first.done && event.done < (known.last?.done ?? 0);
        const stage = known && !isAgain ? known : this.#begin(event.stage);
        // Steps that add nothing, such as a measurement before the first update, do not count for the speed.
        if (stage.first === undefined || event.done === stage.first.done)
          stage.first = { done: event.done, at: this.#now() };
        stage.last = event;
        return stage;
      }
      case 'done':
      case 'cached':
        this.#stages.delete(event.stage);
        return undefined;
      case 'note':
        return undefined;
    }
  }

  all(): RunningStage[] {
    return [...this.#stages.values()];
  }

  has(name: string): boolean {
    return this.#stages.has(name);
  }

  #begin(name: string): RunningStage {
    const at = this.#now();
    const stage: RunningStage = {
      name: asOneLine(name),
      startedAt: at,
      first: undefined,
      last: undefined,
      shownAt: at,
    };
    this.#stages.set(name, stage);
    return stage;
  }
}

/** `0:07`, `12:30`, `3:05:00`. */
export function showDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const padded = (part: number): string => String(part).padStart(2, '0');
  return hours > 0 ? `${hours}:${padded(minutes)}:${padded(rest)}` : `${minutes}:${padded(rest)}`;
}

const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

/** A number as short as it stays useful: 12, 2.31, 0.00003, 1.5M. */
export function showNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Math.abs(value) >= 100_000) return compact.format(value);
  if (Number.isInteger(value) || Math.abs(value) >= 1000) return String(Math.round(value));
  return String(Number(value.toPrecision(3)));
}

/** `loss 2.31 · 45.2 sentences/s`: a rate reads after its number. */
export function showFigures(figures: Readonly<Record<string, number>>): string {
  return Object.entries(figures)
    .map(([name, value]) =>
      name.includes('/') ? `${showNumber(value)} ${name}` : `${inWords(name)} ${showNumber(value)}`,
    )
    .join(' · ');
}

/** How long a stage still takes at its speed so far, in milliseconds; `undefined` until that can be told. */
export function timeLeft({ first, last }: RunningStage, now: number): number | undefined {
  if (!first || !last || last.done <= first.done || last.total < last.done) return undefined;
  return ((now - first.at) / (last.done - first.done)) * (last.total - last.done);
}

/** `120/500`, or `120` where nobody knows of how many; `0:20 of 3:00:00` of seconds, `37%`, `1.2M/14.6M tokens`. */
function showCount({ done, total, unit }: StepEvent): string {
  if (unit === 's') return `${showDuration(1000 * done)} of ${showDuration(1000 * total)}`;
  if (unit === '%') return `${showNumber(done)}%`;
  const count = total > 0 ? `${showNumber(done)}/${showNumber(total)}` : showNumber(done);
  return unit === undefined ? count : `${count} ${unit}`;
}

/** `120/500 · loss 2.31 · 0:45, 2:20 left`: a stage's state without its name. */
export function showState(stage: RunningStage, now: number): string {
  const left = timeLeft(stage, now);
  const elapsed = showDuration(now - stage.startedAt);
  return [
    stage.last && showCount(stage.last),
    stage.last && showFigures(stage.last.figures),
    left === undefined ? elapsed : `${elapsed}, ${showDuration(left)} left`,
  ]
    .filter(Boolean)
    .join(' · ');
}

/** The line of an event that stays: a stage that ended, or a note. `undefined` for the others. */
export function showLasting(event: ProgressEvent): string | undefined {
  const line = lastingText(event);
  return line === undefined ? undefined : asOneLine(line);
}

function lastingText(event: ProgressEvent): string | undefined {
  switch (event.kind) {
    case 'done':
      return [`✓ ${event.stage}`, showFigures(event.figures), showDuration(event.seconds * 1000)]
        .filter(Boolean)
        .join(' · ');
    case 'cached':
      return `✓ ${event.stage} · done before`;
    case 'note':
      return `${event.routine ? ' ' : '!'} ${event.text}`;
    default:
      return undefined;
  }
}
