/** What `--plan` says: a run step by step, or several runs one a line, and what all of it comes to. */
import type { PreviewTotals, RunPreview } from '../tasks/preview.ts';
import { showDuration } from './progress-text.ts';
import { plainTable } from './table.ts';

/** The option that asks for it. */
export const PLAN_OPTION = [
  '--plan',
  'say which steps stand and which are missing, what the trainings will cost, and stop',
] as const;

export function describeRunPlan(preview: RunPreview): string[] {
  const table = plainTable(['step', 'state', 'time', 'memory', 'disk', 'disk meanwhile']);
  for (const { name, state, estimate } of preview.steps) {
    const cost = estimate
      ? [
          showDuration(estimate.seconds * 1000),
          ...[estimate.memoryBytes, estimate.diskBytes, estimate.passingDiskBytes].map(megabytes),
        ]
      : ['', '', '', ''];
    table.push([name, state, ...cost]);
  }
  return [table.toString(), '', ...describeTotals(preview)];
}

/** Runs that may share steps. */
export interface PlannedPart {
  readonly name: string;
  /** How many runs it is, where that is not one. */
  readonly runs?: number;
  /** Steps that it is the first to need. */
  readonly missing: number;
  readonly seconds: number;
}

/** @param title what the parts are. */
export function describePlan(title: string, parts: readonly PlannedPart[], totals: PreviewTotals): string[] {
  const counts = parts.some(({ runs }) => runs !== undefined);
  const table = plainTable([title, ...(counts ? ['runs'] : []), 'steps missing', 'time']);
  for (const { name, runs, missing, seconds } of parts) {
    table.push([name, ...(counts ? [runs ?? 1] : []), missing, showDuration(seconds * 1000)]);
  }
  return [table.toString(), '', ...describeTotals(totals)];
}

function describeTotals({
  workers,
  tasks,
  missing,
  seconds,
  memoryBytes,
  diskBytes,
  peakDiskBytes,
}: PreviewTotals): string[] {
  const counted = `${missing} of ${tasks} steps are missing`;
  if (missing === 0) return [counted];
  const peak = `${megabytes(peakDiskBytes)} while they are made, with checkpoints`;
  return [
    `${counted}: about ${showDuration(seconds * 1000)}, ${workers} at a time (a few updates measured; every second sentence accepted; classifiers that are trained anew not counted)`,
    `a step takes up to ${megabytes(memoryBytes)} of memory; models that are kept take ${megabytes(diskBytes)} of disk, up to ${peak}`,
  ];
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
