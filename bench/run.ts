/**
 * Speed beside PyTorch and Hugging Face of the same machine and hour: runs everyone in turn and writes docs/benchmarks.md.
 *
 *   npm run bench -- --python PYTHON --corpus CDR --vocabulary BERT_VOCABULARY --gpt2-vocabulary GPT2_VOCABULARY
 *                    [--only step|profile|sampling|epoch|pools|large|long-run|corpus|workers|gpu] [--steps 4] [--every 10]
 *
 * PYTHON has bench/peers/requirements.txt; CDR is the corpus's folder; the vocabularies are folders with bert-base-uncased's vocab.txt, and GPT-2's
 * vocab.json and merges.txt. Nothing else should run meanwhile. Each measured step is repeated before and after its peers, so that a machine that
 * changes speed shows. Steps and epoch are kept of every machine they were measured on.
 *
 *   npm run bench -- --only corpus [--formats pubtator,commands]  the speed of the corpus readers, and of dare data, which needs none of these
 *   npm run bench -- --only workers --corpus CDR                  an ensemble one after the other and side by side
 *   npm run bench -- --only large --python PYTHON [--model BERT-large]
 *                                                                 large models, or one of them
 *   npm run bench -- --only long-run [--device webgpu] [--models tiny]
 *                                                                 whether memory grows over long work, on the processor or on a GPU
 *   npm run bench -- --only gpu --python PYTHON --gpt2-vocabulary GPT2_VOCABULARY
 *                                                                 on a GPU, beside PyTorch with CUDA; --out FOLDER for the figures alone
 *   npm run bench -- --only none                                  the page once more, from the figures that are there
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measureCorpusSpeed } from './corpus-speed.ts';
import { GPU_SIZES, measureGpu } from './gpu.ts';
import {
  measureEpoch,
  measureProfiles,
  measureSampling,
  measureSteps,
  peerOf,
  peersOf,
  peerVersions,
} from './measure.ts';
import type { Peers } from './measure.ts';
import { AS_ON_INTEL } from './mkl.ts';
import { measureLarge, measureLongRun } from './memory.ts';
import { describe } from './page.ts';
import { measurePools } from './pools.ts';
import { renewed, resultsSchema } from './results.ts';
import type { Results } from './results.ts';
import { surroundingsNow } from './surroundings.ts';
import { measureWorkers } from './workers.ts';

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    corpus: { type: 'string', default: '' },
    vocabulary: { type: 'string', default: '' },
    'gpt2-vocabulary': { type: 'string', default: '' },
    only: { type: 'string' },
    steps: { type: 'string', default: '4' },
    every: { type: 'string', default: '10' },
    formats: { type: 'string' },
    model: { type: 'string', default: '' },
    // Of `long-run`.
    device: { type: 'string', default: 'cpu' },
    models: { type: 'string', default: 'small' },
    // Of `gpu`: on what PyTorch computes, and models that are large, or small enough for a program that stands in for a GPU.
    'peer-device': { type: 'string', default: 'cuda' },
    size: { type: 'string', default: 'full' },
    out: { type: 'string', default: 'docs' },
  },
});
const RESULTS = join(values.out, 'benchmarks.json');

/** What can be measured alone; `none` makes the page again of what was measured. */
const PARTS = [
  'step',
  'profile',
  'sampling',
  'epoch',
  'pools',
  'large',
  'long-run',
  'corpus',
  'workers',
  'gpu',
  'none',
] as const;
const only = PARTS.find((part) => part === values.only);
if (values.only !== undefined && only === undefined) throw new Error(`--only is one of ${PARTS.join(', ')}`);
/** A GPU is measured on request: not every machine has one. */
const wanted = (part: (typeof PARTS)[number]) => (only === undefined ? part !== 'gpu' : only === part);
const size = GPU_SIZES.find((each) => each === values.size);
if (!size) throw new Error(`--size is one of ${GPU_SIZES.join(', ')}`);
if (size === 'tiny' && values.out === 'docs')
  throw new Error('--size tiny gives no figures to publish: name another folder with --out');
mkdirSync(values.out, { recursive: true });
const previous: Results = existsSync(RESULTS) ? resultsSchema.parse(JSON.parse(readFileSync(RESULTS, 'utf8'))) : {};
/** Made ready when a table asks for them: that takes a compiler on some machines. */
let found: Peers | undefined;
const peers = (): Peers => (found ??= peersOf(values.python));
const { corpus, vocabulary, 'gpt2-vocabulary': gpt2Vocabulary } = values;
const longRunFlags = ['--device', values.device, '--size', values.models];
const alone = () => surroundingsNow();
const besidePeers = () => surroundingsNow(peerVersions(values.python));
/** With MKL as it is fastest. */
const besideFastest = () =>
  surroundingsNow({ ...peerVersions(values.python), ...(peers().isTold && { MKL: AS_ON_INTEL }) });
// Tables that are not measured now keep their figures, and what those were measured on.
const results: Results = {
  ...previous,
  ...(wanted('step') && {
    steps: renewed(previous.steps, { ...besidePeers(), ...measureSteps(peers(), Number(values.steps)) }),
  }),
  ...(wanted('profile') && { profiles: { ...alone(), ...measureProfiles() } }),
  ...(wanted('sampling') && { sampling: { ...besideFastest(), ...measureSampling(peers().fastest, gpt2Vocabulary) } }),
  ...(wanted('epoch') && {
    epoch: renewed(previous.epoch, {
      ...besidePeers(),
      ...measureEpoch(peers(), { corpus, vocabulary, every: Number(values.every) }),
    }),
  }),
  ...(wanted('pools') && {
    pools: { ...besideFastest(), ...(await measurePools(corpus, gpt2Vocabulary, peers().fastest)) },
  }),
  ...(wanted('large') && { large: measureLarge(peers().fastest, values.model, besideFastest(), previous.large) }),
  ...(wanted('long-run') && {
    longRun: measureLongRun(longRunFlags, alone(), previous.longRun),
  }),
  ...(wanted('corpus') && { corpus: measureCorpusSpeed(values.formats?.split(','), previous.corpus) }),
  ...(wanted('workers') && { workers: { ...alone(), ...measureWorkers(corpus) } }),
  ...(wanted('gpu') && {
    gpu: {
      ...besidePeers(),
      ...(await measureGpu(peerOf(values.python), {
        vocabulary: gpt2Vocabulary,
        size,
        peerDevice: values['peer-device'],
      })),
    },
  }),
};
writeFileSync(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
writeFileSync(join(values.out, 'benchmarks.md'), `${describe(results)}\n`);
