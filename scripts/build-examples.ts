/**
 * Makes `examples/drug-relations.jsonl` of `examples/source/*.txt`, and of a part of it `examples/side-effects.csv` (`npm run generate:examples`), and
 * prints what is in it.
 *
 * Fails where a sentence stands twice, a document is continued elsewhere, or the name of a chemical stands somewhere without a mark.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'csv-stringify/sync';
import type { Example } from '../src/corpus/example.ts';
import { UserError } from '../src/foundation/errors.ts';
import { writeFileAtomically } from '../src/foundation/files.ts';
import { writeJsonLines } from '../src/foundation/json-lines.ts';
import { DIFFICULTIES, examplesOf, parseMarked, type MarkedSentence } from './marked-source.ts';

const folder = fileURLToPath(new URL('../examples/', import.meta.url));

/** All marked sentences of the sources, and their examples. @throws UserError with `file:line`. */
export async function sampleDataSet(): Promise<{ sentences: MarkedSentence[]; examples: Example[] }> {
  const files = (await readdir(join(folder, 'source'))).filter((name) => name.endsWith('.txt')).sort();
  const sentences: MarkedSentence[] = [];
  const documentFiles = new Map<string, string>();
  for (const file of files) {
    const parsed = parseMarked(await readFile(join(folder, 'source', file), 'utf8'), `examples/source/${file}`);
    for (const { document, where } of parsed) {
      if ((documentFiles.get(document) ?? file) !== file)
        throw new UserError(`document "${document}" stands in another file too`, { where });
      documentFiles.set(document, file);
    }
    sentences.push(...parsed);
  }
  checkSentences(sentences);
  const numbers = new Map<string, number>();
  const examples = sentences.flatMap((sentence) => {
    const number = (numbers.get(sentence.document) ?? 0) + 1;
    numbers.set(sentence.document, number);
    return examplesOf(sentence, number);
  });
  return { sentences, examples };
}

/** Documents of the table, by the beginnings of their names. */
const TABLE = /^(cardiology|neurology|infection|toxicology)-/;

/**
 * A part of the data set as people have such things: a table of their own columns, and no offsets. Does this drug have this side effect, according to
 * this sentence? Only pairs whose names stand once in it, so that they can be found.
 */
export function sideEffectsTable(examples: readonly Example[]): string {
  const isOnce = ({ text }: Example, name: string): boolean => text.split(name).length === 2;
  const rows = examples
    .filter(({ document, head, tail }) => TABLE.test(document) && head.type === 'Chemical' && tail.type === 'Disease')
    .filter((example) => isOnce(example, example.head.text) && isOnce(example, example.tail.text))
    .map(({ document, text, head, tail, relation }) => ({
      ...{ paper: document, sentence: text, drug: head.text, reaction: tail.text },
      label: relation === 'induces' ? 'side effect' : '',
    }));
  return stringify(rows, { header: true });
}

/** Names of chemicals that are ordinary words too. */
const ORDINARY_WORDS = new Set(['lead']);

function checkSentences(sentences: readonly MarkedSentence[]): void {
  const problems: string[] = [];
  const texts = new Set<string>();
  const chemicals = new Set<string>();
  for (const { text, mentions, where } of sentences) {
    if (texts.has(text)) problems.push(`${where}: the sentence stands twice`);
    texts.add(text);
    for (const { type, text: name } of mentions)
      if (type === 'Chemical' && !ORDINARY_WORDS.has(name.toLowerCase())) chemicals.add(name.toLowerCase());
  }
  for (const { text, mentions, where } of sentences) {
    let unmarked = text.toLowerCase();
    for (const { start, end } of mentions)
      unmarked = unmarked.slice(0, start) + '#'.repeat(end - start) + unmarked.slice(end);
    for (const word of unmarked.match(/[\p{L}\p{N}]+(?:-[\p{L}\p{N}]+)*/gu) ?? [])
      if (chemicals.has(word)) problems.push(`${where}: "${word}" is a chemical elsewhere, and not marked here`);
  }
  if (problems.length > 0) throw new UserError(problems.join('; '));
}

async function main(): Promise<void> {
  const { sentences, examples } = await sampleDataSet();
  await writeJsonLines(join(folder, 'drug-relations.jsonl'), examples);
  await writeFileAtomically(join(folder, 'side-effects.csv'), sideEffectsTable(examples));
  const words = sentences.map(({ text }) => text.split(/\s+/).length);
  console.log(
    `${sentences.length} sentences of ${Math.min(...words)} to ${Math.max(...words)} words, ${examples.length} examples`,
  );
  for (const difficulty of DIFFICULTIES) {
    const count = sentences.filter(({ difficulties }) => difficulties.includes(difficulty)).length;
    console.log(`  ${count} sentences with a pair that is ${difficulty}`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
