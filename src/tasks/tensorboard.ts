/**
 * Training curves for TensorBoard: an event file for each stage of a run, a scalar for each figure of a step.
 *
 * An event file is a row of records (TFRecord: length, its checksum, content, its checksum; CRC-32C, masked); each holds an `Event` of TensorFlow's
 * `event.proto` in protobuf's encoding, the first with the format's version. Of these messages only five fields are used, so they are
 * written field by field. Files can be written on after an interruption: TensorBoard reads all files of a folder.
 */
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { crc32c } from '@aws-crypto/crc32c';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { explainFileError } from '../foundation/errors.ts';
import { Monitor } from '../foundation/progress.ts';

/** Fields of `Event`, `Summary` and `Summary.Value` (tensorflow/core/util/event.proto, framework/summary.proto). */
const EVENT = { wallTime: 1, step: 2, fileVersion: 3, summary: 5 } as const;
const SUMMARY = { value: 1 } as const;
const VALUE = { tag: 1, simpleValue: 2 } as const;

/** Seconds since 1970. */
type WallTime = number;

/** The first event of a file. */
export function versionEvent(time: WallTime): Uint8Array {
  return new BinaryWriter()
    .tag(EVENT.wallTime, WireType.Bit64)
    .double(time)
    .tag(EVENT.fileVersion, WireType.LengthDelimited)
    .string('brain.Event:2')
    .finish();
}

/** What was measured at a step. */
export function scalarEvent(time: WallTime, step: number, figures: Readonly<Record<string, number>>): Uint8Array {
  const summary = new BinaryWriter();
  for (const [tag, value] of Object.entries(figures)) {
    const written = new BinaryWriter()
      .tag(VALUE.tag, WireType.LengthDelimited)
      .string(tag)
      .tag(VALUE.simpleValue, WireType.Bit32)
      .float(value)
      .finish();
    summary.tag(SUMMARY.value, WireType.LengthDelimited).bytes(written);
  }
  return new BinaryWriter()
    .tag(EVENT.wallTime, WireType.Bit64)
    .double(time)
    .tag(EVENT.step, WireType.Varint)
    .int64(step)
    .tag(EVENT.summary, WireType.LengthDelimited)
    .bytes(summary.finish())
    .finish();
}

/** An event as it stands in a file. */
export function tfRecord(content: Uint8Array): Buffer {
  const record = Buffer.alloc(8 + 4 + content.length + 4);
  record.writeBigUInt64LE(BigInt(content.length), 0);
  record.writeUInt32LE(maskedChecksum(record.subarray(0, 8)), 8);
  record.set(content, 12);
  record.writeUInt32LE(maskedChecksum(content), 12 + content.length);
  return record;
}

/** Rotated and shifted, so that a checksum of data that holds checksums is none of these (TensorFlow's record_writer). */
function maskedChecksum(data: Uint8Array): number {
  const checksum = crc32c(data);
  return (((checksum >>> 15) | (checksum << 17)) + 0xa282ead8) >>> 0;
}

/** The same monitor, with the figures of all steps also written below a folder, a folder for each stage. */
export function withTensorBoard(monitor: Monitor, folder: string): Monitor {
  const files = new Map<string, string>();
  const fileOf = (stage: string): string => {
    let file = files.get(stage);
    if (file === undefined) {
      const own = join(folder, stage.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-'));
      mkdirSync(own, { recursive: true });
      file = join(own, `events.out.tfevents.${Date.now()}.dare`);
      appendFileSync(file, tfRecord(versionEvent(Date.now() / 1000)));
      files.set(stage, file);
    }
    return file;
  };
  return new Monitor((event) => {
    monitor.report(event);
    if (event.kind !== 'step' || Object.keys(event.figures).length === 0) return;
    try {
      appendFileSync(fileOf(event.stage), tfRecord(scalarEvent(Date.now() / 1000, event.done, event.figures)));
    } catch (error) {
      throw explainFileError(error);
    }
  }, monitor.signal);
}
