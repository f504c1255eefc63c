/**
 * `dare quickstart`: the whole method on what comes with the product, to see in minutes what it does.
 *
 * It is `dare run --preset quickstart` on the sample data, with an end that shows what was written and how to go on.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { runConfigurationSchema } from '../../dare/configuration.ts';
import { presets } from '../../dare/presets.ts';
import { describePlaceholders } from '../../corpus/placeholders.ts';
import { UserError } from '../../foundation/errors.ts';
import { kindAt } from '../../foundation/files.ts';
import type { RunResult } from '../../tasks/run.ts';
import { calledAs, fromHere } from '../called-as.ts';
import { addSettingFlags, readConfiguration } from '../configuration.ts';
import { describeRun, summarizeRun } from '../run-summary.ts';
import { addSessionOptions, withSession } from '../session.ts';

/** The package's sample data set; the same from src/ and from dist/. */
const SAMPLE = fileURLToPath(new URL('../../../examples/drug-relations.jsonl', import.meta.url));

/** What to read next; the package has it too. */
const GUIDE = fileURLToPath(new URL('../../../docs/guides/own-data.md', import.meta.url));

const PRESET = 'quickstart';
const ON_SAMPLE = { [PRESET]: { ...presets.quickstart, corpus: { path: SAMPLE } } };

/** Written sentences that are shown of each relation. */
const SHOWN = 3;

const EXAMPLES = `
Examples:
  dare quickstart
  dare quickstart --out runs/first --seed 2

Takes minutes on two cores, needs no network, and asks nothing. The settings of dare run are flags here too.
Prints the scores of the ensembles and some of the sentences that were written, with --json as one object.`;

export function addQuickstartCommand(program: Command): void {
  const command = program
    .command('quickstart')
    .description('the whole method on the sample data, with the models that ship: see what it does')
    .option('--out <folder>', 'where the run is kept', 'runs/quickstart');
  const shown = new Set(command.options);
  addSettingFlags(command, runConfigurationSchema);
  for (const option of command.options) if (!shown.has(option)) option.hideHelp();
  addSessionOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(() =>
      withSession(command, async ({ monitor, json, print }) => {
        const { out }: { out: string } = command.opts();
        command.setOptionValue('preset', PRESET);
        const configuration = await readConfiguration(command, runConfigurationSchema, ON_SAMPLE);
        if (configuration.corpus.path === SAMPLE && (await kindAt(SAMPLE)) !== 'file') {
          throw new UserError('the sample data is missing from this installation', {
            where: SAMPLE,
            remedy: 'install dare again',
            exitCode: 1,
          });
        }
        const { runDare } = await import('../../tasks/run.ts');
        // What an earlier start has done is not done again: the time would not be that of the whole.
        const isFirst = (await kindAt(join(out, 'tasks'))) === undefined;
        const started = performance.now();
        // What ships is not fetched; a model that is named instead may be.
        const result = await runDare(configuration, { folder: out, monitor, offline: false });
        const seconds = isFirst ? (performance.now() - started) / 1000 : undefined;
        const { writeRunPage } = await import('../../report/write-report.ts');
        const report = await writeRunPage(out);
        const written = await readWritten(result);
        if (json) await print(JSON.stringify({ ...summarizeRun(result), report, written, seconds }));
        else for (const line of describe(result, report, written, seconds)) await print(line);
      }),
    );
}

/** Of each relation, the first sentences that passed the filters: no choice of the best. */
async function readWritten({ pools }: RunResult): Promise<{ relation: string; sentences: string[] }[]> {
  const { readAcceptedSentences } = await import('../../tasks/pool-file.ts');
  return Promise.all(
    pools.map(async ({ relation, path }) => ({
      relation,
      sentences: (await readAcceptedSentences(path)).slice(0, SHOWN),
    })),
  );
}

function describe(
  result: RunResult,
  report: string,
  written: readonly { relation: string; sentences: readonly string[] }[],
  seconds: number | undefined,
): string[] {
  const { folder, corpus, pools } = result;
  const command = calledAs(process.argv[1] ?? '');
  const files: [string, string][] = [
    [report, 'the report: open it in a browser'],
    [join(folder, 'scores.json'), 'all scores, per relation, with intervals'],
    [join(folder, 'predictions.jsonl'), 'gold and predicted label of every test sentence'],
    [join(folder, 'configuration.yaml'), 'every setting, for dare run --config'],
    ...pools.map(({ relation, path }): [string, string] => [path, `what was written for ${relation}, with verdicts`]),
  ];
  const next: [string, string][] = [
    [
      `${command} data inspect mine.csv`,
      'what is in your corpus (text, head, tail, relation), and what is wrong with it',
    ],
    [`${command} run --corpus mine.csv --preset quickstart --out runs/mine`, 'the same on it'],
  ];
  return [
    ...describeRun(result),
    '',
    `Sentences that the generators wrote, the first that passed the filters (${describePlaceholders(corpus.placeholders)} stand for the two entities):`,
    ...written.flatMap(({ relation, sentences }) => [
      `  ${relation}${sentences.length === 0 ? ': none passed' : ''}`,
      ...sentences.map((text) => `    – ${text}`),
    ]),
    '',
    `To look at${seconds === undefined ? '' : ` (all done in ${(seconds / 60).toFixed(1)} minutes)`}:`,
    ...columns(files),
    '',
    `Next, on your own sentences (${fromHere(GUIDE)}):`,
    ...columns(next),
  ];
}

/** Indented, with what stands on the right below itself. */
function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
