/** A run's report with everything in it, of any size and without a training: numbers are drawn, sentences made of a few words. */
import { ARMS } from '../../src/dare/arms/arms.ts';
import { configure } from '../../src/dare/presets.ts';
import type { MaskedExample, PreparedCorpus } from '../../src/dare/prepared-corpus.ts';
import type { ArmScores, Prediction, RunScores } from '../../src/dare/run-scores.ts';
import { RandomStream } from '../../src/foundation/random.ts';
import { WORDS } from '../../src/corpus/inspection/lengths.ts';
import { measureQuality } from '../../src/generation/quality/quality.ts';
import { findingsIn } from '../../src/report/run/data-inspection.ts';
import type { PoolReport, RunReport } from '../../src/report/run/run-data.ts';
import { sharedSpan } from '../../src/report/run/shared-span.ts';

export interface ReportSize {
  readonly arms: number;
  /** Classifiers of each arm. */
  readonly members: number;
  readonly relations: number;
  /** Test sentences; there are as many to train on. */
  readonly sentences: number;
}

const PLACEHOLDERS = [{ head: 'DRUG', tail: 'DISEASE' }];
const WORD_LIST =
  'patients treated with severe induced after therapy was observed reduced risk dose effects clinical trial'.split(' ');

export function syntheticReport({
  arms: armCount,
  members,
  relations: relationCount,
  sentences,
}: ReportSize): RunReport {
  const stream = RandomStream.named(1, 'synthetic report');
  const uniform = (low: number, high: number): number => low + (high - low) * stream.uniform();
  const arms = ARMS.slice(0, armCount);
  const relations = Array.from({ length: relationCount }, (_, i) => `relation ${i + 1}`);
  const labels = [...relations, null];
  const word = (): string => WORD_LIST[stream.integer(WORD_LIST.length)]!;
  const sentence = (): string =>
    [...Array.from({ length: 9 }, word), 'DRUG', ...Array.from({ length: 8 }, word), 'DISEASE', word(), '.'].join(' ');

  const examples = (part: string): MaskedExample[] =>
    Array.from({ length: sentences }, (_, i) => ({
      ...{ id: `${part}-${i}`, document: `${part}-${Math.floor(i / 5)}`, text: sentence() },
      relation: labels[stream.integer(labels.length)]!,
    }));
  const corpus: PreparedCorpus = {
    ...{ relations, placeholders: PLACEHOLDERS, types: [], testedOn: 'test' },
    ...{ train: examples('train'), validation: examples('validation').slice(0, 200), test: examples('test') },
  };

  const scored = () => {
    const f1 = uniform(0.5, 0.7);
    const interval: [number, number] = [f1 - 0.03, f1 + 0.03];
    return { precision: f1, recall: f1, f1, correct: 60, predicted: 100, gold: 100, interval };
  };
  const calibration = () => ({
    bins: Array.from({ length: 10 }, (_, i) => ({ confidence: (i + 0.5) / 10, accuracy: uniform(0, 1), count: 10 })),
    ...{ expectedError: 0.1, negativeLogLikelihood: 0.5, brierScore: 0.2 },
  });
  const armScores = (): ArmScores => ({
    ...scored(),
    macroF1: uniform(0.4, 0.6),
    relations: Object.fromEntries(relations.map((relation) => [relation, scored()])),
    members,
    memberF1: Array.from({ length: members }, () => uniform(0.45, 0.65)),
    thresholds: Array.from({ length: members }, () => uniform(0.2, 0.8)),
    collapse: { members: 0, retrainings: 0, remaining: 0 },
    confusion: { labels, counts: labels.map(() => labels.map(() => stream.integer(100))) },
    curve: {
      points: Array.from({ length: 100 }, (_, i) => {
        const recall = i / 100;
        return { threshold: 1 - recall, recall, precision: 1 - recall ** 2, f1: uniform(0.3, 0.7) };
      }),
      averagePrecision: uniform(0.5, 0.7),
    },
    calibration: { temperature: 1.2, before: calibration(), after: calibration() },
  });
  const scores: RunScores = {
    ...{ definition: 'Micro-F1 over the relations', relations },
    arms: Object.fromEntries(arms.map((arm) => [arm, armScores()])),
    comparisons: arms.slice(1).map((second) => ({
      ...{ first: arms[0]!, second, difference: 0.02, interval: [-0.01, 0.05], firstIsBetter: 0.9 },
      mcNemar: { onlyFirst: 40, onlySecond: 30, pValue: 0.2, adjusted: 0.4 },
      relations: Object.fromEntries(relations.map((name) => [name, { difference: 0.02, interval: [-0.02, 0.06] }])),
    })),
  };
  const predictions = corpus.test.map(({ id, document, relation }): Prediction => ({
    ...{ id, document, relation, probabilities: {} },
    predicted: Object.fromEntries(arms.map((arm) => [arm, labels[stream.integer(labels.length)]!])),
  }));

  const pools = relations.map((relation): PoolReport => {
    const gold = corpus.train.flatMap((each) => (each.relation === relation ? each.text : [])).slice(0, 100);
    const accepted = Array.from({ length: 100 }, sentence);
    const quality = measureQuality(accepted, gold, { placeholders: PLACEHOLDERS });
    const shown = accepted.slice(0, 12).map((text) => ({
      ...{ text, novelty: 0.5, longestCopy: 5 },
      nearest: { text: gold[0]!, similarity: 0.4, shared: sharedSpan(text, gold[0]!) },
    }));
    const counts = { accepted: 100, 'missing-mask': 40, 'too-short': 25, 'duplicate-of-gold': 5 };
    const dropped = Object.fromEntries(
      Object.keys(counts)
        .slice(1)
        .map((verdict) => [verdict, [sentence()]]),
    );
    return {
      relation,
      given: false,
      gold: gold.length,
      wanted: 100,
      accepted: 100,
      missing: 0,
      attempts: 170,
      counts,
      quality,
      shown,
      dropped,
    };
  });
  const epochs = (count: number) =>
    Array.from({ length: count }, (_, i) => ({
      ...{ epoch: i + 1, trainingLoss: uniform(0.2, 0.4) + 1 / (i + 1), validationLoss: uniform(0.4, 0.6) },
    }));
  const configuration = configure({ corpus: { path: 'corpus.jsonl' } });
  const device = 'cpu, a processor, 2 threads, ONNX Runtime 1.30.0';
  return {
    ...{ name: 'synthetic', folder: 'runs/synthetic', corpus, scores, predictions, pools },
    run: {
      ...{ folder: 'runs/synthetic', configuration, placeholders: PLACEHOLDERS },
      traits: { relations, placeholders: PLACEHOLDERS, types: [], testedOn: 'test' },
      index: { corpus: '', generators: {}, pools: {}, given: {}, members: {} },
    },
    configuration: 'seed: 1\n',
    members: arms.flatMap((arm) =>
      Array.from({ length: members }, (_, i) => ({ arm, number: i + 1, epochs: epochs(5) })),
    ),
    generators: relations.map((name) => ({ name, epochs: epochs(5) })),
    findings: findingsIn(corpus, WORDS, 126),
    log: {
      sessions: [{ dare: '0.1.0', node: '20.0.0', platform: 'linux x64' }],
      steps: [
        { name: 'corpus', kind: 'corpus', device: null, seconds: 2 },
        ...arms.map((arm) => ({ name: `${arm} member 1`, kind: 'member', device, seconds: 400 })),
      ],
      reused: ['generator relation 1'],
    },
  };
}
