/** A corpus in memory: all its examples, laid out by split. */
import type { CandidateRules } from './candidates/rules.ts';
import type { Example, Split } from './example.ts';
import { ExampleStream, type CorpusTally } from './examples.ts';
import { FactLog, type CorpusFacts } from './facts.ts';
import { DEFAULT_SETTINGS, type CorpusSettings } from './settings.ts';

export interface Corpus extends CorpusTally {
  /** Entity types of heads and tails, as settled for this corpus; `any` where it marks or lists its pairs itself. */
  types: CandidateRules['types'];
  /** By split; examples that name none are training data. */
  examples: Record<Split, Example[]>;
  /** What the documents say of concepts, where the corpus states that. */
  facts?: CorpusFacts;
}

/**
 * Reads a corpus: a folder or a file of a format that a reader knows.
 * @throws UserError where nothing there can be read, a file is malformed, it yields no examples, or two documents or
 * examples have one id.
 */
export async function readCorpus(path: string, settings: Partial<CorpusSettings> = {}): Promise<Corpus> {
  const stream = await ExampleStream.open(path, { ...DEFAULT_SETTINGS, ...settings });
  const examples: Corpus['examples'] = { train: [], development: [], test: [] };
  const log = new FactLog();
  for await (const example of stream.examples(log)) examples[example.split ?? 'train'].push(example);
  const facts = log.facts(stream.rules);
  return { ...stream.tally(), types: stream.rules.types, examples, ...(facts && { facts }) };
}
