import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeRandomModel } from '../../dare/random-model.ts';
import { randomTwin } from './vanilla-generator.ts';

let root: string;
beforeEach(async () => (root = await mkdtemp(join(tmpdir(), 'twin-'))));
afterEach(() => rm(root, { recursive: true }));

const texts = ['alpha was given before the level of beta was measured', 'the effect of lithium on seizures'];

it('has the shape of the model that is named, also where one of another stands', async () => {
  const folder = join(root, 'twin');
  for (const layers of [1, 2]) {
    const shape = { kind: 'gpt2' as const, layers, hiddenSize: 16, heads: 2, vocabulary: 300, maxLength: 64 };
    const adapted = join(root, `adapted-${layers}`);
    await writeRandomModel(adapted, { ...shape, texts, seed: 7 });
    expect(await randomTwin(adapted, folder, { offline: true })).toBe(folder);
    expect(JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'))).toMatchObject({ n_layer: layers });
    const weights = (path: string) => readFile(join(path, 'model.safetensors'));
    expect((await weights(folder)).equals(await weights(adapted))).toBe(false);

    const { ino } = await stat(folder);
    await randomTwin(adapted, folder, { offline: true });
    expect((await stat(folder)).ino).toBe(ino);
  }
});
