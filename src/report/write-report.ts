/** The report of a run or of a cross-validation, in the form that is asked for. */
import { join } from 'node:path';
import { writeFileAtomically } from '../foundation/files.ts';
import { holdsFolds, readFoldsReport } from './cross-validation/folds-data.ts';
import { foldsPage } from './cross-validation/folds-page.ts';
import { foldsJson, foldsMarkdown } from './cross-validation/folds-text.ts';
import { readRunReport } from './run/run-data.ts';
import { runPage } from './run/run-page.ts';
import { runCsv, runJson, runMarkdown } from './run/run-text.ts';

export type ReportFormat = 'html' | 'md' | 'json' | 'csv';

/** The report's text, of a run or of all folds of a cross-validation. @throws UserError where the folder holds neither, finished, or one of another version. */
export async function runReportText(folder: string, format: ReportFormat): Promise<string> {
  if (await holdsFolds(folder)) {
    const folds = await readFoldsReport(folder);
    return { html: foldsPage, md: foldsMarkdown, json: foldsJson, csv: runCsv }[format](folds);
  }
  const report = await readRunReport(folder);
  return { html: runPage, md: runMarkdown, json: runJson, csv: runCsv }[format](report);
}

/** Writes the page into the folder of a run, as every run does at its end, or of a cross-validation. @returns its path. */
export async function writeRunPage(folder: string): Promise<string> {
  const path = join(folder, 'report.html');
  await writeFileAtomically(path, await runReportText(folder, 'html'));
  return path;
}
