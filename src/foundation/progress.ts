/**
 * Progress as data.
 *
 * Long work tells what it does by events; who listens decides how they look (a live line, plain lines, JSON). The work itself never
 * prints. A `Monitor` also carries the signal by which the user asks the work to stop.
 */
import { Interrupted } from './errors.ts';

export type ProgressEvent =
  /** A stage began (for instance "fine-tune generator · induces"). */
  | { kind: 'stage'; stage: string }
  /** A stage moved on: `done` of `total` units (0 where nobody knows how many); `figures` are shown beside it (loss, sentences/s). */
  | {
      kind: 'step';
      stage: string;
      done: number;
      total: number;
      /** What is counted, where it is not plain: `s` for seconds, `%`, or a word. */
      unit?: string;
      figures: Record<string, number>;
    }
  /** A stage ended after `seconds`; `figures` sum it up. Of a run's task also what kind it was and what its model ran on (null: it ran none). */
  | {
      kind: 'done';
      stage: string;
      seconds: number;
      figures: Record<string, number>;
      task?: { kind: string; device: string | null };
    }
  /** A stage's result was already there. */
  | { kind: 'cached'; stage: string }
  /** Something worth knowing that is not an error; `routine` where it is part of the work, as what was measured on the way, and nothing to look into. */
  | { kind: 'note'; text: string; routine?: true };

/** What long work is given to report to, and to ask whether it should go on. */
export class Monitor {
  readonly #listener: (event: ProgressEvent) => void;
  readonly signal: AbortSignal | undefined;

  constructor(listener: (event: ProgressEvent) => void = () => undefined, signal?: AbortSignal) {
    this.#listener = listener;
    this.signal = signal;
  }

  report(event: ProgressEvent): void {
    this.#listener(event);
  }

  note(text: string): void {
    this.report({ kind: 'note', text });
  }

  /** Tells what the work came to on the way: a measurement, a sentence written. */
  tell(text: string): void {
    this.report({ kind: 'note', text, routine: true });
  }

  /** @throws Interrupted when the user asked to stop. Call it between steps, where stopping loses nothing. */
  checkpoint(): void {
    if (this.signal?.aborted) throw new Interrupted();
  }
}
