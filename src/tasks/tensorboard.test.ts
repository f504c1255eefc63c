import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Monitor } from '../foundation/progress.ts';
import { tfRecord, versionEvent, withTensorBoard } from './tensorboard.ts';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'tensorboard-'))));
afterEach(() => rm(folder, { recursive: true }));

describe('event files', () => {
  it('are framed as TensorFlow frames them', () => {
    // Written by TensorBoard 2.21's own writer: tensorboard.summary.writer.record_writer.RecordWriter, b'dare'.
    expect(tfRecord(Buffer.from('dare')).toString('hex')).toBe('04000000000000004245520464617265f3eb7a1a');
  });

  it('hold the version first', () => {
    const event = Buffer.from(versionEvent(1));
    expect(event.toString('hex')).toBe(`09000000000000f03f1a0d${Buffer.from('brain.Event:2').toString('hex')}`);
  });

  it('are one for each stage, with every step that has figures', async () => {
    const heard: string[] = [];
    const monitor = withTensorBoard(new Monitor((event) => heard.push(event.kind)), folder);
    for (let done = 1; done <= 3; done++)
      monitor.report({ kind: 'step', stage: 'dare member 1', done, total: 3, figures: { loss: 1 / done } });
    monitor.report({ kind: 'step', stage: 'generator a/b', done: 1, total: 1, figures: { loss: 1, speed: 2 } });
    monitor.report({ kind: 'step', stage: 'scores', done: 1, total: 1, figures: {} });
    expect(heard).toHaveLength(5);
    expect((await readdir(folder)).toSorted()).toEqual(['dare-member-1', 'generator-a-b']);
    const [file] = await readdir(join(folder, 'dare-member-1'));
    const written = await readFile(join(folder, 'dare-member-1', file!));
    const records: number[] = [];
    for (let at = 0; at < written.length; at += 16 + records.at(-1)!) records.push(Number(written.readBigUInt64LE(at)));
    expect(records).toHaveLength(4);
    expect(written.includes('loss')).toBe(true);
  });
});
