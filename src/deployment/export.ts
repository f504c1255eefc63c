/**
 * A run's ensemble as files for other programs: a Hugging Face folder for each member, and one ONNX model of the whole.
 */
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { writtenPlaceholders } from '../classification/classifier-input.ts';
import { NULL_CLASS } from '../classification/relation-classifier.ts';
import { requireReplaceable, writeFileAtomically, writeFolderAtomically, writeJson } from '../foundation/files.ts';
import type { Monitor } from '../foundation/progress.ts';
import { writeUnfinished } from '../foundation/unfinished.ts';
import { openBert } from '../nn/model.ts';
import type { Device } from '../runtime/device.ts';
import { distil, isDistillation } from './distil.ts';
import { studentMicroBatch } from './distil-memory.ts';
import { writeEnsembleOnnx } from './ensemble-onnx.ts';
import { exportReadme } from './export-readme.ts';
import type { ExportDescription } from './export-readme.ts';
import { chosenArm, membersOf, openRun, temperatureOf } from './finished-run.ts';

export interface ExportOptions {
  readonly device: Device;
  readonly monitor: Monitor;
  /** The ensemble: DARE's unless given. */
  readonly arm?: string;
  /** Trains one classifier in place of the ensemble, too (distil.ts). */
  readonly distil?: boolean;
  /** Gigabytes that this training may take; what the run was told, or else most of what there is, unless given. */
  readonly memory?: number | null;
}

const DESCRIPTION = 'ensemble.json';
const STUDENT = 'distilled';
const UNFINISHED = { what: 'an export', flag: '--to', isKept: isDistillation };

/**
 * Writes an ensemble into a folder, whole or not at all; an earlier export there is replaced. What an interrupted distillation goes on with lies beside it.
 * @throws UserError where the run kept no weights, the folder holds something else, or another process writes it.
 * @example
 * const { onnx, members } = await exportRun('runs/cdr', 'models/cdr', { device, monitor });
 */
export async function exportRun(run: string, folder: string, options: ExportOptions): Promise<ExportDescription> {
  const { device, monitor } = options;
  const finished = await openRun(run);
  const arm = chosenArm(finished, options.arm);
  const members = await membersOf(finished, arm);
  await requireReplaceable(folder, {
    what: 'an export',
    isOwn: (names) => names.includes(DESCRIPTION),
    flag: '--to',
  });
  const { configuration, traits } = finished;
  const { config } = await openBert(members[0]!.folder);
  // What does not fit is refused before gigabytes are copied.
  const microBatch = options.distil
    ? studentMicroBatch(finished, config, device, { memory: options.memory ?? null, monitor })
    : undefined;
  const placeholders = finished.placeholders.map((pair) => writtenPlaceholders({ config }, pair));
  const classes = [...traits.relations, NULL_CLASS];
  const { maxLength } = configuration.classifier;
  const thresholds = members.map(({ threshold }) => threshold);
  const temperature = await temperatureOf(finished, arm);
  const stage = `export (${arm})`;
  const began = performance.now();
  monitor.report({ kind: 'stage', stage });
  const fill = async (scratch: string, unfinished: string): Promise<ExportDescription> => {
    const names: string[] = [];
    for (const [index, member] of members.entries()) {
      monitor.checkpoint();
      monitor.report({ kind: 'step', stage, done: index, total: members.length + 1, figures: {} });
      const name = `members/${index + 1}`;
      await cp(member.folder, join(scratch, name), { recursive: true });
      names.push(name);
    }
    monitor.report({ kind: 'step', stage, done: members.length, total: members.length + 1, figures: {} });
    const metadata = { arm, placeholders: JSON.stringify(placeholders), maxLength: String(maxLength) };
    const decidingBy = (limits: readonly number[], warmth: number) => ({
      ...metadata,
      thresholds: JSON.stringify(limits),
      temperature: String(warmth),
    });
    const onnx = await writeEnsembleOnnx(join(scratch, 'ensemble.onnx'), device, members, {
      classes,
      metadata: decidingBy(thresholds, temperature),
    });
    let student: ExportDescription['distilled'];
    if (options.distil) {
      const distilled = await distil(finished, members, join(scratch, STUDENT), {
        ...{ arm, device, monitor, microBatch, unfinished },
      });
      const { threshold, temperature: own } = distilled;
      const files = await writeEnsembleOnnx(
        join(scratch, `${STUDENT}.onnx`),
        device,
        [{ folder: join(scratch, STUDENT), threshold }],
        { classes, metadata: decidingBy([threshold], own) },
      );
      student = { ...distilled, folder: STUDENT, onnx: files };
    }
    const described: ExportDescription = {
      ...{ arm, classes, head: config.classifier_head, placeholders, maxLength, thresholds, temperature },
      ...{ members: names, onnx },
      ...(student && { distilled: student }),
    };
    await writeJson(join(scratch, DESCRIPTION), described);
    await writeFileAtomically(join(scratch, 'README.md'), exportReadme(described));
    return described;
  };
  const description = await writeUnfinished(folder, UNFINISHED, (unfinished) =>
    writeFolderAtomically(folder, (scratch) => fill(scratch, unfinished)),
  );
  const seconds = (performance.now() - began) / 1000;
  monitor.report({ kind: 'done', stage, seconds, figures: { members: members.length } });
  return description;
}
