/**
 * Reads a corpus to its end and prints the seconds and the peak memory of the process, as one JSON line.
 *
 *   tsx bench/corpus.ts write FORMAT MEGABYTES FOLDER       makes one, of repeated sentences with fresh ids
 *   tsx bench/corpus.ts read FORMAT FOLDER
 */
import { parseArgs } from 'node:util';
import { openCorpus } from '../src/corpus/open-corpus.ts';
import { writeCorpus } from './corpus-files.ts';

const { positionals } = parseArgs({ allowPositionals: true });
const [action, format = '', ...rest] = positionals;
if (action === 'write') {
  console.log(JSON.stringify(writeCorpus(format, Number(rest[0]) * 1e6, rest[1]!)));
} else {
  const start = performance.now();
  const opened = await openCorpus(rest[0]!);
  if (opened.format !== format) throw new Error(`recognised as ${opened.format}, not ${format}`);
  let pieces = 0;
  for await (const item of opened.items()) pieces += item.place.line > 0 ? 1 : 0;
  const seconds = (performance.now() - start) / 1000;
  console.log(JSON.stringify({ seconds, pieces, peakRssBytes: process.resourceUsage().maxRSS * 1024 }));
}
