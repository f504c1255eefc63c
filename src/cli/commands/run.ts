/** `dare run`: Algorithm 1 on a corpus, from its files to scores. */
import type { Command } from 'commander';
import { runConfigurationSchema } from '../../dare/configuration.ts';
import { presets } from '../../dare/presets.ts';
import { addConfigurationFlags, readConfiguration } from '../configuration.ts';
import { writeConfigurationFile } from '../configuration-file.ts';
import { describeRun, summarizeRun } from '../run-summary.ts';
import { describeCrossValidation } from '../scores-text.ts';
import { showDuration } from '../progress-text.ts';
import { foldFolder } from '../../tasks/folds.ts';
import type { RunPreview } from '../../tasks/preview.ts';
import { plainTable } from '../table.ts';
import { addSessionOptions, withSession } from '../session.ts';
import { settingsOf } from '../settings.ts';

const EXAMPLES = `
Examples:
  dare run --corpus PATH/TO/CDR --preset small --out runs/cdr
  dare run --config cdr.yaml --ensemble-ratio 2 --out runs/cdr-r2
  dare run --corpus PATH/TO/CDR --preset paper --print-config > paper.yaml
  dare run --corpus few.jsonl --cv 5 --out runs/few

An interrupted run goes on where it stopped when the same command is given again. Flags go before the file, the file before the
preset, the preset before the defaults. Prints the scores of the ensembles, with --json as one object.`;

/** What the command is told beside the configuration of the run. */
interface Invocation {
  readonly out: string;
  readonly offline?: boolean;
  readonly printConfig?: boolean;
  readonly plan?: boolean;
}

export function addRunCommand(program: Command): void {
  const command = program
    .command('run')
    .description('augment a corpus, train the ensembles, score them')
    .option('--out <folder>', 'where the run is kept', 'runs/latest')
    .option('--offline', 'take named models from the cache only')
    .option('--plan', 'say which steps stand and which are missing, what the trainings will cost, and stop')
    .option('--print-config', 'print the configuration as a YAML file and stop');
  addConfigurationFlags(command, runConfigurationSchema, presets);
  addSessionOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(() =>
      withSession(command, async ({ monitor, json, print }) => {
        const { out, offline = false, printConfig = false, plan = false } = command.opts<Invocation>();
        const configuration = await readConfiguration(command, runConfigurationSchema, presets);
        if (printConfig) {
          await print(writeConfigurationFile(configuration, settingsOf(runConfigurationSchema)).trim());
          return;
        }
        if (plan) {
          const { previewRun } = await import('../../tasks/run.ts');
          const preview = await previewRun(configuration, { folder: out, monitor, offline });
          if (json) await print(JSON.stringify(preview));
          else for (const line of describePreview(preview)) await print(line);
          return;
        }
        const { cv, cvFold } = configuration;
        if (cv !== null && cvFold === null) {
          const { crossValidate } = await import('../../experiments/cross-validation.ts');
          const result = await crossValidate({ ...configuration, cv }, { folder: out, monitor, offline });
          const { writeRunPage } = await import('../../report/run/write-report.ts');
          for (let fold = 1; fold <= cv; fold++) await writeRunPage(foldFolder(out, fold));
          if (json) await print(JSON.stringify(result));
          else for (const line of describeCrossValidation(result)) await print(line);
          return;
        }
        const { runDare } = await import('../../tasks/run.ts');
        const result = await runDare(configuration, { folder: out, monitor, offline });
        const { writeRunPage } = await import('../../report/run/write-report.ts');
        const page = await writeRunPage(out);
        if (json) await print(JSON.stringify({ ...summarizeRun(result), report: page }));
        else for (const line of [...describeRun(result), `look at ${page}`]) await print(line);
      }),
    );
}

function describePreview({ workers, steps }: RunPreview): string[] {
  const table = plainTable(['step', 'state', 'time', 'memory', 'disk']);
  for (const { name, state, estimate } of steps) {
    const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
    const cost = estimate
      ? [showDuration(estimate.seconds * 1000), megabytes(estimate.memoryBytes), megabytes(estimate.diskBytes)]
      : ['', '', ''];
    table.push([name, state, ...cost]);
  }
  const costs = steps.flatMap(({ estimate }) => estimate ?? []);
  const seconds = costs.reduce((sum, cost) => sum + cost.seconds, 0);
  const missing = steps.filter(({ state }) => state === 'missing').length;
  const time = `they take about ${showDuration((seconds / workers) * 1000)}, ${workers} at a time`;
  return [
    table.toString(),
    '',
    `${missing} of ${steps.length} steps are missing; ${time} (a few updates measured; every second sentence accepted)`,
  ];
}
