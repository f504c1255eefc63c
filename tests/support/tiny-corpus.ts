/** A small corpus of our own sentences in CDR's format, and a configuration with which a run takes seconds. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RandomStream } from '../../src/foundation/random.ts';
import { runConfigurationSchema } from '../../src/dare/configuration.ts';
import type { RunConfiguration } from '../../src/dare/configuration.ts';

const DRUGS = ['lithium', 'cisplatin', 'warfarin', 'morphine', 'digoxin', 'phenytoin', 'halothane', 'captopril'];
const DISEASES = [
  'nephropathy',
  'neutropenia',
  'hepatitis',
  'hypotension',
  'seizures',
  'dyskinesia',
  'anemia',
  'psychosis',
];
const RELATED = [
  'DRUG induced DISEASE in two of the treated patients .',
  'we report a case of severe DISEASE after DRUG was given for a week .',
  'DISEASE is a well known adverse effect of DRUG in elderly patients .',
  'DISEASE developed during treatment with DRUG and resolved when it was stopped .',
];
const UNRELATED = [
  'DRUG was given to patients who had been admitted with DISEASE .',
  'no case of DISEASE was seen among the patients who took DRUG .',
  'DRUG is widely used in the treatment of DISEASE .',
  'the effect of DRUG on DISEASE was not studied in this trial .',
];

interface Annotation {
  start: number;
  text: string;
  type: 'Chemical' | 'Disease';
  id: string;
}

/** One PubTator document of a title and some sentences, each with one drug and one disease. */
function documentText(id: number, stream: RandomStream): string {
  const title = `Report ${id} of a small study .`;
  const annotations: Annotation[] = [];
  const relations = new Set<string>();
  const sentences: string[] = [];
  const drugs = stream.shuffle(DRUGS);
  const diseases = stream.shuffle(DISEASES);
  let offset = title.length + 1;
  for (let index = 0; index < 4; index++) {
    const isRelated = stream.uniform() < 0.4;
    const template = (isRelated ? RELATED : UNRELATED)[stream.integer(4)]!;
    const [drug, disease] = [drugs[index]!, diseases[index]!];
    const parts = template.split(/(DRUG|DISEASE)/);
    let sentence = '';
    for (const part of parts) {
      const isDrug = part === 'DRUG';
      if (!isDrug && part !== 'DISEASE') {
        sentence += part;
        continue;
      }
      const text = isDrug ? drug : disease;
      const type = isDrug ? 'Chemical' : 'Disease';
      const concept = isDrug ? `C${DRUGS.indexOf(drug)}` : `D${DISEASES.indexOf(disease)}`;
      annotations.push({ start: offset + sentence.length, text, type, id: concept });
      sentence += text;
    }
    if (isRelated) relations.add(`C${DRUGS.indexOf(drug)}\tD${DISEASES.indexOf(disease)}`);
    sentences.push(sentence);
    offset += sentence.length + 1;
  }
  return [
    `${id}|t|${title}`,
    `${id}|a|${sentences.join(' ')}`,
    ...annotations.map(({ start, text, type, id: concept }) =>
      [id, start, start + text.length, text, type, concept].join('\t'),
    ),
    ...[...relations].map((pair) => `${id}\tCID\t${pair}`),
    '',
  ].join('\n');
}

/** Writes training and development files into a folder. */
export function writeTinyCorpus(folder: string): string {
  mkdirSync(folder, { recursive: true });
  const stream = RandomStream.named(11, 'tiny corpus');
  const file = (first: number, count: number) =>
    Array.from({ length: count }, (_, index) => documentText(first + index, stream)).join('\n');
  writeFileSync(join(folder, 'CDR_TrainingSet.PubTator.txt'), file(1000, 24));
  writeFileSync(join(folder, 'CDR_DevelopmentSet.PubTator.txt'), file(2000, 8));
  return folder;
}

/** Seconds on two cores. */
export function tinyConfiguration(corpus: string): RunConfiguration {
  return runConfigurationSchema.parse({
    corpus: { path: corpus },
    generator: {
      model: 'random',
      layers: 1,
      hiddenSize: 32,
      heads: 2,
      vocabulary: 400,
      epochs: 30,
      batchSize: 8,
      learningRate: 1e-2,
      maxLength: 48,
    },
    sampling: { maxTokens: 40, maxWords: 20, batchSize: 16, poolFactor: 1.5, attempts: 4 },
    filter: { minimumWords: 5 },
    classifier: {
      model: 'random',
      layers: 1,
      hiddenSize: 32,
      heads: 2,
      vocabulary: 400,
      epochs: 3,
      batchSize: 16,
      learningRate: 3e-3,
      maxLength: 48,
    },
    // Its classifiers hardly learn anything; they are tried once.
    ensemble: { size: 2, retries: 0 },
    threads: 2,
  });
}
