/** The files that runs, sweeps, cross-validations and data sets have in folders of their own, and what processes that were killed while they wrote them have left there. */
import { removeFileScratch } from '../foundation/files.ts';
import { CROSS_VALIDATION_FILE } from './folds.ts';
import { PLAN_FILE } from './plan-file.ts';
import { RESULTS } from './planned-run.ts';
import { CONFIGURATION_FILE, INDEX_FILE } from './run-index.ts';

/** Those that the rooms above write: reports, sweeps and data sets. */
const FILES_ABOVE = [
  ...['report.html', 'sweep.json', 'sweep.csv', 'sweep.html'],
  ...['synthetic.jsonl', 'rejected.jsonl', 'README.md'],
];
const FILES = [CONFIGURATION_FILE, PLAN_FILE, INDEX_FILE, CROSS_VALIDATION_FILE, ...RESULTS, ...FILES_ABOVE];

/** Call it while holding the folder's lock. */
export const removeLeftovers = (folder: string): Promise<void> => removeFileScratch(folder, FILES);
