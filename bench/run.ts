/**
 * Speed beside PyTorch and Hugging Face of the same machine and hour: runs everyone in turn and writes docs/benchmarks.md.
 *
 *   npm run bench -- --python PYTHON --corpus CDR --vocabulary BERT_VOCABULARY --gpt2-vocabulary GPT2_VOCABULARY
 *                    [--only step|profile|sampling|epoch|pools|large|long-run|corpus|workers] [--steps 4]
 *
 * PYTHON has bench/peers/requirements.txt; CDR is the corpus's folder; the vocabularies are folders with bert-base-uncased's vocab.txt, and GPT-2's
 * vocab.json and merges.txt. Nothing else should run meanwhile. Each measured step is repeated before and after its peers, so that a machine that
 * changes speed shows.
 *
 *   npm run bench -- --only corpus [--formats pubtator,commands]  the speed of the corpus readers, and of dare data, which needs none of these
 *   npm run bench -- --only workers --corpus CDR                  an ensemble one after the other and side by side
 *   npm run bench -- --only long-run                              whether memory grows over a long training
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { measureCorpusSpeed } from './corpus-speed.ts';
import { measureEpoch, measureProfiles, measureSampling, measureSteps, peerOf, run, versionsWith } from './measure.ts';
import { longRunSchema, measureLarge } from './memory.ts';
import { describe } from './page.ts';
import { measurePools } from './pools.ts';
import { resultsSchema } from './results.ts';
import type { Results } from './results.ts';
import { measureWorkers } from './workers.ts';

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    corpus: { type: 'string', default: '' },
    vocabulary: { type: 'string', default: '' },
    'gpt2-vocabulary': { type: 'string', default: '' },
    only: { type: 'string' },
    steps: { type: 'string', default: '4' },
    fraction: { type: 'string', default: '0.1' },
    formats: { type: 'string' },
  },
});
const RESULTS = 'docs/benchmarks.json';

const wanted = (part: string) => values.only === undefined || values.only === part;
mkdirSync('docs', { recursive: true });
let previous: Partial<Results> = {};
try {
  previous = resultsSchema.parse(JSON.parse(readFileSync(RESULTS, 'utf8')));
} catch {
  // The first run, or one after the format changed.
}
const machine = `${cpus()[0]?.model.trim() ?? 'unknown'}, ${cpus().length} cores`;
const date = new Date().toISOString().slice(0, 10);
const peer = peerOf(values.python);
const { corpus, vocabulary, fraction, 'gpt2-vocabulary': gpt2Vocabulary } = values;
/** Rows that name their own machine and date leave those of the others as they are. */
const OWN_SURROUNDINGS = ['corpus', 'workers', 'long-run', 'large', 'pools', 'none'];
const surroundings =
  OWN_SURROUNDINGS.includes(values.only ?? '') && previous.machine && previous.versions && previous.date
    ? { machine: previous.machine, versions: previous.versions, date: previous.date }
    : { machine, versions: versionsWith(values.python), date };
const results: Results = {
  ...previous,
  ...surroundings,
  ...(wanted('step') && { steps: measureSteps(peer, values.steps) }),
  ...(wanted('profile') && { profiles: measureProfiles() }),
  ...(wanted('sampling') && { sampling: measureSampling(peer, gpt2Vocabulary) }),
  ...(wanted('epoch') && { epoch: measureEpoch(peer, { corpus, vocabulary, fraction }) }),
  ...(wanted('pools') && { pools: { machine, date, ...(await measurePools(corpus, gpt2Vocabulary, peer)) } }),
  ...(wanted('large') && {
    large: { machine, versions: versionsWith(values.python), date, ways: measureLarge(peer) },
  }),
  ...(wanted('long-run') && {
    longRun: longRunSchema.parse({
      ...(run('node', ['--expose-gc', '--import', 'tsx', 'bench/long-run.ts']) as object),
      ...{ machine, date },
    }),
  }),
  ...(wanted('corpus') && { corpus: measureCorpusSpeed(values.formats?.split(','), previous.corpus) }),
  ...(wanted('workers') && { workers: { ...measureWorkers(corpus), machine } }),
};
writeFileSync(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
writeFileSync('docs/benchmarks.md', `${describe(results)}\n`);
