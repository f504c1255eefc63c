/** `dare reproduce`: the paper's experiments, and our figures beside its own. */
import { join } from 'node:path';
import type { Command } from 'commander';
import { UserError } from '../../foundation/errors.ts';
import { EXPERIMENT_NAMES, experimentsNamed } from '../../experiments/reproduction/experiments.ts';
import type { ReproductionPreview } from '../../experiments/reproduction/reproduce.ts';
import { reproductionPresets, reproductionSchema } from '../../experiments/reproduction/settings.ts';
import { addConfigurationFlags, readConfiguration } from '../configuration.ts';
import { describePlan, PLAN_OPTION } from '../plan-text.ts';
import { describeExperiment } from '../reproduction-text.ts';
import { addSessionOptions, withSession } from '../session.ts';

const EXAMPLES = `
Examples:
  dare reproduce table4 --corpora corpora --preset small --plan
  dare reproduce all --corpora corpora --preset small --out runs/reproduction
  dare reproduce figure1 --corpora corpora --preset small --members 5 --gold 3000
  dare reproduce table3 --corpora corpora --preset paper --adapted models/gpt2-large-pubmed

Says first what is to be done and how long that takes. Experiments of one --out share their steps: tables 5 and 6 are of table 4's runs. An
interrupted reproduction goes on where it stopped. Prints our figures beside the paper's, with --json all scores; leaves a result file for each
experiment, written anew after each of its runs, from which another machine can go on (--finished).`;

interface Invocation {
  readonly corpora?: string;
  readonly out: string;
  readonly results?: string;
  readonly finished?: string;
  readonly plan?: boolean;
  readonly offline?: boolean;
  readonly preset?: string;
  readonly config?: string;
}

export function addReproduceCommand(program: Command): void {
  const command = program
    .command('reproduce')
    .description("the paper's experiments, our figures beside its own")
    .argument('<experiment>', EXPERIMENT_NAMES.join(', '))
    .option('--corpora <folder>', 'folder that holds the corpora: cdr, chemprot, ddi2013, and mesh if there is one')
    .option('--out <folder>', 'where the runs are kept', 'runs/reproduction')
    .option('--results <folder>', 'where the result files go (results below --out unless given)')
    .option('--finished <folder>', 'folder of result files, perhaps of another machine: their runs are not done again')
    .option(...PLAN_OPTION)
    .option('--offline', 'take named models from the cache only');
  addConfigurationFlags(command, reproductionSchema, reproductionPresets);
  addSessionOptions(command)
    .addHelpText('after', EXAMPLES)
    .action((name: string) =>
      withSession(command, async ({ monitor, json, print }) => {
        const {
          corpora,
          out,
          results = join(out, 'results'),
          finished,
          plan = false,
          offline = false,
          ...chosen
        } = command.opts<Invocation>();
        const experiments = experimentsNamed(name);
        if (corpora === undefined) {
          throw new UserError('--corpora is missing', {
            remedy: 'give the folder that holds cdr, chemprot and ddi2013',
          });
        }
        if (chosen.preset === undefined && chosen.config === undefined) {
          throw new UserError('--preset is missing', { remedy: 'give --preset small, or --preset paper' });
        }
        const settings = await readConfiguration(command, reproductionSchema, reproductionPresets);
        const { Reproduction } = await import('../../experiments/reproduction/reproduce.ts');
        const options = { corpora, folder: out, results, finished, monitor, offline };
        const reproduction = await Reproduction.plan(experiments, settings, options);
        try {
          const preview = await reproduction.preview();
          if (plan) {
            await print(json ? JSON.stringify(preview) : showPlan(preview));
            return;
          }
          if (!json) await print(`${showPlan(preview)}\n`);
          const found = await reproduction.perform();
          if (json) await print(JSON.stringify(found));
          else for (const result of found) await print(`${describeExperiment(result)}\n`);
        } finally {
          await reproduction.close();
        }
      }),
    );
}

/** The plan: an experiment a line, what is shared counted for the first that needs it. */
function showPlan(preview: ReproductionPreview): string {
  const parts = preview.experiments.map(({ id, cells, ...costs }) => ({ name: id, runs: cells, ...costs }));
  return describePlan('experiment', parts, preview).join('\n');
}
