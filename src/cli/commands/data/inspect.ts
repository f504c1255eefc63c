/** `dare data inspect`: what is in a corpus, what is wrong with it, what a model will read. */
import { basename } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { DROP_REASONS, type DropReason } from '../../../corpus/candidates/drops.ts';
import { SPLITS } from '../../../corpus/example.ts';
import { inspectCorpus, type Inspection } from '../../../corpus/inspection/inspect.ts';
import { WORDS, type TokenCounter } from '../../../corpus/inspection/lengths.ts';
import { describeLeak, NEAR_DUPLICATE } from '../../../corpus/leakage/leakage.ts';
import { describePlaceholders } from '../../../corpus/placeholders.ts';
import { describeWarning } from '../../../corpus/readers/warnings.ts';
import { corpusSettingsSchema } from '../../../corpus/settings.ts';
import { writeFileAtomically } from '../../../foundation/files.ts';
import type { Monitor } from '../../../foundation/progress.ts';
import { addConfigurationFlags, readConfiguration } from '../../configuration.ts';
import { addSessionOptions, withSession } from '../../session.ts';
import { corpusPresets } from './corpus-presets.ts';
import { plainTable } from '../../table.ts';

const view = { heading: 'what is shown' };

export const inspectSchema = z.object({
  ...corpusSettingsSchema.shape,
  maxLength: z.int().min(16).default(128).describe('tokens that a model reads of a sentence').meta(view),
  tokenizer: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('model folder or hub name whose tokens are counted; words and punctuation marks when left out')
    .meta({ ...view, placeholder: 'model' }),
  similarity: z
    .number()
    .min(0.5)
    .max(1)
    .default(NEAR_DUPLICATE)
    .describe('shared word pairs, as a part of all, of sentences that count as near-duplicates')
    .meta(view),
  shown: z.int().min(1).max(100).default(6).describe('examples shown of each label').meta(view),
  seed: z.int().min(0).default(1).describe('chooses the examples shown').meta(view),
});
type InspectSettings = z.infer<typeof inspectSchema>;

const EXAMPLES = `
Examples:
  dare data inspect PATH/TO/CDR
  dare data inspect PATH/TO/CDR --mesh-tree 2017MeshTree.txt --html cdr.html
  dare data inspect PATH/TO/ChemProt --preset paper --json
  dare data inspect mine.csv --columns relation=label,text=sentence --strict

With --json prints one object: {"format","documents","sentences","examples","relations":{name:count},"null":count,"warnings":[…],…}.`;

export function addInspectCommand(data: Command): void {
  const command = data
    .command('inspect')
    .description('count and check what is in a corpus')
    .argument('<path>', 'file or folder of the corpus')
    .option('--html <file>', 'write a page with charts and examples, in one file')
    .option('--offline', 'take a named tokenizer from the cache only');
  addConfigurationFlags(command, inspectSchema, corpusPresets);
  addSessionOptions(command)
    .addHelpText('after', EXAMPLES)
    .action((path: string) =>
      withSession(command, async ({ monitor, json, print }) => {
        const settings = await readConfiguration(command, inspectSchema, corpusPresets);
        const { html, offline = false } = command.opts<{ html?: string; offline?: boolean }>();
        const { counter, limit } = await counterOf(settings, offline, monitor);
        const found = await inspectCorpus(path, settings, { ...settings, counter, limit });
        if (html !== undefined) {
          const { inspectionPage } = await import('../../../report/inspection-page.ts');
          await writeFileAtomically(html, await inspectionPage(path, found.inspection, found.shown));
          monitor.note(`the page is in ${html}`);
        }
        if (json) await print(JSON.stringify(found.inspection));
        else for (const line of describe(found.inspection)) await print(line);
      }),
    );
}

/** Special tokens that BERT and GPT-2 put around a sentence. */
const SPECIAL_TOKENS = 2;

async function counterOf(
  { tokenizer: name, maxLength }: InspectSettings,
  offline: boolean,
  monitor: Monitor,
): Promise<{ counter: TokenCounter; limit: number }> {
  const limit = maxLength - SPECIAL_TOKENS;
  if (name === null) return { counter: WORDS, limit };
  const { resolveModel } = await import('../../../checkpoint/hub.ts');
  const { loadTokenizer } = await import('../../../text/load-tokenizer.ts');
  const tokenizer = await loadTokenizer(await resolveModel(name, { offline, monitor }));
  return { counter: { unit: `tokens of ${basename(name)}`, count: (text) => tokenizer.encode(text).length }, limit };
}

const number = (value: number): string => value.toLocaleString('en');
const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;

/** An inspection as lines for people. */
function describe(inspection: Inspection): string[] {
  const { format, documents, sentences, examples, lengths, duplicates, contradictions, labels } = inspection;
  const { leakage, warnings, placeholders } = inspection;
  const atLeast = lengths.unit === WORDS.unit ? ' at least' : '';
  return [
    `${format}: ${number(documents)} documents, ${number(sentences)} sentences, ${number(examples)} examples`,
    '',
    countTable(inspection),
    ...(inspection.paper ? ['', `nearest to the paper's counts: ${inspection.paper.nearest}`] : []),
    ...dropTable(inspection),
    '',
    `placeholders: ${describePlaceholders(placeholders)}; types: ${typeList(inspection)}`,
    `length in ${lengths.unit}: median ${lengths.median}, 95% up to ${lengths.percentile95}, longest ${lengths.longest};` +
      `${atLeast} ${number(lengths.longer)} (${percent(lengths.share)}) are cut to ${lengths.limit}`,
    `duplicates: ${number(duplicates.examples)} examples repeat the masked sentence and label of another`,
    `contradictions: ${number(contradictions.sentences)} masked sentences have several labels (${number(contradictions.examples)} examples)`,
    ...labels.alike.map((names) => `labels that differ only in spelling: ${names.join(', ')}`),
    ...(labels.rare.length > 0 ? [`relations with fewer than 10 examples: ${labels.rare.join(', ')}`] : []),
    ...leakage.map(describeLeak),
    ...warnings.map((warning) => `warning: ${describeWarning(warning)}`),
  ];
}

/** Pairs of types that a line has room for. */
const TYPES_LISTED = 4;

function typeList({ types }: Inspection): string {
  const listed = Object.entries(types).map(([pair, count]) => `${pair} ${number(count)}`);
  const more = listed.length - TYPES_LISTED;
  return listed.slice(0, TYPES_LISTED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** Examples of each label and split, beside the paper's where it has them. */
function countTable({ relations, splits, paper }: Inspection): string {
  const there = SPLITS.filter((split) => splits[split]);
  const head = there.flatMap((split) => [split, ...(paper ? ['paper'] : [])]);
  const table = plainTable(['', ...head]);
  const row = (
    name: string,
    own: (split: (typeof there)[number]) => number,
    papers: (split: (typeof there)[number]) => number | undefined,
  ): void => {
    table.push([
      name,
      ...there.flatMap((split) => {
        const figure = papers(split);
        return [number(own(split)), ...(paper ? [figure === undefined ? '' : number(figure)] : [])];
      }),
    ]);
  };
  row(
    'documents with examples',
    (split) => splits[split]!.documents,
    () => undefined,
  );
  row(
    'examples',
    (split) => splits[split]!.examples,
    (split) => paper?.examples[split],
  );
  for (const relation of Object.keys(relations)) {
    row(
      `  ${relation}`,
      (split) => splits[split]!.relations[relation] ?? 0,
      (split) => (split === 'train' ? paper?.relations[relation] : undefined),
    );
  }
  row(
    '  no relation',
    (split) => splits[split]!.null,
    () => undefined,
  );
  return table.toString();
}

function dropTable({ dropped }: Inspection): string[] {
  const entries = Object.entries(dropped) as [DropReason, { pairs: number; related: number }][];
  if (entries.length === 0) return [];
  const table = plainTable(['not made into examples', 'all', 'related']);
  for (const [reason, { pairs, related }] of entries) {
    table.push([`  ${DROP_REASONS[reason]}`, number(pairs), number(related)]);
  }
  return ['', table.toString()];
}
