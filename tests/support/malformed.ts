/**
 * How corpora with something wrong in them are made: each is a sample of `corpus-samples.ts` after one change.
 */
import { CORPUS_SAMPLES, type CorpusSample } from './corpus-samples.ts';
import type { Files } from './corpus-files.ts';

export interface MalformedCorpus {
  format: string;
  what: string;
  files: Files;
  /** What is said of it: an error, or a warning (`! code count place: what`) where the rest is used; without remedy. */
  said: string;
}

/** A change to one file's text. */
export type Change = (content: string) => string | Uint8Array;

export const put =
  (from: string, to: string): Change =>
  (content) => {
    if (!content.includes(from)) throw new Error(`${from} is not in ${content}`);
    return content.replace(from, () => to);
  };
export const append =
  (line: string): Change =>
  (content) =>
    `${content}${line}\n`;
export const whole =
  (content: string | Uint8Array): Change =>
  () =>
    content;
export const cutAt =
  (text: string): Change =>
  (content) =>
    content.slice(0, content.indexOf(text));

function sampleOf(name: string): CorpusSample {
  const [format, variant] = name.split(': ');
  return CORPUS_SAMPLES.find((each) => each.format === format && (variant === undefined || each.variant === variant))!;
}

/** The cases of one format: what is wrong, the change, what is said, and the file changed where it is not the main one. */
export function cases(
  name: string,
  ...changes: [what: string, change: Change, said: string, file?: string][]
): MalformedCorpus[] {
  const { format, files, main } = sampleOf(name);
  return changes.map(([what, change, said, file = main]) => ({
    format,
    what,
    files: { ...files, [file]: change(String(files[file])) },
    said,
  }));
}

export function without(format: string, file: string, said: string): MalformedCorpus {
  const files = Object.fromEntries(Object.entries(sampleOf(format).files).filter(([name]) => name !== file));
  return { format, what: `${file} missing`, files, said };
}

export const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1');
/** Longer than anything that is read in one piece. */
export const LONG = 'x'.repeat((1 << 24) + (1 << 19));
