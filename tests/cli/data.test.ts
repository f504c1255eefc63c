/** `dare data`: what it prints, and the exit code. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { dareHere as dare } from '../support/command-here.ts';
import { writeTinyCorpus } from '../support/tiny-corpus.ts';
import { dare as dareInProcess, temporaryFolder } from './support.ts';

let folder: string;
let corpus: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  corpus = writeTinyCorpus(join(folder, 'corpus'));
  await mkdir(join(folder, 'empty'));
  await writeFile(join(folder, 'bad.jsonl'), '{"id":"1","text":"a b"}\n');
  await writeFile(join(folder, 'case.csv'), 'text,head,tail,relation\nA b,A,b,treats\nC d,C,d,Treats\n');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('data inspect', () => {
  it('prints a table of labels by split, what was dropped, and what stands out', async () => {
    const { code, stdout, stderr } = await dare(['data', 'inspect', corpus]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.split('\n');
    expect(lines[0]).toMatch(/^pubtator: 32 documents, \d+ sentences, 512 examples$/);
    expect(stdout).toMatch(/^ +train +paper +development +paper$/m);
    expect(stdout).toMatch(/^ {2}CID +\d+ +1,453 +\d+ *$/m);
    expect(stdout).toMatch(/^ {2}no relation /m);
    expect(stdout).toMatch(/^placeholders: DRUG and DISEASE; types: Chemical:Disease 512$/m);
    expect(stdout).toMatch(/^length in words and punctuation marks: median \d+, .* 0 \(0\.0%\) are cut to 126$/m);
  });

  it('tells of leakage, and of what was dropped', async () => {
    const path = join(folder, 'leaking.jsonl');
    const line = (id: string, split: string) =>
      JSON.stringify({
        ...{ id, split, text: 'Zinc cured it', relation: id === 'b' ? 'other' : 'treats' },
        head: { start: 0, end: 4, type: 'drug', text: 'Zinc' },
        tail: { start: 11, end: 13, type: 'disease', text: 'it' },
      });
    await writeFile(path, [line('a', 'train'), line('b', 'train'), line('c', 'test')].join('\n'));
    const { stdout } = await dare(['data', 'inspect', path, '--relations', 'treats', '--other-relations', 'drop']);
    expect(stdout).toMatch(/^leakage from train into test: 1 example with the same masked sentence$/m);
    expect(stdout).toMatch(/^ {2}pairs whose relation does not count +1 +1$/m);
  });

  it('prints one object with --json', async () => {
    const { code, stdout, stderr } = await dareInProcess(['data', 'inspect', corpus, '--json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /^\{"format":"pubtator","documents":32,"sentences":\d+,"examples":512,"relations":\{"CID":\d+\},"null":\d+,"warnings":\[\],/,
    );
    const {
      relations,
      null: nulls,
      splits,
    } = JSON.parse(stdout) as {
      relations: { CID: number };
      null: number;
      splits: Record<string, { examples: number }>;
    };
    expect(relations.CID + nulls).toBe(512);
    expect(splits).toMatchObject({ train: { examples: 384 }, development: { examples: 128 } });
  });

  it('writes a page', async () => {
    const html = join(folder, 'pages', 'corpus.html');
    const { code, stderr } = await dare(['data', 'inspect', corpus, '--html', html, '--shown', '1']);
    expect(code).toBe(0);
    expect(stderr).toContain(`the page is in ${html}`);
    const page = await readFile(html, 'utf8');
    expect(page).toMatch(/^<!doctype html>/);
    expect(page.match(/class="example"/g)!.length).toBe(2);
  });

  it('takes settings from flags, files and presets', async () => {
    const config = join(folder, 'inspect.yaml');
    await writeFile(config, 'window: 2\npairs: mentions\n');
    const wide = await dare(['data', 'inspect', corpus, '--config', config, '--json', '--preset', 'paper']);
    const { examples } = JSON.parse(wide.stdout) as { examples: number };
    expect(examples).toBeGreaterThan(128);
    const narrow = await dare(['data', 'inspect', corpus, '--config', config, '--window', '1', '--json']);
    expect(JSON.parse(narrow.stdout)).toMatchObject({ examples: 512 });
  });

  it('counts warnings, and makes them errors with --strict', async () => {
    const path = join(folder, 'case.csv');
    const { code, stdout } = await dare(['data', 'inspect', path, '--format', 'csv']);
    expect(code).toBe(0);
    expect(stdout).toContain(`warning: label-case: ${path}:3: the relation "Treats" is also written "treats"`);
    expect(stdout).toContain('labels that differ only in spelling: Treats, treats');
    const strict = await dare(['data', 'inspect', path, '--strict']);
    expect(strict).toMatchObject({ code: 2, stdout: '' });
    expect(strict.stderr).toContain('--strict makes this warning an error');
  });
});

describe('data convert', () => {
  it('goes to CSV and back without loss, and gives the same figures', async () => {
    const files = ['jsonl', 'csv', 'jsonl'].map((to, i) => ({ to, path: join(folder, `converted${i}.${to}`) }));
    let from = corpus;
    for (const { to, path } of files) {
      const { code, stdout } = await dare(['data', 'convert', from, '--to', to, '-o', path]);
      expect({ code, stdout }).toEqual({ code: 0, stdout: `512 examples written to ${path}\n` });
      from = path;
    }
    const [first, , last] = await Promise.all(files.map(({ path }) => readFile(path, 'utf8')));
    expect(last).toBe(first);
    const [before, after] = await Promise.all(
      [corpus, files[0]!.path].map(
        async (path) => JSON.parse((await dare(['data', 'inspect', path, '--json'])).stdout) as object,
      ),
    );
    const figures = ({ examples, relations, null: nulls, splits, lengths, leakage }: Record<string, unknown>) => ({
      examples,
      relations,
      nulls,
      splits,
      lengths,
      leakage,
    });
    expect(figures(after as Record<string, unknown>)).toEqual(figures(before as Record<string, unknown>));
  });

  it('writes to standard output without -o', async () => {
    const { code, stdout } = await dareInProcess(['data', 'convert', corpus, '--to', 'jsonl']);
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(512);
    expect(JSON.parse(lines[0]!)).toMatchObject({ split: 'development', document: '2000' });
  });

  it('writes what a preset counts', async () => {
    const path = join(folder, 'chemprot');
    await mkdir(path);
    const text = 'Lead blocks APC and binds TP53.';
    for (const [name, row] of [
      ['abstracts', `1\tLead.\t${text}`],
      [
        'entities',
        ['1\tT1\tCHEMICAL\t6\t10\tLead', '1\tT2\tGENE-Y\t18\t21\tAPC', '1\tT3\tGENE-N\t32\t36\tTP53'].join('\n'),
      ],
      ['relations', ['1\tCPR:4\tY \tINHIBITOR\tArg1:T1\tArg2:T2', '1\tCPR:2\tN\tBINDER\tArg1:T1\tArg2:T3'].join('\n')],
    ]) {
      await writeFile(join(path, `chemprot_training_${name}.tsv`), `${row}\n`);
    }
    const written = async (...flags: string[]): Promise<number> =>
      (await dare(['data', 'convert', path, '--to', 'jsonl', ...flags])).stdout.trimEnd().split('\n').length;
    expect(await written()).toBe(2);
    expect(await written('--preset', 'paper')).toBe(1);
  });

  it('reports to programs with --json', async () => {
    const path = join(folder, 'out.jsonl');
    const { stdout } = await dare(['data', 'convert', corpus, '--to', 'jsonl', '-o', path, '--json']);
    expect(JSON.parse(stdout)).toEqual({ examples: 512, out: path, dropped: {}, warnings: [] });
  });

  it('leaves nothing behind when it fails', async () => {
    const path = join(folder, 'failed', 'out.jsonl');
    const { code } = await dare(['data', 'convert', join(folder, 'bad.jsonl'), '--to', 'jsonl', '-o', path]);
    expect(code).toBe(2);
    expect(existsSync(path)).toBe(false);
  });
});

test('help: the group, and an example for each command', async () => {
  expect((await dare(['data', '--help'])).stdout).toMatch(/inspect .*\n.*convert /);
  for (const name of ['inspect', 'convert']) {
    const { code, stdout } = await dare(['data', name, '--help']);
    expect(code).toBe(0);
    for (const part of ['Examples:', `dare data ${name} `, '--format', 'strict ', '--json', 'Candidates:']) {
      expect(stdout).toContain(part);
    }
  }
});

test('bad usage and bad input: one line on standard error, exit code 2', async () => {
  const cases = [
    ['inspect'],
    ['inspect', join(folder, 'absent')],
    ['inspect', join(folder, 'empty')],
    ['inspect', join(folder, 'bad.jsonl')],
    ['inspect', corpus, '--format', 'pubtatr'],
    ['inspect', corpus, '--types', 'Chemical'],
    ['inspect', corpus, '--types', 'Gene:Gene'],
    ['inspect', corpus, '--mesh-tree', join(folder, 'absent.txt')],
    ['inspect', corpus, '--window', '0'],
    ['inspect', corpus, '--sentences', 'given'],
    ['inspect', corpus, '--tokenizer', join(folder, 'absent')],
    ['inspect', corpus, '--type-words', 'Chemical'],
    ['convert', corpus],
    ['convert', corpus, '--to', 'xml'],
    ['convert', corpus, '--to', 'csv', '-o', folder],
  ];
  const lines: string[] = [];
  for (const args of cases) {
    const { code, stdout, stderr } = await dare(['data', ...args, ...(args.length > 1 ? ['--quiet'] : [])]);
    expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: '' });
    lines.push(stderr.replaceAll(folder, 'FOLDER'));
  }
  expect(lines.join('')).toMatchInlineSnapshot(`
    "dare: missing required argument 'path'
    dare: FOLDER/absent: no such file or folder (check the path)
    dare: FOLDER/empty: the corpus is empty (name a file or folder with labelled sentences)
    dare: FOLDER/bad.jsonl:1: head: must be an object with start, end, type and text (an example has id, text, head, tail and relation)
    dare: --format: 'pubtatr' is not allowed (did you mean pubtator? allowed: auto, pubtator, bioc, ddi, chemprot, brat, semeval, tagged-tsv, tacred, opennre, masked-tsv, csv or jsonl)
    dare: --types: must be of the form head:tail
    dare: FOLDER/corpus: no examples were found (check that the entity types and relations are those that the corpus names; left out: 46 relations between other entity types)
    dare: FOLDER/absent.txt: no such file or folder (check the path)
    dare: --window: 0 is not allowed (allowed: a whole number, 1 or more)
    dare: document 2000: the format gives no sentences (choose a rule for sentences: plain or unicode)
    dare: FOLDER/absent: no such model folder (check the path)
    dare: --type-words: must be of the form type=WORD
    dare: --to is missing (give format to write)
    dare: --to: 'xml' is not allowed (allowed: jsonl or csv)
    dare: FOLDER: is a folder where a file was expected (name a file)
    "
  `);
});

const corpora = fileURLToPath(new URL('../../../shared/corpora', import.meta.url));

test.skipIf(!existsSync(corpora))(
  'CDR stands beside the paper’s counts (skipped where ../shared/corpora is absent)',
  async () => {
    const { stdout } = await dare([
      'data',
      'inspect',
      join(corpora, 'cdr'),
      '--mesh-tree',
      join(corpora, 'mesh/2017MeshTree.txt'),
    ]);
    expect(stdout).toMatch(/^examples +3,594 +3,597 +3,880 +3,876$/m);
    expect(stdout).toMatch(/^ {2}CID +1,457 +1,453 +1,563 *$/m);
  },
);
