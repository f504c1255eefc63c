/**
 * How diverse the sentences of corpora are, beside each other: `npx tsx scripts/corpus-diversity.ts examples/drug-relations.jsonl PATH/TO/CDR`.
 *
 * Distinct-n and self-BLEU depend on the number of sentences; every corpus is measured on as many as the smallest has, drawn without
 * replacement, and the mean over the seeds is printed. Sentences are taken as written, mentions unmasked, each once.
 */
import { ExampleStream } from '../src/corpus/examples.ts';
import { DEFAULT_SETTINGS } from '../src/corpus/settings.ts';
import { RandomStream } from '../src/foundation/random.ts';
import { UserError } from '../src/foundation/errors.ts';
import { diversityOf } from '../src/generation/quality/diversity.ts';
import { wordsOf } from '../src/generation/quality/words.ts';

const SEEDS = [1, 2, 3, 4, 5];

/** The sentences of a corpus that have a candidate pair, each once. */
async function sentencesOf(path: string): Promise<string[]> {
  const texts = new Set<string>();
  for await (const { text } of (await ExampleStream.open(path, DEFAULT_SETTINGS)).examples()) texts.add(text);
  return [...texts];
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const shown = (values: readonly number[]): string => mean(values).toFixed(3);

async function main(paths: readonly string[]): Promise<void> {
  if (paths.length === 0) throw new UserError('no corpus is named', { remedy: 'name files or folders' });
  const corpora: { path: string; sentences: string[] }[] = [];
  for (const path of paths) corpora.push({ path, sentences: await sentencesOf(path) });
  const size = Math.min(...corpora.map(({ sentences }) => sentences.length));
  console.log(`${size} sentences of each, mean of ${SEEDS.length} draws`);
  for (const { path, sentences } of corpora) {
    const draws = SEEDS.map((seed) => RandomStream.named(seed, 'corpus-diversity').sample(sentences, size));
    const diversities = draws.map(diversityOf);
    const words = draws.map((draw) => mean(draw.map((sentence) => wordsOf(sentence).length)));
    const distinct = [0, 1, 2].map((n) => shown(diversities.map((each) => each.distinct[n]!)));
    console.log(
      `${path}: ${mean(words).toFixed(1)} words and marks a sentence, distinct-1/2/3 ${distinct.join(' / ')}, ` +
        `self-BLEU ${shown(diversities.map((each) => each.selfBleu ?? 0))}`,
    );
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
