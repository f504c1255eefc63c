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

/** A schedule over a budget of which it is only known what part is used: of tokens, or of time. */
export interface BudgetSchedule {
  /** The highest learning rate. */
  readonly peak: number;
  /** Part of the budget during which the rate rises from 0. */
  readonly warmup: number;
  /** How the rate falls to 0 at the budget's end: in a straight line, or along half a cosine. */
  readonly decay: 'linear' | 'cosine';
}

/** The rate when a part of the budget is used, 0 at the start and at 1. @param used from 0 to 1. */
export function learningRateOfBudget(used: number, { peak, warmup, decay }: BudgetSchedule): number {
  if (used < warmup) return (peak * used) / warmup;
  const fallen = Math.min(1, (used - warmup) / Math.max(1e-9, 1 - warmup));
  return peak * (decay === 'linear' ? 1 - fallen : (1 + Math.cos(Math.PI * fallen)) / 2);
}
