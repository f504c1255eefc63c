import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Example, Mention } from './example.ts';
import {
  countPlaceholder,
  ENTITY_PLACEHOLDERS,
  maskExample,
  renamePlaceholders,
  typedPlaceholders,
  typeWord,
} from './masking.ts';

const mention = (text: string, part: string, type: string, from = 0): Mention => {
  const start = text.indexOf(part, from);
  return { start, end: start + part.length, type, text: part };
};

const example = (text: string, head: Mention, tail: Mention, others?: Mention[]): Example => ({
  id: '1',
  document: 'd',
  text,
  head,
  tail,
  relation: null,
  ...(others && { others }),
});

const typed = typedPlaceholders('Chemical', 'Disease');

describe('maskExample', () => {
  it('replaces head and tail, whichever comes first', () => {
    const text = 'Hypotension after cocaine.';
    const it = example(text, mention(text, 'cocaine', 'Chemical'), mention(text, 'Hypotension', 'Disease'));
    expect(maskExample(it, { placeholders: typed }).text).toBe('DISEASE after DRUG.');
    expect(maskExample(it, { placeholders: ENTITY_PLACEHOLDERS }).text).toBe('$ENTITYB$ after $ENTITYA$.');
  });

  it('keeps a placeholder a word of its own inside a word', () => {
    const text = 'antinicotinelike anxiety';
    const it = example(text, mention(text, 'nicotine', 'Chemical'), mention(text, 'anxiety', 'Disease'));
    expect(maskExample(it, { placeholders: typed }).text).toBe('anti DRUG like DISEASE');
  });

  it('leaves hyphens and brackets where they are', () => {
    const text = 'cocaine-induced (seizures)';
    const it = example(text, mention(text, 'cocaine', 'Chemical'), mention(text, 'seizures', 'Disease'));
    expect(maskExample(it, { placeholders: typed }).text).toBe('DRUG-induced (DISEASE)');
  });

  it('puts both placeholders where nested or overlapping mentions stood', () => {
    const text = 'of cocaine addiction here';
    const inner = mention(text, 'cocaine', 'Chemical');
    const outer = mention(text, 'cocaine addiction', 'Disease');
    const masked = maskExample(example(text, inner, outer), { placeholders: typed });
    expect(masked).toEqual({ text: 'of DRUG DISEASE here', alreadyPresent: [], overlapping: true });
    const reversed = maskExample(example(text, mention(text, 'addiction', 'Chemical'), outer), { placeholders: typed });
    expect(reversed.text).toBe('of DISEASE DRUG here');
  });

  it('masks other mentions on request, but none that overlaps what is masked already', () => {
    const text = 'cocaine and morphine sulfate cause fatal seizures';
    const others = [
      mention(text, 'sulfate', 'Chemical'),
      mention(text, 'morphine sulfate', 'Chemical'),
      mention(text, 'fatal seizures', 'Disease'),
    ];
    const it = example(text, mention(text, 'cocaine', 'Chemical'), mention(text, 'seizures', 'Disease'), others);
    expect(maskExample(it, { placeholders: typed, maskOthers: true }).text).toBe('DRUG and DRUGN cause fatal DISEASE');
    expect(maskExample(it, { placeholders: typed }).text).toBe('DRUG and morphine sulfate cause fatal DISEASE');
  });

  it('reports placeholders that the sentence held before, but no look-alikes', () => {
    const text = 'DRUG, DRUGS, disease: aspirin for pain';
    const it = example(text, mention(text, 'aspirin', 'Chemical'), mention(text, 'pain', 'Disease'));
    expect(maskExample(it, { placeholders: typed }).alreadyPresent).toEqual(['DRUG']);
  });

  it('holds each placeholder once, whatever the sentence', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.string({ unit: 'grapheme' }),
        fc.string({ unit: 'grapheme' }),
        fc.boolean(),
        (before, between, after, swap) => {
          const text = `${before}aspirin${between}pain${after}`;
          const a = { start: before.length, end: before.length + 7, type: 'Chemical', text: 'aspirin' };
          const start = a.end + between.length;
          const b = { start, end: start + 4, type: 'Disease', text: 'pain' };
          const it = swap ? example(text, b, a) : example(text, a, b);
          for (const placeholders of [typed, ENTITY_PLACEHOLDERS]) {
            const { text: masked } = maskExample(it, { placeholders });
            expect(countPlaceholder(masked, placeholders.head)).toBe(1);
            expect(countPlaceholder(masked, placeholders.tail)).toBe(1);
          }
        },
      ),
    );
  });
});

describe('placeholders', () => {
  it('are words for types, told apart where both types have one word', () => {
    expect(typedPlaceholders('Chemical', 'Disease')).toEqual({ head: 'DRUG', tail: 'DISEASE' });
    expect(typedPlaceholders('CHEMICAL', 'GENE-Y')).toEqual({ head: 'DRUG', tail: 'PROTEIN' });
    expect(typedPlaceholders('drug', 'drug')).toEqual({ head: 'DRUGA', tail: 'DRUGB' });
    expect(typedPlaceholders('Chemical', 'Disease', { Chemical: 'COMPOUND' })).toEqual({
      head: 'COMPOUND',
      tail: 'DISEASE',
    });
    expect(typeWord('cell-line')).toBe('CELLLINE');
  });

  it.each([
    ['DRUG-induced DISEASE', 1],
    ['(DRUG)', 1],
    ['DRUG DRUG', 2],
    ['DRUGS drug DRUG1 aDRUG DRUG_', 0],
  ])('counts whole words in exact case: %s', (text, count) => {
    expect(countPlaceholder(text, 'DRUG')).toBe(count);
  });

  it('are renamed there and back without loss', () => {
    const words = fc.constantFrom('DRUG', 'DISEASE', 'DRUGS', 'and', '-', '.', ' ', 'drug', '$', '€', 'ENTITYA');
    fc.assert(
      fc.property(fc.array(words), (parts) => {
        const text = parts.join(' ');
        const renamed = renamePlaceholders(text, typed, ENTITY_PLACEHOLDERS);
        expect(countPlaceholder(renamed, ENTITY_PLACEHOLDERS.head)).toBe(countPlaceholder(text, 'DRUG'));
        expect(renamePlaceholders(renamed, ENTITY_PLACEHOLDERS, typed)).toBe(text);
      }),
    );
  });
});
