/**
 * Ctrl-C. The first asks the work to stop where nothing is lost (the signal that a `Monitor` carries); the second ends the process at
 * once. SIGTERM counts like Ctrl-C.
 */
import { leave } from '../foundation/leaving.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

export interface Interrupts {
  readonly signal: AbortSignal;
  /** Gives the signals back to Node. */
  release(): void;
}

/** @param onFirst tells the user that the work is stopping. */
export function listenForInterrupts(onFirst: () => void): Interrupts {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) {
      leave(130);
      return;
    }
    controller.abort();
    onFirst();
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  return {
    signal: controller.signal,
    release: () => {
      for (const name of SIGNALS) process.off(name, onSignal);
    },
  };
}
