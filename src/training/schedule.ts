/** Learning rate over a training run. */

export interface Schedule {
  /** The highest learning rate. */
  readonly peak: number;
  readonly totalUpdates: number;
  /** Updates during which the rate rises from 0. */
  readonly warmupUpdates: number;
  /** `linear` falls to 0 at the end; `constant` stays. */
  readonly decay: 'linear' | 'constant';
}

/** The rate for an update, counted from 0 (as `transformers`' get_linear_schedule_with_warmup has it). */
export function learningRateAt(update: number, { peak, totalUpdates, warmupUpdates, decay }: Schedule): number {
  if (update < warmupUpdates) return (peak * update) / Math.max(1, warmupUpdates);
  if (decay === 'constant') return peak;
  return peak * Math.max(0, (totalUpdates - update) / Math.max(1, totalUpdates - warmupUpdates));
}
