/** The report of a run, in the form that is asked for. */
import { join } from 'node:path';
import { writeFileAtomically } from '../../foundation/files.ts';
import { readRunReport } from './run-data.ts';
import { runPage } from './run-page.ts';
import { runCsv, runJson, runMarkdown } from './run-text.ts';

export type ReportFormat = 'html' | 'md' | 'json' | 'csv';

/** The report's text. @throws UserError where the folder holds no finished run, or one of another version. */
export async function runReportText(folder: string, format: ReportFormat): Promise<string> {
  const report = await readRunReport(folder);
  return { html: runPage, md: runMarkdown, json: runJson, csv: runCsv }[format](report);
}

/** Writes the page into the run's folder, as every run does at its end. @returns its path. */
export async function writeRunPage(folder: string): Promise<string> {
  const path = join(folder, 'report.html');
  await writeFileAtomically(path, await runReportText(folder, 'html'));
  return path;
}
