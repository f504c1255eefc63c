/** `dare sweep`: runs over ratios and numbers of gold positives, side by side in a table. */
import { basename, join } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { arms as definitions, ARMS } from '../../dare/arms/arms.ts';
import { runConfigurationSchema } from '../../dare/configuration.ts';
import { presets } from '../../dare/presets.ts';
import type { Sweep } from '../../experiments/sweep.ts';
import { addConfigurationFlags, readConfiguration } from '../configuration.ts';
import { describePlan, PLAN_OPTION } from '../plan-text.ts';
import { addSessionOptions, withSession } from '../session.ts';
import { plainTable } from '../table.ts';

const schema = z.object({
  ratios: z
    .array(z.number().min(0))
    .default([])
    .describe('synthetic sentences for each gold one, a run for each; ensemble.ratio when left out'),
  positives: z
    .array(z.int().min(1))
    .default([])
    .describe('gold positives kept for training, a run for each; corpus.positives when left out'),
  ...runConfigurationSchema.shape,
});

const EXAMPLES = `
Examples:
  dare sweep --corpus PATH/TO/CDR --generator-model gpt2 --ratios 0.5,1,2 --out sweeps/ratio
  dare sweep --corpus PATH/TO/CDR --preset small --positives 50,250,500 --out sweeps/positives
  dare sweep --corpus PATH/TO/CDR --preset small --ratios 0.5,1,2 --out sweeps/small --plan

A run for each ratio and each number of positives; what is equal between them is done once. An interrupted sweep goes on where it
stopped. Prints F1 by run and ensemble, with --json all scores; leaves sweep.html with
the curves, sweep.json, sweep.csv and the runs.`;

interface Invocation {
  readonly out: string;
  readonly offline?: boolean;
  readonly plan?: boolean;
}

export function addSweepCommand(program: Command): void {
  const command = program
    .command('sweep')
    .description('compare ratios of synthetic sentences, and numbers of gold positives')
    .option('--out <folder>', 'where the runs are kept', 'runs/sweep')
    .option('--offline', 'take named models from the cache only')
    .option(...PLAN_OPTION);
  addConfigurationFlags(command, schema, presets);
  addSessionOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(() =>
      withSession(command, async ({ monitor, json, print }) => {
        const { out, offline = false, plan = false } = command.opts<Invocation>();
        const { ratios, positives, ...configuration } = await readConfiguration(command, schema, presets);
        const { previewSweep, sweep } = await import('../../experiments/sweep.ts');
        const [values, options] = [
          { ratios, positives },
          { folder: out, monitor, offline },
        ];
        if (plan) {
          const preview = await previewSweep(configuration, values, options);
          const runs = preview.runs.map(({ folder, ...costs }) => ({ name: basename(folder), ...costs }));
          await print(json ? JSON.stringify(preview) : describePlan('run', runs, preview).join('\n'));
          return;
        }
        const result = await sweep(configuration, values, options);
        const { writeRunPage } = await import('../../report/write-report.ts');
        for (const { run } of result.cells) await writeRunPage(join(out, run));
        const { writeSweepPage } = await import('../../report/sweep/sweep-page.ts');
        const page = await writeSweepPage(result);
        await print(
          json
            ? JSON.stringify({ ...result, report: page })
            : `${sweepTable(result)}\n\nlook at ${page}\nkept in ${out}`,
        );
      }),
    );
}

function sweepTable({ cells }: Sweep): string {
  const compared = ARMS.filter((arm) => cells.some(({ scores }) => scores.arms[arm]));
  const table = plainTable(['positives', 'ratio', ...compared.map((arm) => `F1, ${definitions[arm].title}`)]);
  for (const { positives, ratio, scores } of cells) {
    const figures = compared.map((arm) => scores.arms[arm]?.f1.toFixed(3) ?? '');
    table.push([String(positives ?? 'all'), ratio, ...figures]);
  }
  return table.toString();
}
