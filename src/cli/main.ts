/** The command line: which commands there are, and how the process ends. `bin/dare` calls `main`. */
import { Command } from 'commander';
import { addAugmentCommand } from './commands/augment.ts';
import { addClassifyCommand } from './commands/classify.ts';
import { addCleanCommand } from './commands/clean.ts';
import { addDataCommand } from './commands/data/data.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addExportCommand } from './commands/export.ts';
import { addMergeCommand } from './commands/merge.ts';
import { addPerplexityCommand } from './commands/perplexity.ts';
import { addPredictCommand } from './commands/predict.ts';
import { addPretrainCommand } from './commands/pretrain.ts';
import { addQuickstartCommand } from './commands/quickstart.ts';
import { addReproduceCommand } from './commands/reproduce.ts';
import { addReportCommand } from './commands/report.ts';
import { addRunCommand } from './commands/run.ts';
import { addSampleCommand } from './commands/sample.ts';
import { addStatusCommand } from './commands/status.ts';
import { addSweepCommand } from './commands/sweep.ts';
import { addTokenizerCommand } from './commands/tokenizer.ts';
import { describeFailure } from './failure.ts';
import { VERSION } from '../foundation/version.ts';

/** The program with all its commands, before any argument is read. */
export function createProgram(): Command {
  const program = new Command('dare')
    .description('Better relation classifiers from few labelled sentences, by writing more of them (DARE).')
    .version(VERSION)
    .configureHelp({ showGlobalOptions: false })
    .configureOutput({ outputError: (text, write) => write(onOneLine(text)) })
    .showSuggestionAfterError(true)
    .exitOverride();
  program.commandsGroup('Augmentation:');
  addQuickstartCommand(program);
  addDataCommand(program);
  addAugmentCommand(program);
  addRunCommand(program);
  addSweepCommand(program);
  addReproduceCommand(program);
  addStatusCommand(program);
  addCleanCommand(program);
  addPredictCommand(program);
  addReportCommand(program);
  addExportCommand(program);
  program.commandsGroup('Models:');
  addClassifyCommand(program);
  addMergeCommand(program);
  addPerplexityCommand(program);
  addSampleCommand(program);
  program.commandsGroup('Pretraining:');
  addTokenizerCommand(program);
  addPretrainCommand(program);
  program.commandsGroup('This machine:');
  addDoctorCommand(program);
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
      if (error.code === 'EPIPE') process.exit(0);
      throw error;
    });
  }
  const fail = (error: unknown): never => {
    const { message, exitCode } = describeFailure(error);
    process.stderr.write(message);
    process.exit(exitCode);
  };
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  try {
    await createProgram().parseAsync(args, { from: 'user' });
  } catch (error) {
    const { message, exitCode } = describeFailure(error);
    process.stderr.write(message);
    process.exitCode = exitCode;
  }
  // Pipes take what is written to them in their own time; leaving before would cut results off.
  await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write('', done))));
  process.exit();
}
