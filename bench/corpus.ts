/**
 * Reads a corpus to its end and prints the seconds and the peak memory of the process, as one JSON line.
 *
 *   tsx bench/corpus.ts write FORMAT MEGABYTES FOLDER       makes one, of repeated sentences with fresh ids
 *   tsx bench/corpus.ts write distinct MEGABYTES FOLDER     JSON Lines of sentences that are all different, in three splits
 *   tsx bench/corpus.ts read FORMAT FOLDER
 *   tsx bench/corpus.ts convert FORMAT FOLDER               pairs are formed, and written as JSON Lines
 *   tsx bench/corpus.ts inspect FORMAT FOLDER               what `dare data inspect` does: counts, duplicates, leakage
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ExampleStream } from '../src/corpus/examples.ts';
import { inspectCorpus } from '../src/corpus/inspection/inspect.ts';
import { WORDS } from '../src/corpus/inspection/lengths.ts';
import { NEAR_DUPLICATE } from '../src/corpus/leakage/leakage.ts';
import { openCorpus } from '../src/corpus/open-corpus.ts';
import { DEFAULT_SETTINGS } from '../src/corpus/settings.ts';
import { writtenExamples } from '../src/corpus/write-examples.ts';
import { streamFileAtomically } from '../src/foundation/files.ts';
import { writeCorpus } from './corpus-files.ts';
import { writeDistinct } from './distinct-sentences.ts';

const { positionals } = parseArgs({ allowPositionals: true });
const [action, format = '', ...rest] = positionals;

/** What is done with a corpus, to its end. @returns documents, or sentences, or examples. */
const ACTIONS: Readonly<Record<string, (folder: string) => Promise<number>>> = {
  read: async (folder) => {
    const opened = await openCorpus(folder);
    if (opened.format !== format) throw new Error(`recognised as ${opened.format}, not ${format}`);
    let pieces = 0;
    for await (const item of opened.items()) pieces += item.place.line > 0 ? 1 : 0;
    return pieces;
  },
  convert: async (folder) => {
    const stream = await ExampleStream.open(folder, DEFAULT_SETTINGS);
    let examples = 0;
    const counted = async function* () {
      for await (const example of stream.examples()) {
        examples++;
        yield example;
      }
    };
    await streamFileAtomically(join(folder, 'converted'), writtenExamples(counted(), 'jsonl'));
    return examples;
  },
  inspect: async (folder) => {
    const view = { counter: WORDS, limit: 126, similarity: NEAR_DUPLICATE, shown: 6, seed: 1 };
    return (await inspectCorpus(folder, DEFAULT_SETTINGS, view)).inspection.examples;
  },
};

if (action === 'write') {
  const [megabytes, folder] = [Number(rest[0]), rest[1]!];
  const write = format === 'distinct' ? writeDistinct : (bytes: number, to: string) => writeCorpus(format, bytes, to);
  console.log(JSON.stringify(write(megabytes * 1e6, folder)));
} else {
  const start = performance.now();
  const pieces = await ACTIONS[action!]!(rest[0]!);
  const seconds = (performance.now() - start) / 1000;
  console.log(JSON.stringify({ seconds, pieces, peakRssBytes: process.resourceUsage().maxRSS * 1024 }));
}
