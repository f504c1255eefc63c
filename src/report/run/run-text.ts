/** A run's scores for other programs and for papers: Markdown, CSV, JSON. */
import { stringify } from 'csv-stringify/sync';
import type { Arm } from '../../dare/arms/arms.ts';
import type { ArmScores } from '../../dare/run-scores.ts';
import { headline, showF1, showP, showSigned, titleOf } from './headline.ts';
import { costsOf, rerunCommand } from './making-section.ts';
import { armsOf } from './run-charts.ts';
import { TESTED_ON_WORDS, type RunReport } from './run-data.ts';

type Interval = readonly [number, number];
const between = ([low, high]: Interval, show: (value: number) => string): string => `${show(low)} – ${show(high)}`;

const row = (cells: readonly (string | number)[]): string =>
  `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;

/** Tables for a README or a paper's supplement. */
export function runMarkdown({ name, scores, corpus, pools }: RunReport): string {
  const arms = armsOf(scores);
  const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] => [
    row(head),
    row(head.map((_, i) => (i === 0 ? '---' : '---:'))),
    ...rows.map(row),
    '',
  ];
  return [
    `# ${name}`,
    '',
    headline(scores),
    '',
    `Scored on ${TESTED_ON_WORDS[corpus.testedOn]}: ${corpus.test.length} sentences. ${scores.definition}.`,
    '',
    ...table(
      ['arm', 'precision', 'recall', 'F1', '95% interval', 'macro-F1', 'classifiers'],
      arms.map(({ arm, scores: own }) => [
        ...[titleOf(arm), showF1(own.precision), showF1(own.recall), showF1(own.f1)],
        ...[between(own.interval, showF1), showF1(own.macroF1), own.members],
      ]),
    ),
    ...(scores.relations.length > 1
      ? table(
          ['F1', ...arms.map(({ arm }) => titleOf(arm))],
          scores.relations.map((relation) => [
            relation,
            ...arms.map(({ scores: own }) => showF1(own.relations[relation]!.f1)),
          ]),
        )
      : []),
    ...(scores.comparisons.length > 0
      ? table(
          ['against', 'difference in F1', '95% interval', 'McNemar p', 'p, Holm'],
          scores.comparisons.map(({ second, difference, interval, mcNemar }) => [
            ...[titleOf(second), showSigned(difference), between(interval, showSigned)],
            ...[showP(mcNemar.pValue), showP(mcNemar.adjusted)],
          ]),
        )
      : []),
    ...(pools.length > 0
      ? table(
          ['written sentences', 'gold', 'written', 'accepted', 'missing'],
          pools.map(({ relation, gold, attempts, accepted, missing }) => [relation, gold, attempts, accepted, missing]),
        )
      : []),
  ].join('\n');
}

/** A line for each arm and relation, and one for each arm over all relations. */
export function runCsv({ scores }: RunReport): string {
  const line = (
    arm: Arm,
    relation: string,
    of: Pick<ArmScores, 'precision' | 'recall' | 'f1' | 'interval' | 'gold'>,
  ) => ({
    ...{ arm, relation, precision: of.precision, recall: of.recall, f1: of.f1 },
    ...{ f1_low: of.interval[0], f1_high: of.interval[1], gold: of.gold },
  });
  const lines = armsOf(scores).flatMap(({ arm, scores: own }) => [
    line(arm, 'all', own),
    ...Object.entries(own.relations).map(([relation, each]) => line(arm, relation, each)),
    ...(own.documents ? [line(arm, 'facts of documents', own.documents)] : []),
  ]);
  return stringify(lines, { header: true });
}

/** What the page shows, without the sentences of the corpus. */
export function runJson(report: RunReport): string {
  const { name, scores, pools, members, generators, findings, log, run, corpus } = report;
  const { train, validation, test, testedOn } = corpus;
  const { lengths, duplicates, contradictions, labels, leakage } = findings;
  const shown = {
    name,
    headline: headline(scores),
    corpus: { train: train.length, validation: validation.length, test: test.length, testedOn },
    scores,
    pools: pools.map(({ relation, gold, wanted, accepted, missing, attempts, counts, quality }) => {
      // What is said of single sentences is left out.
      const measures = { ...quality, bySentence: undefined };
      return { relation, gold, wanted, accepted, missing, attempts, counts, quality: measures };
    }),
    generators,
    members,
    data: {
      ...{ lengths, labels, duplicates: duplicates.examples, contradictions: contradictions.sentences },
      leakage: leakage.map((leak) => ({ ...leak, samples: undefined })),
    },
    log,
    costs: costsOf(report),
    command: rerunCommand(report),
    configuration: run.configuration,
  };
  return `${JSON.stringify(shown, null, 2)}\n`;
}
