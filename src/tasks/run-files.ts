/** The files that runs, sweeps, cross-validations and data sets have in folders of their own, and what processes that were killed while they wrote them have left there. */
import { removeFileScratch } from '../foundation/files.ts';

const FILES = [
  ...['configuration.yaml', 'plan.json', 'run.json', 'scores.json', 'predictions.jsonl', 'report.html'],
  ...['sweep.json', 'sweep.csv', 'sweep.html', 'cross-validation.json'],
  ...['synthetic.jsonl', 'rejected.jsonl', 'README.md'],
];

/** Call it while holding the folder's lock. */
export const removeLeftovers = (folder: string): Promise<void> => removeFileScratch(folder, FILES);
