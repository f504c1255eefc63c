/**
 * Sentence boundaries in scientific prose.
 *
 * The default is a plain rule: a full stop, question or exclamation mark (and closing brackets or quotes after it),
 * white space, then a capital or a digit. Two guards mend what it gets wrong: a known abbreviation does not end a
 * sentence, and no boundary falls inside a mention. The rule is ours and fixed, so that a corpus gives the same
 * examples on every machine; `unicode` (the Unicode rules of `Intl.Segmenter`) depends on the ICU data of the Node in
 * use.
 */
import type { Span } from './document.ts';

/** How boundaries are found; see the file comment. */
export const SENTENCE_RULES = ['plain', 'unicode'] as const;
export type SentenceRule = (typeof SENTENCE_RULES)[number];

const PLAIN_BOUNDARY = /[.!?][)\]"']*\s+(?=[A-Z0-9])/g;

/**
 * Abbreviations whose stop does not end a sentence. Units (`ms.`) and lone capitals (`vitamin C.`) often do end one,
 * and are left out.
 */
const ABBREVIATION =
  /(?:^|[\s(["'])(?:vs|[Ee]\.g|[Ii]\.e|et al|cf|ca|approx|resp|viz|[Ff]igs?|[Rr]efs?|[Ee]q|Drs?|Prof|Nos?|[Vv]ol|spp?|subsp|var)\.\s*$/;

/** Where the pieces of `text` begin after the first, by the chosen rule alone. */
function boundaries(text: string, rule: SentenceRule): number[] {
  if (rule === 'plain') return [...text.matchAll(PLAIN_BOUNDARY)].map((match) => match.index + match[0].length);
  const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' });
  return Array.from(segmenter.segment(text), (segment) => segment.index).filter((index) => index > 0);
}

/** Whether places that are asked for in ascending order lie in no span. @param spans in the order of their starts. */
function outside(spans: readonly Span[]): (at: number) => boolean {
  let passed = 0;
  let furthestEnd = 0;
  return (at) => {
    for (; passed < spans.length && spans[passed]!.start < at; passed++)
      furthestEnd = Math.max(furthestEnd, spans[passed]!.end);
    return at >= furthestEnd;
  };
}

/**
 * The sentences of a text, in order, as spans without surrounding white space.
 * @param within the stretches that no sentence crosses (title, abstract); the whole text unless given.
 * @param mentions spans that are never divided, in the order of their starts.
 */
export function splitSentences(
  text: string,
  {
    rule = 'plain',
    within = [{ start: 0, end: text.length }],
    mentions = [],
  }: { rule?: SentenceRule; within?: readonly Span[]; mentions?: readonly Span[] } = {},
): Span[] {
  const sentences: Span[] = [];
  for (const passage of within) {
    const passageText = text.slice(passage.start, passage.end);
    const breaks = boundaries(passageText, rule)
      .filter((at) => !ABBREVIATION.test(passageText.slice(Math.max(0, at - 24), at)))
      .map((at) => at + passage.start)
      .filter(outside(mentions));
    let start = passage.start;
    for (const end of [...breaks, passage.end]) {
      const raw = text.slice(start, end);
      const trimmed = raw.trim();
      const lead = raw.length - raw.trimStart().length;
      if (trimmed !== '') sentences.push({ start: start + lead, end: start + lead + trimmed.length });
      start = end;
    }
  }
  return sentences;
}
