/** The formats that can be read. */
import { bioCReader } from './bioc.ts';
import { bratReader } from './brat.ts';
import { chemProtReader } from './chemprot.ts';
import { csvReader } from './csv.ts';
import { ddiReader } from './ddi.ts';
import { jsonLinesReader } from './jsonl.ts';
import { maskedTsvReader } from './masked-tsv.ts';
import { openNreReader } from './opennre.ts';
import { pubTatorReader } from './pubtator.ts';
import type { CorpusReader } from './reader.ts';
import { semEvalReader } from './semeval.ts';
import { tacredReader } from './tacred.ts';
import { taggedTsvReader } from './tagged-tsv.ts';

/**
 * Where a folder holds one corpus in two formats (the same file names but for the format's part), the one listed first
 * here is read.
 */
export const READERS: readonly CorpusReader[] = [
  pubTatorReader,
  bioCReader,
  ddiReader,
  chemProtReader,
  bratReader,
  semEvalReader,
  taggedTsvReader,
  tacredReader,
  openNreReader,
  maskedTsvReader,
  csvReader,
  jsonLinesReader,
];
