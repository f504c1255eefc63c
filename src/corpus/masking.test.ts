import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Example, Mention } from './example.ts';
import { maskExample } from './masking.ts';
import { countPlaceholder, ENTITY_PLACEHOLDERS, typedPlaceholders } from './placeholders.ts';

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
    expect(maskExample(it, typed).text).toBe('DISEASE after DRUG.');
    expect(maskExample(it, ENTITY_PLACEHOLDERS).text).toBe('$ENTITYB$ after $ENTITYA$.');
  });

  it('keeps a placeholder a word of its own inside a word', () => {
    const text = 'antinicotinelike anxiety';
    const it = example(text, mention(text, 'nicotine', 'Chemical'), mention(text, 'anxiety', 'Disease'));
    expect(maskExample(it, typed).text).toBe('anti DRUG like DISEASE');
  });

  it('leaves hyphens and brackets where they are', () => {
    const text = 'cocaine-induced (seizures)';
    const it = example(text, mention(text, 'cocaine', 'Chemical'), mention(text, 'seizures', 'Disease'));
    expect(maskExample(it, typed).text).toBe('DRUG-induced (DISEASE)');
  });

  it('puts both placeholders where nested or overlapping mentions stood', () => {
    const text = 'of cocaine addiction here';
    const inner = mention(text, 'cocaine', 'Chemical');
    const outer = mention(text, 'cocaine addiction', 'Disease');
    const masked = maskExample(example(text, inner, outer), typed);
    expect(masked).toEqual({ text: 'of DRUG DISEASE here', alreadyPresent: [], overlapping: true });
    const reversed = maskExample(example(text, mention(text, 'addiction', 'Chemical'), outer), typed);
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
    expect(maskExample(it, typed, { others: 'mask' }).text).toBe('DRUG and DRUGN cause fatal DISEASE');
    expect(maskExample(it, typed).text).toBe('DRUG and morphine sulfate cause fatal DISEASE');
  });

  it('reports placeholders that the sentence held before, but no look-alikes', () => {
    const text = 'DRUG, DRUGS, disease: aspirin for pain';
    const it = example(text, mention(text, 'aspirin', 'Chemical'), mention(text, 'pain', 'Disease'));
    expect(maskExample(it, typed).alreadyPresent).toEqual(['DRUG']);
    expect(maskExample(it, typed).text).toBe('drug, DRUGS, disease: DRUG for DISEASE');
    expect(maskExample(it, typed, { ownPlaceholders: 'keep' }).text).toBe('DRUG, DRUGS, disease: DRUG for DISEASE');
  });

  it('knows the placeholders of both schemes, and those of other mentions', () => {
    const text = '$ENTITYA$ DRUGN: aspirin for pain';
    const it = example(text, mention(text, 'aspirin', 'Chemical'), mention(text, 'pain', 'Disease'), []);
    expect(maskExample(it, typed)).toMatchObject({ text: '$entitya$ DRUGN: DRUG for DISEASE' });
    const zinc = { ...it, text: `${text} and zinc`, others: [mention(`${text} and zinc`, 'zinc', 'Chemical')] };
    expect(maskExample(zinc, typed, { others: 'mask' }).text).toBe('$entitya$ drugn: DRUG for DISEASE and DRUGN');
  });

  it('knows the placeholders that stand for mentions of other examples', () => {
    const text = 'DRUGA: aspirin for pain';
    const it = example(text, mention(text, 'aspirin', 'Chemical'), mention(text, 'pain', 'Disease'));
    expect(maskExample(it, typed, {}, ['DRUGA', 'DRUGB'])).toMatchObject({
      text: 'druga: DRUG for DISEASE',
      alreadyPresent: ['DRUGA'],
    });
  });

  it('takes words for types from the user', () => {
    const text = 'aspirin and zinc for pain';
    const it = example(text, mention(text, 'aspirin', 'Chemical'), mention(text, 'pain', 'Disease'), [
      mention(text, 'zinc', 'Chemical'),
    ]);
    const words = { Chemical: 'COMPOUND' };
    expect(maskExample(it, { head: 'COMPOUND', tail: 'PAIN' }, { others: 'mask', words }).text).toBe(
      'COMPOUND and COMPOUNDN for PAIN',
    );
  });

  describe('mentions in pieces', () => {
    const inPieces = (text: string, type: string, ...pieces: string[]): Mention => {
      const parts = pieces.map((piece) => ({ start: text.indexOf(piece), end: text.indexOf(piece) + piece.length }));
      const [start, end] = [parts[0]!.start, parts.at(-1)!.end];
      return { start, end, type, text: text.slice(start, end), parts };
    };
    const text = 'Lead caused ocular and auditory toxicity.';
    const lead = mention(text, 'Lead', 'Chemical');
    const ocular = inPieces(text, 'Disease', 'ocular', 'toxicity');

    it.each([
      ['first', 'DRUG caused DISEASE and auditory.'],
      ['keep', 'DRUG caused DISEASE and auditory toxicity.'],
      ['span', 'DRUG caused DISEASE.'],
    ] as const)('by the rule %s', (pieces, expected) => {
      expect(maskExample(example(text, lead, ocular), typed, { pieces }).text).toBe(expected);
    });

    it('keep a piece that another mention shares', () => {
      const auditory = mention(text, 'auditory toxicity', 'Disease');
      expect(maskExample(example(text, lead, ocular, [auditory]), typed).text).toBe(
        'DRUG caused DISEASE and auditory toxicity.',
      );
      const both = typedPlaceholders('Disease', 'Disease');
      expect(maskExample(example(text, ocular, auditory), both)).toMatchObject({
        text: 'Lead caused DISEASEA and DISEASEB.',
        overlapping: false,
      });
    });

    it('are marked where a piece is their own', () => {
      const coordination = 'oral anticoagulants and hypoglycemics interact';
      const first = mention(coordination, 'oral anticoagulants', 'drug');
      const second = inPieces(coordination, 'drug', 'oral', 'hypoglycemics');
      const drugs = typedPlaceholders('drug', 'drug');
      expect(maskExample(example(coordination, first, second), drugs).text).toBe('DRUGA and DRUGB interact');
      expect(maskExample(example(coordination, second, first), drugs).text).toBe('DRUGB and DRUGA interact');
    });

    it('hold each placeholder once, whatever lies between', () => {
      const word = fc.constantFrom('a', 'DRUG', 'DISEASE', 'x', '-', '$ENTITYA$');
      const gap = fc.constantFrom(' ', '', ', ', ' DISEASE ');
      fc.assert(
        fc.property(
          fc.array(fc.tuple(word, gap), { minLength: 5, maxLength: 8 }),
          fc.constantFrom('first' as const, 'keep' as const),
          fc.boolean(),
          (tokens, pieces, maskOthers) => {
            let built = '';
            const spans = tokens.map(([token, space]) => {
              const start = built.length;
              built += token;
              const end = built.length;
              built += space;
              return { start, end };
            });
            const of = (type: string, ...places: number[]): Mention => {
              const parts = places.map((place) => spans[place]!);
              const [start, end] = [parts[0]!.start, parts.at(-1)!.end];
              return { start, end, type, text: built.slice(start, end), ...(parts.length > 1 && { parts }) };
            };
            const it = example(built, of('Chemical', 0, 2), of('Disease', 1, 4), [of('Chemical', 3)]);
            const { text: masked } = maskExample(it, typed, { pieces, others: maskOthers ? 'mask' : 'keep' });
            expect(countPlaceholder(masked, 'DRUG')).toBe(1);
            expect(countPlaceholder(masked, 'DISEASE')).toBe(1);
          },
        ),
      );
    });
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
            const { text: masked } = maskExample(it, placeholders);
            expect(countPlaceholder(masked, placeholders.head)).toBe(1);
            expect(countPlaceholder(masked, placeholders.tail)).toBe(1);
          }
        },
      ),
    );
  });
});
