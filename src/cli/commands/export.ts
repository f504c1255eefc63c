/** `dare export`: a run's ensemble as Hugging Face folders and as one ONNX model. */
import type { Command } from 'commander';
import { z } from 'zod';
import type { ExportDescription } from '../../deployment/export-readme.ts';
import { showSigned } from '../../report/signed.ts';
import { addSettingFlags, readConfiguration } from '../configuration.ts';
import { modelSettings, withDevice } from '../model-options.ts';
import { memorySetting } from '../../runtime/training-memory.ts';
import { addSessionOptions, withSession } from '../session.ts';

const schema = z.object({
  to: z
    .string()
    .min(1)
    .describe('folder to write; an earlier export there is replaced')
    .meta({ placeholder: 'folder' }),
  arm: z
    .string()
    .min(1)
    .optional()
    .describe("whose ensemble is written; DARE's when left out")
    .meta({ placeholder: 'arm' }),
  distil: z
    .boolean()
    .default(false)
    .describe('train one classifier in place of the ensemble, too, and say what it loses'),
  memory: memorySetting.describe(
    'gigabytes of memory that this training may take (what the run was told, or else most of what the machine has, unless given)',
  ),
  device: modelSettings.device,
  threads: modelSettings.threads,
});

const EXAMPLES = `
Examples:
  dare export runs/cdr --to models/cdr
  dare export runs/cdr --arm gold --to models/cdr-gold --json
  dare export runs/cdr --distil --to models/cdr-small

Writes a folder for each member, which Hugging Face's transformers load, ensemble.onnx for ONNX Runtime (mean probabilities, votes
and thresholds inside), ensemble.json and a README that shows their use from Python. An interrupted distillation goes on where it
stopped when the same command is given again.`;

export function addExportCommand(program: Command): void {
  const command = program
    .command('export')
    .description("write a run's ensemble for other programs: Hugging Face folders and ONNX")
    .argument('<run>', 'folder of a finished run');
  addSettingFlags(command, schema);
  addSessionOptions(command)
    .addHelpText('after', EXAMPLES)
    .action((run: string) =>
      withSession(command, async ({ monitor, json, print }) => {
        const { to, arm, distil, memory, device: choice, threads } = await readConfiguration(command, schema);
        const { exportRun } = await import('../../deployment/export.ts');
        await withDevice({ device: choice, ...(threads !== undefined && { threads }) }, monitor, async (device) => {
          const written = await exportRun(run, to, {
            ...{ device, monitor, distil, memory },
            ...(arm !== undefined && { arm }),
          });
          const { members, onnx, distilled } = written;
          if (json) await print(JSON.stringify({ folder: to, ...written }));
          else {
            await print(`${members.length} model folders and ${onnx.join(', ')} written to ${to}`);
            if (distilled) for (const line of describeStudent(distilled)) await print(line);
          }
        });
      }),
    );
}

function describeStudent(student: NonNullable<ExportDescription['distilled']>): string[] {
  const { folder, f1, ensembleF1, loss, lossInterval, learnedNothing } = student;
  // What is lost is shown as what it does to F1.
  const [change, low, high] = [-loss, -lossInterval[1], -lossInterval[0]].map((value) => showSigned(value));
  return [
    `${folder}: one classifier, F1 ${f1.toFixed(3)} on the run's test data where the ensemble has ${ensembleF1.toFixed(3)} ` +
      `(difference ${change}, 95% interval ${low} to ${high})`,
    ...(learnedNothing
      ? [
          `${folder}: learned nothing but how frequent the classes are; use the ensemble, or train a run that learns more`,
        ]
      : []),
  ];
}
