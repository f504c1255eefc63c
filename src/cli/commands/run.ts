/** `dare run`: Algorithm 1 on a corpus, from its files to scores. */
import { basename } from 'node:path';
import type { Command } from 'commander';
import { runConfigurationSchema } from '../../dare/configuration.ts';
import { presets } from '../../dare/presets.ts';
import { addConfigurationFlags, readConfiguration } from '../configuration.ts';
import { writeConfigurationFile } from '../configuration-file.ts';
import { describePlan, describeRunPlan, PLAN_OPTION } from '../plan-text.ts';
import { describeRun, summarizeRun } from '../run-summary.ts';
import { describeCrossValidation } from '../scores-text.ts';
import { foldFolder } from '../../tasks/folds.ts';
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
    .option(...PLAN_OPTION)
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
        const { cv, cvFold } = configuration;
        const isFolded = cv !== null && cvFold === null;
        if (plan) {
          const options = { folder: out, monitor, offline };
          if (isFolded) {
            const { previewFolds } = await import('../../experiments/fold-runs.ts');
            const preview = await previewFolds({ ...configuration, cv }, options);
            const folds = preview.runs.map(({ folder, ...costs }) => ({ name: basename(folder), ...costs }));
            await print(json ? JSON.stringify(preview) : describePlan('fold', folds, preview).join('\n'));
            return;
          }
          const { previewRun } = await import('../../tasks/preview.ts');
          const preview = await previewRun(configuration, options);
          await print(json ? JSON.stringify(preview) : describeRunPlan(preview).join('\n'));
          return;
        }
        if (isFolded) {
          const { crossValidate } = await import('../../experiments/cross-validation.ts');
          const result = await crossValidate({ ...configuration, cv }, { folder: out, monitor, offline });
          const { writeRunPage } = await import('../../report/write-report.ts');
          for (let fold = 1; fold <= cv; fold++) await writeRunPage(foldFolder(out, fold));
          const page = await writeRunPage(out);
          if (json) await print(JSON.stringify({ ...result, report: page }));
          else for (const line of [...describeCrossValidation(result), `look at ${page}`]) await print(line);
          return;
        }
        const { runDare } = await import('../../tasks/run.ts');
        const result = await runDare(configuration, { folder: out, monitor, offline });
        const { writeRunPage } = await import('../../report/write-report.ts');
        const page = await writeRunPage(out);
        if (json) await print(JSON.stringify({ ...summarizeRun(result), report: page }));
        else for (const line of [...describeRun(result), `look at ${page}`]) await print(line);
      }),
    );
}
