/** `dare report`: what a run came to, as a page to look at or as tables. */
import { join } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { writeFileAtomically } from '../../foundation/files.ts';
import type { ReportFormat } from '../../report/write-report.ts';
import { addSettingFlags, readConfiguration } from '../configuration.ts';
import { addSessionOptions, withSession } from '../session.ts';

const EXAMPLES = `
Examples:
  dare report runs/cdr
  dare report runs/cdr --format md -o cdr.md
  dare report runs/cdr --format csv > cdr.csv

The page is one file that needs no network: the answer, scores with intervals, curves, the written sentences beside gold, where the arms
disagree, all settings. Every run writes it at its end; this writes it anew. Other formats go to standard output unless -o is given.`;

const schema = z.object({
  format: z
    .enum(['html', 'md', 'json', 'csv'] satisfies ReportFormat[])
    .default('html')
    .describe('form of the report'),
});

export function addReportCommand(program: Command): void {
  const command = program
    .command('report')
    .description('what a run came to: a page to look at, or tables')
    .argument('<run>', 'folder of a finished run, or of a cross-validation')
    .option('-o, --out <file>', 'where it goes (a page: report.html in the run’s folder unless given)');
  addSettingFlags(command, schema);
  addSessionOptions(command)
    .addHelpText('after', EXAMPLES)
    .action((run: string) =>
      withSession(command, async ({ json, print }) => {
        const { format } = await readConfiguration(command, schema);
        const { out } = command.opts<{ out?: string }>();
        const { runReportText } = await import('../../report/write-report.ts');
        const text = await runReportText(run, json ? 'json' : format);
        const path = out ?? (format === 'html' && !json ? join(run, 'report.html') : undefined);
        if (path === undefined) await print(text.trimEnd());
        else {
          await writeFileAtomically(path, text);
          await print(json ? JSON.stringify({ written: path }) : `written to ${path}`);
        }
      }),
    );
}
