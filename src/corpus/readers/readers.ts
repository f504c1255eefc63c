/** The formats that can be read. */
import { jsonLinesReader } from './jsonl.ts';
import { pubTatorReader } from './pubtator.ts';
import type { CorpusReader } from './reader.ts';

/**
 * Where a folder holds one corpus in two formats (the same file names but for the format's part), the one listed first
 * here is read.
 */
export const READERS: readonly CorpusReader[] = [pubTatorReader, jsonLinesReader];
