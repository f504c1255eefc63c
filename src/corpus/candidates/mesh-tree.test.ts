import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MeshTree } from './mesh-tree.ts';

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'mesh-'))));
afterAll(() => rm(folder, { recursive: true }));

const read = async (content: string): Promise<MeshTree> => {
  const path = join(folder, 'tree.txt');
  await writeFile(path, content);
  return MeshTree.read(path);
};

const HEADER = 'Tree Number\tDesc Ui\tTerm\n';

describe('MeshTree', () => {
  it('knows what is broader, at any of a concept’s places, with and without the prefix MESH:', async () => {
    const tree = await read(`${HEADER}C10\tD1\tNerves\nC10.1\tD2\tFits\nF3.1\tD2\tFits\n`.replace('F3.1', 'F03.1'));
    expect(tree.isBroader('D1', 'D2')).toBe(true);
    expect(tree.isBroader('MESH:D1', 'mesh:D2')).toBe(true);
    expect(tree.isBroader('D2', 'D1')).toBe(false);
    expect(tree.isBroader('D1', 'D1')).toBe(false);
    expect(tree.isBroader('D1', 'D99')).toBe(false);
  });

  it('takes no number for broader that only begins alike', async () => {
    const tree = await read(`${HEADER}C10.1\tD1\ta\nC10.12\tD2\tb\n`);
    expect(tree.isBroader('D1', 'D2')).toBe(false);
  });

  it('may have no header', async () => {
    expect((await read('C10\tD1\ta\nC10.1\tD2\tb\n')).isBroader('D1', 'D2')).toBe(true);
  });

  it.each([
    ['another file', `${HEADER}aspirin cured pain\n`, 'tree.txt:2: not a line of the MeSH tree'],
    ['no lines', HEADER, 'tree.txt: the MeSH tree is empty'],
  ])('refuses %s', async (_, content, message) => {
    await expect(read(content)).rejects.toThrow(message);
  });
});
