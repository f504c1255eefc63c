/**
 * What goes beside a pretrained model: the card that says where it comes from and how good it is, and its learning curve as data and as a plot.
 *
 * All figures are those of the training; what only people know (where the text is from, its licence) is theirs to give.
 */
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { ModelConfig } from '../checkpoint/config.ts';
import { drawChart } from '../foundation/chart.ts';
import { asOneLine } from '../foundation/errors.ts';
import { kindAt, writeFileAtomically } from '../foundation/files.ts';
import { writeJsonLines } from '../foundation/json-lines.ts';
import type { Json } from '../foundation/hash.ts';
import { inWords } from '../foundation/names.ts';
import type { CurvePoint } from '../training/train-by-budget.ts';
import type { TextCorpus } from './corpus.ts';
import type { Objective } from './objective.ts';
import type { TokenStatistics } from './statistics.ts';

/** What the training does not know. */
export interface CardOptions {
  readonly title: string;
  /** How the training was asked for. */
  readonly command: string;
  /** Markdown: the text's sources and licences, what the model is for. */
  readonly notes?: string | undefined;
}

export interface CardContents extends CardOptions {
  readonly config: ModelConfig;
  readonly objective: Objective['name'];
  /** All settings that decide the weights: the command may have named a file of them only. */
  readonly settings: Readonly<Record<string, Json>>;
  /** Weights in all. */
  readonly parameters: number;
  readonly corpus: TextCorpus;
  readonly statistics: TokenStatistics;
  /** What the training started from: a model, or nothing. */
  readonly base: string | undefined;
  /** Devices it was trained on, in order. */
  readonly devices: readonly string[];
  readonly seconds: number;
  readonly curve: readonly CurvePoint[];
  /** The last sentences that a GPT-2 wrote. Held-out texts that a BERT completes are others' words, and not for a card that goes with a model. */
  readonly samples: readonly string[];
}

const CARD = 'README.md';

export const hasCard = async (folder: string): Promise<boolean> => (await kindAt(join(folder, CARD))) !== undefined;

/** Writes README.md, learning-curve.svg and learning-curve.jsonl into a model folder. */
export async function writeModelCard(folder: string, contents: CardContents): Promise<void> {
  await writeJsonLines(join(folder, 'learning-curve.jsonl'), contents.curve);
  await writeFileAtomically(join(folder, 'learning-curve.svg'), await drawCurve(contents.curve));
  await writeFileAtomically(join(folder, CARD), describeModel(contents));
}

/** Loss while training and on held-out text, by tokens. */
export async function drawCurve(curve: readonly CurvePoint[]): Promise<string> {
  const points = curve.flatMap(({ tokens, loss, heldOut }) => [
    ...(loss === undefined ? [] : [{ tokens: tokens / 1e6, loss, text: 'training' }]),
    ...(heldOut?.loss === undefined ? [] : [{ tokens: tokens / 1e6, loss: heldOut.loss, text: 'held out' }]),
  ]);
  return drawChart((plot) => ({
    width: 720,
    height: 360,
    marginLeft: 45,
    marginBottom: 40,
    grid: true,
    x: { label: 'million tokens' },
    y: { label: 'loss (nats a predicted token)', zero: false },
    color: { legend: false, domain: ['training', 'held out'], range: ['#94a3b8', '#c2410c'] },
    marks: [
      plot.line(points, { x: 'tokens', y: 'loss', stroke: 'text', strokeWidth: 1.5 }),
      plot.dot(points, {
        filter: ({ text }: { text: string }) => text === 'held out',
        x: 'tokens',
        y: 'loss',
        fill: 'text',
      }),
      ...['held out', 'training'].map((text, place) =>
        plot.text([text], { frameAnchor: 'top-right', dy: 14 * place, fill: () => text, text: () => `— ${text}` }),
      ),
    ],
  }));
}

const whole = new Intl.NumberFormat('en');
const figure = (value: number): string => String(Number(value.toPrecision(4)));

function describeModel(contents: CardContents): string {
  const { title, objective, settings, base, command, devices, seconds, notes, samples } = contents;
  const task = objective === 'causal' ? 'text-generation' : 'fill-mask';
  return [
    `---\nlibrary_name: transformers\npipeline_tag: ${task}\ntags: [dare]\n---`,
    `# ${title}`,
    `${describeArchitecture(contents)} ${base === undefined ? 'Trained from random weights' : `Trained from ${base}`} with \`dare pretrain\`.`,
    ...(notes === undefined ? [] : [notes.trim()]),
    '## Training',
    describeText(contents),
    `\`\`\`\n${command}\n\`\`\``,
    `The settings that decide the weights, as \`--config\` reads them (${base === undefined ? 'text and tokenizer are' : 'the text is'} given beside it):`,
    `\`\`\`yaml\n${stringify(settings)}\`\`\``,
    `${(seconds / 3600).toFixed(2)} hours, measurements included, on ${devices.join('; then ')}.`,
    '## On held-out text',
    describeHeldOut(contents),
    curveTable(contents.curve),
    '![Loss by tokens](learning-curve.svg)',
    ...(samples.length === 0
      ? []
      : [
          '## Sentences it writes',
          samples.map((text) => `> ${asOneLine(text).replaceAll(/([\\`*_<>[\]])/g, '\\$1')}`).join('\n\n'),
        ]),
  ]
    .join('\n\n')
    .concat('\n');
}

function describeArchitecture({ config, parameters }: CardContents): string {
  const [name, layers, width, heads, positions] =
    config.model_type === 'gpt2'
      ? ['GPT-2', config.n_layer, config.n_embd, config.n_head, config.n_positions]
      : [
          'BERT',
          config.num_hidden_layers,
          config.hidden_size,
          config.num_attention_heads,
          config.max_position_embeddings,
        ];
  return (
    `A ${name} of ${layers} layers, width ${width}, ${heads} attention heads, a vocabulary of ${whole.format(config.vocab_size)} ` +
    `and ${positions} positions: ${whole.format(parameters)} weights.`
  );
}

function describeText({ corpus, statistics, curve }: CardContents): string {
  const { documents, words, hash } = corpus;
  const tokens = curve.at(-1)?.tokens ?? 0;
  return (
    `${whole.format(documents)} documents of ${whole.format(words)} words, ${whole.format(statistics.tokens)} tokens a pass; ` +
    `${whole.format(tokens)} tokens were trained on, ${(tokens / statistics.tokens).toFixed(1)} passes. ` +
    `SHA-256 over the SHA-256 digests of the documents in order, held-out ones included: \`${hash}\`.`
  );
}

function describeHeldOut({ corpus, objective }: CardContents): string {
  const which = `Measured on ${whole.format(corpus.heldOutTexts.length)} documents that were not trained on, those whose text has the smallest SHA-256.`;
  return objective === 'causal'
    ? `${which} Perplexity is by token, bits per byte do not depend on the vocabulary.`
    : `${which} Of their tokens 15% are hidden, always the same ones; accuracy is the share of these that is found.`;
}

/** A row for each measurement on held-out text. */
function curveTable(curve: readonly CurvePoint[]): string {
  const rows = curve.filter((point) => point.heldOut !== undefined);
  const names = Object.keys(rows[0]?.heldOut ?? {});
  const header = ['update', 'tokens', 'hours', 'training loss', ...names.map(inWords)];
  const lines = rows.map(({ update, tokens, seconds, loss, heldOut }) => [
    whole.format(update),
    whole.format(tokens),
    (seconds / 3600).toFixed(2),
    loss === undefined ? '' : figure(loss),
    ...names.map((name) => figure(heldOut![name]!)),
  ]);
  return [header, header.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
