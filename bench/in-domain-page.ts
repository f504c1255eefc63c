/** docs/in-domain.md, from docs/results/in-domain-cdr.json. */
import type { PairedComparison } from '../src/dare/compare-arms.ts';
import { QUANTILES } from '../src/generation/quality/distributions.ts';
import type { Distribution } from '../src/generation/quality/distributions.ts';
import type { Diversity } from '../src/generation/quality/diversity.ts';
import { showSigned } from '../src/report/signed.ts';

interface EnsembleScores {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** 95%, of F1. */
  readonly interval: readonly number[];
  readonly memberF1: readonly number[];
}

/** By token over all sentences, and how that of a sentence is distributed. */
export type SentencesPerplexity = Distribution & { readonly overall: number };

/** What is measured of a generator. */
export interface GeneratorResult {
  /** On the development positives, before fine-tuning and after. */
  readonly perplexity: { readonly untuned: SentencesPerplexity; readonly tuned: SentencesPerplexity };
  readonly attempts: number;
  /** Sentences by the filter's verdict. */
  readonly counts: Readonly<Record<string, number>>;
  readonly accepted: number;
  readonly wanted: number;
  /** Words of the longest stretch that stands in gold, over accepted sentences. */
  readonly longestCopy: Distribution | null;
  readonly copiedFourGrams: number | null;
  readonly distinct: Diversity;
  readonly goldDistinct: Diversity;
  /** Of the accepted sentences under the PubMed model as it ships. */
  readonly pubmedPerplexity: SentencesPerplexity | null;
  readonly examples: readonly string[];
  readonly scores: EnsembleScores;
}

export interface InDomainResults {
  readonly machine: string;
  readonly corpus: {
    readonly positives: number;
    readonly train: number;
    readonly validation: number;
    readonly development: number;
    readonly developmentPositives: number;
  };
  readonly settings: {
    readonly epochs: number;
    readonly learningRate: number;
    readonly members: number;
    readonly classifier: string;
    /** How it is fine-tuned, in words. */
    readonly classifierTraining: string;
    readonly seed: number;
  };
  readonly generators: Readonly<Record<'random' | 'pubmed', GeneratorResult>>;
  readonly goldOnly: EnsembleScores;
  readonly goldPubmedPerplexity: SentencesPerplexity;
  readonly comparisons: readonly (PairedComparison & { readonly first: string; readonly second: string })[];
}

const percent = (part: number): string => `${(100 * part).toFixed(1)}%`;
/** Of all tokens together, and of a sentence: median, first and third quartile. */
const described = ({ overall, quantiles }: SentencesPerplexity): string => {
  const [first, median, third] = ([0.25, 0.5, 0.75] as const).map((share) =>
    quantiles[QUANTILES.indexOf(share)]!.toFixed(0),
  );
  return `${overall.toFixed(0)} (${median}; ${first}–${third})`;
};
const TITLES: Readonly<Record<string, string>> = {
  pubmed: 'DARE, generator from PubMed',
  random: 'DARE, generator from random weights',
  gold: 'gold only',
};

/** An end of an interval: what is not 0 is not shown as 0. */
const showBound = (value: number): string => showSigned(value, Math.abs(value) < 5e-4 ? 4 : 3);

/** What a comparison comes to, in a sentence. */
function conclusion(
  { first, second, difference, interval, mcNemar }: InDomainResults['comparisons'][number],
  scores: Readonly<Record<string, EnsembleScores>>,
): string {
  const [one, other] = [first, second].map((name) => TITLES[name]!.replace(', generator', ' with the generator'));
  if (interval[0] > 0 || interval[1] < 0)
    return `- ${one} is ${difference > 0 ? 'better' : 'worse'} than ${other} on this data and seed: the interval does not hold 0.`;
  // Recall over precision is in proportion to how often an ensemble says "related".
  const related = (name: string): number => scores[name]!.recall / scores[name]!.precision;
  const bolder = related(first) > related(second) ? one : other;
  const rest =
    mcNemar.pValue < 0.05
      ? ` They are not right equally often, though (McNemar’s test): that counts right answers to negatives too, which F1 does not, and ${bolder} says "related" more often.`
      : '';
  return `- Between ${one} and ${other} no difference in F1 can be told: the interval holds 0.${rest}`;
}

/** The generator that dare 0.1.0 had, by the same command. */
function aboutFourLayers({ generators: { pubmed, random }, goldOnly, comparisons }: InDomainResults): string {
  const { difference, interval } = comparisons.find(({ first, second }) => first === 'pubmed' && second === 'random')!;
  const [low, high] = interval.map(showBound);
  return (
    `With a generator of four layers, which dare 0.1.0 had, the same command gave an F1 of ${pubmed.scores.f1.toFixed(3)} from PubMed and of ${random.scores.f1.toFixed(3)} from random weights ` +
    `(${showSigned(difference)}, ${low} to ${high}), beside ${goldOnly.f1.toFixed(3)} of gold only, and ${percent(pubmed.accepted / pubmed.attempts)} of what was written from PubMed was accepted (\`docs/results/in-domain-cdr-4-layers.json\`).`
  );
}

/**
 * The page in Markdown. Every figure is of the results; what it means is said beside them.
 * @param fourLayers of the generator of dare 0.1.0.
 */
export function inDomainPage(results: InDomainResults, fourLayers: InDomainResults): string {
  const { corpus, settings, generators, goldOnly, comparisons } = results;
  const { random, pubmed } = generators;
  const row = (name: string, figure: (generator: GeneratorResult) => string): string =>
    `| ${name} | ${figure(random)} | ${figure(pubmed)} |`;
  const scores = (name: string, { precision, recall, f1, interval }: EnsembleScores): string =>
    `| ${name} | ${[precision, recall, f1].map((value) => value.toFixed(3)).join(' | ')} | ${interval.map((value) => value.toFixed(3)).join('–')} |`;
  return `# The in-domain stage

The paper first fine-tunes its GPT-2 on PubMed abstracts (its table 3). Here is what such a stage does at the size of the models that ship: a generator learned from PubMed abstracts
(\`dare/gpt2-small-pubmed\`) beside one of the same shape and the same tokenizer from random weights. A third arm, a model of this
size pretrained on general text, is missing because none was available. Everything below is written by one command:

    npx tsx bench/in-domain.ts --corpus PATH/TO/CDR --positives ${corpus.positives} --epochs ${settings.epochs} --learning-rate ${settings.learningRate} --classifier ${settings.classifier} --members ${settings.members}

Data: CDR, ${corpus.train} training sentences with ${corpus.positives} positives (a subsample), ${corpus.validation} for validation, taken out of the training documents; scored on the ${corpus.development}
sentences of its development data (${corpus.developmentPositives} positives). Both generators learn for ${settings.epochs} epochs at a learning rate of ${settings.learningRate}, which was not tuned for either. Ensembles of ${settings.members} classifiers (${settings.classifier === 'random' ? 'small ones from random weights, so that all knowledge of the language is the generator’s' : `\`${settings.classifier}\``}, ${settings.classifierTraining}). One seed.

The PubMed text holds the abstracts of CDR's training documents, without any label (and so those of the validation sentences, which are taken out of them), not its development documents: the models from PubMed, generator and
classifier, have read what the gold sentences are from, and nothing of what is scored.

## What is written

| | from random weights | from PubMed |
| --- | --- | --- |
${row('perplexity of development positives, before fine-tuning', ({ perplexity }) => described(perplexity.untuned))}
${row('the same, after', ({ perplexity }) => described(perplexity.tuned))}
${row('sentences written', ({ attempts }) => String(attempts))}
${row('accepted by the filter', ({ accepted, attempts }) => percent(accepted / attempts))}
${row('dropped: a mask is missing', ({ counts, attempts }) => percent((counts['missing-mask'] ?? 0) / attempts))}
${row('dropped: a mask stands twice', ({ counts, attempts }) => percent((counts['repeated-mask'] ?? 0) / attempts))}
${row('dropped: too short', ({ counts, attempts }) => percent((counts['too-short'] ?? 0) / attempts))}
${row('dropped: a copy of gold or of another', ({ counts, attempts }) => percent(((counts['duplicate-of-gold'] ?? 0) + (counts['duplicate-of-generated'] ?? 0)) / attempts))}
${row('4-grams that stand in gold', ({ copiedFourGrams }) => (copiedFourGrams === null ? '–' : percent(copiedFourGrams)))}
${row('longest stretch copied from gold, words (mean)', ({ longestCopy }) => longestCopy?.mean.toFixed(1) ?? '–')}
${row('perplexity of what was accepted, under the untuned PubMed model', ({ pubmedPerplexity }) => (pubmedPerplexity ? described(pubmedPerplexity) : '–'))}

Perplexities are by token of one vocabulary: of all sentences together, and in brackets that of a single sentence: median, and the middle half. Masks count as text; sentences are cut at the 128 tokens that the models read.

Gold itself, whose abstracts that model has read, has a perplexity of ${described(results.goldPubmedPerplexity)} under the untuned PubMed model; development positives, which it has not, have the first row's. A lower figure for what was written does not mean better sentences: with top-k 5 a model writes what it finds
likely, and that model is this one.

The first sentences that passed the filter:

${(['random', 'pubmed'] as const).map((name) => `- ${TITLES[name]!.replace('DARE, ', '')}\n${generators[name].examples.map((text) => `  - ${text.replaceAll(/([\\`*_<>[\]])/g, '\\$1')}`).join('\n')}`).join('\n')}

## What it is worth to the classifier

| ensemble | precision | recall | F1 | 95% interval |
| --- | --- | --- | --- | --- |
${scores('gold only', goldOnly)}
${scores(TITLES['random']!, random.scores)}
${scores(TITLES['pubmed']!, pubmed.scores)}

| difference in F1 | | 95% interval | McNemar p |
| --- | --- | --- | --- |
${comparisons.map(({ first, second, difference, interval, mcNemar }) => `| ${TITLES[first]} over ${TITLES[second]} | ${showSigned(difference)} | ${showBound(interval[0])} to ${showBound(interval[1])} | ${mcNemar.pValue.toPrecision(2)} |`).join('\n')}

${comparisons.map((each) => conclusion(each, { pubmed: pubmed.scores, random: random.scores, gold: goldOnly })).join('\n')}

Other seeds were not tried, and the intervals are of the sentences drawn, not of the trainings. ${aboutFourLayers(fourLayers)}

The same comparison over three seeds, with other sizes of ensemble and data, and the generator of four layers that dare 0.1.0 had: [table 3 of the reproduction](reproduction.md#table-3-a-vanilla-generator-and-one-adapted-to-the-field).
`;
}
