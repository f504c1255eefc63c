/** `dare pretrain` killed at random moments, carried on, and compared byte for byte with one that nothing disturbed: both objectives in turn. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RandomStream } from '../../src/foundation/random.ts';
import { carryOut, carryOutAndKill } from './killed-process.ts';
import { hashResults } from './results.ts';

const OBJECTIVES = { causal: 'byte-level-bpe', masked: 'wordpiece' } as const;
type Objective = keyof typeof OBJECTIVES;
/** Kills of one folder before it is finished and compared. */
const KILLS_A_FOLDER = 3;

export interface PretrainingKills {
  readonly kills: Readonly<Record<Objective, number>>;
  /** Files that differ from those of the undisturbed pretraining. */
  readonly different: readonly string[];
  readonly damage: readonly string[];
}

/** Kills pretrainings until `count` of them have been killed, or most of them came to their end before. */
export async function killPretrainings(
  root: string,
  { count, seed, tell }: { count: number; seed: number; tell: (line: string) => void },
): Promise<PretrainingKills> {
  const random = RandomStream.named(seed, 'kills of pretrainings');
  mkdirSync(root, { recursive: true });
  const text = join(root, 'texts.txt');
  const lines = Array.from(
    { length: 200 },
    (_, index) => `Patient ${index} took aspirin for ${index % 9} days and was well.`,
  );
  writeFileSync(text, lines.join('\n'));
  for (const kind of Object.values(OBJECTIVES)) {
    await carryOut(['tokenizer', 'train', '--kind', kind, '--vocabulary', '300', text, '--out', join(root, kind)]);
  }
  const size = ['--layers', '1', '--hidden-size', '16', '--heads', '2', '--length', '32', '--batch-size', '4'];
  const budget = ['--tokens', '30000', '--evaluations', '3', '--samples', '1', '--held-out', '5'];
  const pretraining = (objective: Objective, out: string): string[] => [
    ...['pretrain', '--objective', objective, '--text', text, '--tokenizer', join(root, OBJECTIVES[objective])],
    // A checkpoint after nearly every update, so that kills meet them half-written.
    ...[...size, ...budget, '--checkpoint-seconds', '0.01', '--out', out],
  ];
  const undisturbed: Partial<Record<Objective, Record<string, string>>> = {};
  const kills = { causal: 0, masked: 0 };
  const different: string[] = [];
  const damage: string[] = [];
  const folder = join(root, 'killed');
  let attempts = 0;
  for (let turn = 0; kills.causal + kills.masked < count && attempts < 4 * count; turn++) {
    const objective = turn % 2 === 0 ? 'causal' : 'masked';
    if (!undisturbed[objective]) {
      await carryOut(pretraining(objective, join(root, objective)));
      undisturbed[objective] = await modelOf(join(root, objective));
    }
    for (let inFolder = 0; inFolder < KILLS_A_FOLDER && kills.causal + kills.masked < count; inFolder++) {
      attempts++;
      // The last kill of a folder meets the end: the last measurement, the model, its card, the result.
      const isLast = inFolder === KILLS_A_FOLDER - 1;
      const moment = isLast
        ? { events: 1, milliseconds: random.integer(400) }
        : { events: 1 + random.integer(60), milliseconds: random.integer(80) };
      const { killed, notes } = await carryOutAndKill(pretraining(objective, folder), {
        ...moment,
        isAwaited: ({ kind, done = 0, total = 0 }) =>
          kind === 'step' && (!isLast || (total > 0 && done > 0.98 * total)),
      });
      damage.push(...notes);
      // It came to its end.
      if (!killed) break;
      kills[objective]++;
      tell(`${objective} pretraining: killed${isLast ? ' at its end' : ''}, ${JSON.stringify(moment)}`);
    }
    damage.push(...(await carryOut(pretraining(objective, folder))));
    const [whole, found] = [undisturbed[objective], await modelOf(folder)];
    const paths = new Set([...Object.keys(whole), ...Object.keys(found)]);
    different.push(...[...paths].filter((path) => whole[path] !== found[path]).map((path) => `${objective}: ${path}`));
    rmSync(folder, { recursive: true });
    tell(`${objective} pretraining: finished and compared, ${different.length} files differ`);
  }
  return { kills, different, damage };
}

/** Hashes of the model's files, and the learning curve without its times: all but what the card and the picture show of these. */
async function modelOf(folder: string): Promise<Record<string, string>> {
  const model = join(folder, 'model');
  const all = Object.entries(await hashResults(model)).filter(([path]) => !/README|learning-curve/.test(path));
  const curve = await readFile(join(model, 'learning-curve.jsonl'), 'utf8');
  return { ...Object.fromEntries(all), 'learning-curve.jsonl': curve.replaceAll(/"seconds":[\d.]+,/g, '') };
}
