/** A run's scores for other programs and for papers: Markdown, CSV, JSON. */
import { stringify } from 'csv-stringify/sync';
import type { Arm } from '../../dare/arms/arms.ts';
import type { ArmScores, Comparison, RunScores } from '../../dare/run-scores.ts';
import { headline, pairTitle, RELATION_INTERVALS, showDifference, showF1, showP, titleOf } from './headline.ts';
import { showSigned } from '../signed.ts';
import { costsOf, rerunCommand } from './making-section.ts';
import { armsOf } from './run-charts.ts';
import { poolTitle, TESTED_ON_WORDS, type RunReport } from './run-data.ts';

type Interval = readonly [number, number];
const between = ([low, high]: Interval, show: (value: number) => string): string => `${show(low)} – ${show(high)}`;

const row = (cells: readonly (string | number)[]): string =>
  `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;

/** A table's lines in Markdown, and an empty one. */
export const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] => [
  row(head),
  row(head.map((_, i) => (i === 0 ? '---' : '---:'))),
  ...rows.map(row),
  '',
];

/** Tables for a README or a paper's supplement. */
export function runMarkdown({ name, scores, corpus, pools }: RunReport): string {
  const scoredOn = `Scored on ${TESTED_ON_WORDS[corpus.testedOn]}: ${corpus.test.length} sentences`;
  return [
    ...scoresMarkdown(name, scoredOn, scores),
    ...(pools.length > 0
      ? table(
          ['written sentences', 'gold', 'written', 'accepted', 'missing'],
          pools.map((pool) => [poolTitle(pool), pool.gold, pool.attempts, pool.accepted, pool.missing]),
        )
      : []),
  ].join('\n');
}

/** What arms scored and how they compare. @param scoredOn what the scores are of, without the full stop. */
export function scoresMarkdown(name: string, scoredOn: string, scores: RunScores): string[] {
  const arms = armsOf(scores);
  return [
    `# ${name}`,
    '',
    headline(scores),
    '',
    `${scoredOn}. ${scores.definition}.`,
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
          ['one over the other', 'difference in F1', '95% interval', 'McNemar p', 'p, Holm'],
          scores.comparisons.map((comparison) => {
            const { difference, interval, mcNemar } = comparison;
            return [
              ...[pairTitle(comparison), showSigned(difference), between(interval, (value) => showSigned(value))],
              ...[showP(mcNemar.pValue), showP(mcNemar.adjusted)],
            ];
          }),
        )
      : []),
    ...(scores.comparisons.length > 0 && scores.relations.length > 1
      ? [
          ...table(
            ['difference in F1', ...scores.comparisons.map(pairTitle)],
            scores.relations.map((relation) => [
              relation,
              ...scores.comparisons.map(({ relations }) => showDifference(relations[relation]!)),
            ]),
          ),
          RELATION_INTERVALS,
          '',
        ]
      : []),
  ];
}

type Scored = Pick<ArmScores, 'precision' | 'recall' | 'f1' | 'interval' | 'gold'>;
type Difference = Pick<Comparison, 'difference' | 'interval'>;

/** A line for each arm over all relations and on each, then one for each comparison of two arms (`arm` over `against`), alike. */
export function runCsv({ scores }: Pick<RunReport, 'scores'>): string {
  const scored = (arm: Arm, relation: string, of: Scored) => ({
    ...{ arm, against: '', relation, precision: of.precision, recall: of.recall, f1: of.f1 },
    ...{ f1_low: of.interval[0], f1_high: of.interval[1], gold: of.gold },
    ...{ difference: '', difference_low: '', difference_high: '', mcnemar_p: '', mcnemar_p_holm: '' },
  });
  const compared = ({ first, second }: Comparison, relation: string, of: Difference) => ({
    ...{ arm: first, against: second, relation, precision: '', recall: '', f1: '', f1_low: '', f1_high: '', gold: '' },
    ...{ difference: of.difference, difference_low: of.interval[0], difference_high: of.interval[1] },
    ...{ mcnemar_p: '', mcnemar_p_holm: '' },
  });
  const arms = armsOf(scores).flatMap(({ arm, scores: own }) => [
    scored(arm, 'all', own),
    ...Object.entries(own.relations).map(([relation, each]) => scored(arm, relation, each)),
    ...(own.documents ? [scored(arm, 'facts of documents', own.documents)] : []),
  ]);
  const comparisons = scores.comparisons.flatMap((comparison) => [
    {
      ...compared(comparison, 'all', comparison),
      ...{ mcnemar_p: comparison.mcNemar.pValue, mcnemar_p_holm: comparison.mcNemar.adjusted },
    },
    ...Object.entries(comparison.relations).map(([relation, each]) => compared(comparison, relation, each)),
    ...(comparison.documents ? [compared(comparison, 'facts of documents', comparison.documents)] : []),
  ]);
  return stringify([...arms, ...comparisons], { header: true });
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
    pools: pools.map(({ relation, given, gold, wanted, accepted, missing, attempts, counts, quality }) => {
      // What is said of single sentences is left out.
      const measures = { ...quality, bySentence: undefined };
      return { relation, given, gold, wanted, accepted, missing, attempts, counts, quality: measures };
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
