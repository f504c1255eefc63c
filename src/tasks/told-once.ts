/** The monitor of several runs that share steps and corpora: it does not hear what stood before, and each note once. */
import { Monitor } from '../foundation/progress.ts';

export function toldOnce(monitor: Monitor): Monitor {
  const told = new Set<string>();
  return new Monitor((event) => {
    if (event.kind === 'cached') return;
    if (event.kind === 'note') {
      if (told.has(event.text)) return;
      told.add(event.text);
    }
    monitor.report(event);
  }, monitor.signal);
}
