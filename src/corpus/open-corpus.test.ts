import { describe, expect, it } from 'vitest';
import { readFiles, readingError } from '../../tests/support/corpus-files.ts';
import { CORPUS_SAMPLES } from '../../tests/support/corpus-samples.ts';

const sample = (format: string): string => {
  const { files, main } = CORPUS_SAMPLES.find((each) => each.format === format)!;
  return String(files[main]);
};

describe('openCorpus', () => {
  it('does not choose between two formats', async () => {
    const files = { 'TRAIN_FILE.TXT': sample('semeval'), 'train.tsv': sample('tagged-tsv') };
    const error = await readingError(files);
    expect(error.message).toBe(
      '.: the format is not clear, it could be semeval (TRAIN_FILE.TXT) or tagged-tsv (train.tsv) (choose with --format semeval or --format tagged-tsv)',
    );
    const chosen = await readFiles(files, { format: 'tagged-tsv' });
    expect(chosen.items).toHaveLength(2);
    expect(chosen.warnings).toEqual([
      expect.stringMatching(/^file-not-read 1 .*TRAIN_FILE.TXT: it is not tagged-tsv$/),
    ]);
  });

  it('reads one corpus in two forms once', async () => {
    const { format, items } = await readFiles({
      'CDR_TrainingSet.BioC.xml': sample('bioc'),
      'CDR_TrainingSet.PubTator.txt': sample('pubtator'),
    });
    expect(format).toBe('pubtator');
    expect(items).toHaveLength(2);
  });

  it('has nothing against the other form in strict mode', async () => {
    const { items } = await readFiles(
      { 'train.BioC.xml': sample('bioc'), 'train.PubTator.txt': sample('pubtator') },
      { strict: true },
    );
    expect(items).toHaveLength(2);
  });

  it('takes the two forms for two corpora when their names differ', async () => {
    const error = await readingError({ 'dev.BioC.xml': sample('bioc'), 'train.PubTator.txt': sample('pubtator') });
    expect(error.message).toContain('it could be pubtator (train.PubTator.txt) or bioc (dev.BioC.xml)');
  });

  it('passes over read-mes, licences and hidden files, and counts the rest', async () => {
    const { warnings } = await readFiles({
      'corpus.jsonl': sample('jsonl'),
      'README.md': 'a,b',
      LICENSE: 'x',
      '.hidden': 'x',
      'notes.md': 'x',
      'old/list.txt': 'x',
    });
    expect(warnings).toEqual(['file-not-read 2 notes.md: it is not jsonl']);
  });

  it('names the formats there are', async () => {
    expect((await readingError({ 'x.txt': 'Once upon a time.' })).message).toMatch(
      /^x.txt: no corpus is recognised here \(expected .*pubtator, bioc, ddi, .*; if it is one, name it with --format\)$/,
    );
    expect((await readingError({ 'x.txt': 'a' }, { format: 'excel' })).message).toMatch(
      /^--format: there is no format "excel" \(write one of pubtator, .*jsonl\)$/,
    );
  });

  it('makes a warning an error in strict mode', async () => {
    const error = await readingError({ 'corpus.jsonl': sample('jsonl'), 'notes.md': 'x' }, { strict: true });
    expect(error.message).toMatch(/notes\.md: it is not jsonl \(.*; --strict makes this warning an error\)$/);
  });

  it('warns of labels that differ in case, and of mentions that cut a character', async () => {
    const line = (id: string, relation: string, text: string, end: number): string =>
      `${JSON.stringify({ id, text, head: { start: 0, end, type: 'X', text: text.slice(0, end) }, tail: { start: 8, end: 10, type: 'X', text: text.slice(8, 10) }, relation })}\n`;
    const { warnings } = await readFiles({
      'x.jsonl':
        line('a', 'CID', 'aspirin: ok', 7) +
        line('b', 'cid', 'cafe\u0301 or so', 4) +
        line('c', 'cid', 'ab\u{1D6C2}: or so', 3),
    });
    expect(warnings).toEqual([
      'label-case 1 x.jsonl:2: the relation "cid" is also written "CID"',
      expect.stringMatching(/^cut-character 2 x.jsonl:2: the mention "cafe" cuts a character in two$/),
    ]);
  });
});
