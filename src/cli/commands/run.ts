/** `dare run`: Algorithm 1 on a corpus, from its files to scores. */
import type { Command } from 'commander';
import { arms as definitions, ARMS } from '../../dare/arms/arms.ts';
import type { Arm } from '../../dare/arms/arms.ts';
import { presets, runConfigurationSchema } from '../../dare/configuration.ts';
import type { PoolSummary, RunResult, RunScores } from '../../tasks/run.ts';
import { addConfigurationFlags, readConfiguration } from '../configuration.ts';
import { writeConfigurationFile } from '../configuration-file.ts';
import { withDevice } from '../model-options.ts';
import { addSessionOptions, withSession } from '../session.ts';
import { settingsOf } from '../settings.ts';
import { plainTable } from '../table.ts';

const EXAMPLES = `
Examples:
  dare run --corpus PATH/TO/CDR --preset small --out runs/cdr
  dare run --config cdr.yaml --ensemble-ratio 2 --out runs/cdr-r2
  dare run --corpus PATH/TO/CDR --preset paper --print-config > paper.yaml

An interrupted run goes on where it stopped when the same command is given again. Flags go before the file, the file before the
preset, the preset before the defaults. Prints the scores of the ensembles, with --json as one object.`;

/** What the command is told beside the configuration of the run. */
interface Invocation {
  readonly out: string;
  readonly offline?: boolean;
  readonly printConfig?: boolean;
}

export function addRunCommand(program: Command): void {
  const command = program
    .command('run')
    .description('augment a corpus, train the ensembles, score them')
    .option('--out <folder>', 'where the run is kept', 'runs/latest')
    .option('--offline', 'take named models from the cache only')
    .option('--print-config', 'print the configuration as a YAML file and stop');
  addConfigurationFlags(command, runConfigurationSchema, presets);
  addSessionOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(() =>
      withSession(command, async ({ monitor, json, print }) => {
        const { out, offline = false, printConfig = false } = command.opts<Invocation>();
        const configuration = await readConfiguration(command, runConfigurationSchema, presets);
        if (printConfig) {
          await print(writeConfigurationFile(configuration, settingsOf(runConfigurationSchema)).trim());
          return;
        }
        const { runDare } = await import('../../tasks/run.ts');
        await withDevice(configuration, monitor, async (device) => {
          const result = await runDare(configuration, { folder: out, device, monitor, offline });
          if (json) await print(JSON.stringify(summarize(result)));
          else for (const line of describeRun(result)) await print(line);
        });
      }),
    );
}

/** What a program wants to know of a result, without the sentences themselves. */
function summarize({ folder, corpus, pools, scores }: RunResult): object {
  const { train, validation, test, testedOn } = corpus;
  return {
    folder,
    corpus: { train: train.length, validation: validation.length, test: test.length, testedOn },
    pools,
    ...scores,
  };
}

function describeRun({ folder, corpus, pools, scores }: RunResult): string[] {
  const { train, validation, test, testedOn } = corpus;
  const sizes = `${train.length} sentences to train on, ${validation.length} to choose with, ${test.length} to score on`;
  return [
    `corpus: ${sizes} (${testedOn})`,
    ...pools.map(describePool),
    '',
    scoreTable(scores),
    ...describeCollapse(scores),
    ...describeComparisons(scores),
    '',
    `kept in ${folder}`,
  ];
}

function describePool({ relation, wanted, accepted, missing, attempts }: PoolSummary): string {
  const shortfall = missing > 0 ? `; ${missing} of ${wanted} are missing` : '';
  return `${relation}: ${accepted} synthetic sentences of ${attempts} written${shortfall}`;
}

function scoreTable({ arms, relations }: RunScores): string {
  const table = plainTable(['', 'precision', 'recall', 'F1', '95% interval']);
  for (const name of ARMS) {
    const arm = arms[name];
    if (!arm) continue;
    const [low, high] = arm.interval;
    table.push([describeArm(name, arm.members), ...figures(arm), `${low.toFixed(3)}–${high.toFixed(3)}`]);
    if (relations.length < 2) continue;
    for (const relation of relations) {
      const score = arm.relations[relation];
      if (score) table.push([`  ${relation}`, ...figures(score), '']);
    }
  }
  return table.toString();
}

const figures = (score: { precision: number; recall: number; f1: number }): string[] =>
  [score.precision, score.recall, score.f1].map((value) => value.toFixed(3));

const describeArm = (arm: Arm, members: number): string =>
  `${definitions[arm].title}, ${members} classifier${members === 1 ? '' : 's'}`;

/** A line for each ensemble in which classifiers collapsed. */
function describeCollapse({ arms }: RunScores): string[] {
  return ARMS.flatMap((name) => {
    const arm = arms[name];
    if (!arm || arm.collapse.members === 0) return [];
    const { members, retrainings, remaining } = arm.collapse;
    const anew = retrainings > 0 ? `, trained anew ${retrainings} time${retrainings === 1 ? '' : 's'}` : '';
    const rest =
      remaining > 0 ? `; ${remaining} that still had${remaining === 1 ? ' votes' : ' vote'} all the same` : '';
    return [`${definitions[name].title}: ${members} of ${arm.members} classifiers learned nothing${anew}${rest}`];
  });
}

function describeComparisons({ comparisons }: RunScores): string[] {
  if (comparisons.length === 0) return [];
  const sign = (value: number): string => (value < 0 ? '−' : '+') + Math.abs(value).toFixed(3);
  return [
    '',
    ...comparisons.map(
      ({ first, second, difference, interval, mcNemar }) =>
        `F1 of ${definitions[first].title} over ${definitions[second].title}: ${sign(difference)} ` +
        `(95% interval ${sign(interval[0])} to ${sign(interval[1])}; McNemar p = ${mcNemar.pValue.toPrecision(2)})`,
    ),
  ];
}
