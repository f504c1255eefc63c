/** The command line: which commands there are, and how the process ends. `bin/dare` calls `main`. */
import { Command } from 'commander';
import { describeFailure } from './failure.ts';
import { isAboutToEnd, leave } from '../foundation/leaving.ts';
import { VERSION } from '../foundation/version.ts';

type AddCommand = (program: Command) => void;

/** The commands by the groups of `dare --help`, in its order. One is loaded where it is named: the others' modules and flags would double the time until it starts. */
const COMMANDS: Record<string, Record<string, () => Promise<AddCommand>>> = {
  'Augmentation:': {
    quickstart: async () => (await import('./commands/quickstart.ts')).addQuickstartCommand,
    data: async () => (await import('./commands/data/data.ts')).addDataCommand,
    augment: async () => (await import('./commands/augment.ts')).addAugmentCommand,
    run: async () => (await import('./commands/run.ts')).addRunCommand,
    sweep: async () => (await import('./commands/sweep.ts')).addSweepCommand,
    reproduce: async () => (await import('./commands/reproduce.ts')).addReproduceCommand,
    status: async () => (await import('./commands/status.ts')).addStatusCommand,
    clean: async () => (await import('./commands/clean.ts')).addCleanCommand,
    predict: async () => (await import('./commands/predict.ts')).addPredictCommand,
    report: async () => (await import('./commands/report.ts')).addReportCommand,
    export: async () => (await import('./commands/export.ts')).addExportCommand,
  },
  'Models:': {
    classify: async () => (await import('./commands/classify.ts')).addClassifyCommand,
    merge: async () => (await import('./commands/merge.ts')).addMergeCommand,
    perplexity: async () => (await import('./commands/perplexity.ts')).addPerplexityCommand,
    sample: async () => (await import('./commands/sample.ts')).addSampleCommand,
  },
  'Pretraining:': {
    tokenizer: async () => (await import('./commands/tokenizer.ts')).addTokenizerCommand,
    pretrain: async () => (await import('./commands/pretrain.ts')).addPretrainCommand,
  },
  'This machine:': {
    doctor: async () => (await import('./commands/doctor.ts')).addDoctorCommand,
  },
};

/** The program before any argument is read, with the command that these arguments name, or with all of them where they name none. */
export async function createProgram(args: readonly string[]): Promise<Command> {
  const program = new Command('dare')
    .description('Better relation classifiers from few labelled sentences, by writing more of them (DARE).')
    .version(VERSION)
    .configureHelp({ showGlobalOptions: false })
    .configureOutput({ outputError: (text, write) => write(onOneLine(text)) })
    .showSuggestionAfterError(true)
    .exitOverride();
  const [first = ''] = args;
  if (['--version', '-V'].includes(first)) return program;
  const named = Object.values(COMMANDS).some((commands) => Object.hasOwn(commands, first));
  for (const [group, commands] of Object.entries(COMMANDS)) {
    program.commandsGroup(group);
    for (const [name, load] of Object.entries(commands)) {
      if (!named || name === first) (await load())(program);
    }
  }
  return program;
}

/** Commander's "error: unknown option '--x'\n(Did you mean --y?)" in the form of all our errors. */
function onOneLine(text: string): string {
  const line = text.replace(/^error: /, '').trim();
  return `dare: ${line.replaceAll(/\s*\n\s*/g, ' ').replace('(Did you', '(did you')}\n`;
}

/** Runs a command line (without `node` and the script) and ends the process. */
export async function main(args: readonly string[]): Promise<never> {
  process.setSourceMapsEnabled(true);
  // A reader that has seen enough (`dare … | head`) closes the pipe: that is no failure.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      leave(0);
    });
  }
  const fail = (error: unknown): void => {
    if (isAboutToEnd()) return;
    const { message, exitCode } = describeFailure(error);
    process.stderr.write(message);
    leave(exitCode);
  };
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  try {
    await (await createProgram(args)).parseAsync(args, { from: 'user' });
  } catch (error) {
    const { message, exitCode } = describeFailure(error);
    process.stderr.write(message);
    process.exitCode = exitCode;
  }
  // Pipes take what is written to them in their own time; leaving before would cut results off.
  await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write('', done))));
  process.exit();
}
