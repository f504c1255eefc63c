/** `dare predict`: the relations that a finished run's ensemble finds in new text. */
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { z } from 'zod';
import { candidateSettings, readingSettings } from '../../corpus/settings.ts';
import { NEW_TEXT_FORMATS } from '../../deployment/new-text.ts';
import type { PredictOptions } from '../../deployment/predict.ts';
import { PREDICTION_FORMATS, writtenPredictions } from '../../deployment/write-predictions.ts';
import { streamFileAtomically } from '../../foundation/files.ts';
import { addSettingFlags, readConfiguration } from '../configuration.ts';
import { modelSettings, withDevice } from '../model-options.ts';
import { addSessionOptions, withSession } from '../session.ts';

const schema = z.object({
  to: z
    .enum(PREDICTION_FORMATS)
    .default('jsonl')
    .describe('JSON Lines, or the documents with their relations as PubTator'),
  arm: z
    .string()
    .min(1)
    .optional()
    .describe("whose ensemble is asked; DARE's when left out")
    .meta({ placeholder: 'arm' }),
  format: z
    .enum(NEW_TEXT_FORMATS)
    .default('auto')
    .describe('what the input is: masked lines, plain text for a dictionary, or a corpus format; known by its content'),
  dictionary: z
    .string()
    .optional()
    .describe('marks mentions: a term a line, its type and, if it has one, its id, with tabs between')
    .meta({ placeholder: 'file' }),
  documents: z.enum(['line', 'blank-line']).default('line').describe('what ends a document of plain text'),
  types: candidateSettings.types.describe('entity types that are paired, as head:tail; auto: those of the run'),
  columns: readingSettings.columns,
  strict: readingSettings.strict,
  calibrated: z
    .boolean()
    .default(false)
    .describe('probabilities under the temperature fitted on validation data; labels stay the same'),
  batch: modelSettings.batch.default(32),
  device: modelSettings.device,
  threads: modelSettings.threads,
  precision: modelSettings.precision,
});

const EXAMPLES = `
Examples:
  dare predict runs/cdr new.PubTator.txt -o relations.jsonl
  dare predict runs/cdr abstracts.txt --dictionary terms.tsv --to pubtator
  echo 'Severe $ENTITYB$ was induced by $ENTITYA$ .' | dare predict runs/cdr -

A relation is predicted between two mentions, which must be marked: in a format with mentions (any that dare run reads; what it says of
relations is not read), by a dictionary of terms, or as $ENTITYA$ and $ENTITYB$ in a line for each sentence. Prints JSON Lines: the
sentence, its mentions, the relation (null where none holds), the share of the ensemble that says so, and mean probabilities, which
--calibrated makes mean what they say.`;

export function addPredictCommand(program: Command): void {
  const command = program
    .command('predict')
    .description('find relations in new text with the ensemble of a run')
    .argument('<run>', 'folder of a finished run')
    .argument('<input>', 'file or folder of new text; - for standard input')
    .option('-o, --out <file>', 'file to write (standard output when left out)');
  addSettingFlags(command, schema);
  addSessionOptions(command)
    .addHelpText('after', EXAMPLES)
    .action((run: string, input: string) =>
      withSession(command, async ({ monitor, json, print }) => {
        const {
          to,
          batch,
          documents,
          types,
          device: choice,
          threads,
          precision,
          ...settings
        } = await readConfiguration(command, schema);
        const { out } = command.opts<{ out?: string }>();
        const { predictPieces } = await import('../../deployment/predict.ts');
        const { arm, format, dictionary, columns, strict, calibrated } = settings;
        await withInput(input, (path) =>
          withDevice({ device: choice, threads, precision }, monitor, async (device) => {
            const options: PredictOptions = {
              ...{
                device,
                monitor,
                format,
                calibrated,
                separator: documents,
                batchSize: batch,
                reading: { columns, strict },
              },
              ...(arm !== undefined && { arm }),
              ...(dictionary !== undefined && { dictionary }),
              ...(types !== 'auto' && { types: types.map(typePair) }),
            };
            let predictions = 0;
            const pieces = async function* (): AsyncGenerator<string> {
              for await (const piece of predictPieces(run, path, options)) {
                predictions += piece.sentences.length;
                const text = writtenPredictions(piece, to);
                if (text !== '') yield text;
              }
            };
            if (out === undefined) for await (const text of pieces()) await print(text.replace(/\n$/, ''));
            else {
              await streamFileAtomically(out, pieces());
              await print(json ? JSON.stringify({ predictions, out }) : `${predictions} predictions written to ${out}`);
            }
          }),
        );
      }),
    );
}

function typePair(text: string): { head: string; tail: string } {
  const [head = '', tail = ''] = text.split(':').map((type) => type.trim());
  return { head, tail };
}

/** The input as a path: standard input, whose format is yet to be found out, goes to a file first. */
async function withInput(input: string, work: (path: string) => Promise<void>): Promise<void> {
  if (input !== '-') return work(input);
  const folder = await mkdtemp(join(tmpdir(), 'dare-input-'));
  try {
    const path = join(folder, 'standard input');
    await pipeline(process.stdin, createWriteStream(path));
    await work(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
