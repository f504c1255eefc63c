/** What is odd about data, in sections that the pages of corpora and of runs share. */
import { html } from 'hono/html';
import type { LabelProblems, SharedSentence, SharedSentences } from '../corpus/inspection/label-checks.ts';
import { WORDS, type Lengths } from '../corpus/inspection/lengths.ts';
import { describeLeak, type Leak, type LeakSample } from '../corpus/leakage/leakage.ts';
import type { WarningCount } from '../corpus/readers/warnings.ts';
import { lengthChart, NO_RELATION } from './inspection-charts.ts';
import { figure, showNumber, showPercent, type Piece } from './page.ts';

/** What was found, in whatever parts the data has. */
export interface DataFindings extends Pick<SharedSentences, 'duplicates' | 'contradictions'> {
  readonly lengths: Lengths;
  readonly labels: LabelProblems;
  /** Each with the masked sentences of its samples. */
  readonly leakage: readonly (Omit<Leak, 'samples'> & {
    readonly samples: readonly (LeakSample & { readonly texts: readonly [from: string, to: string] })[];
  })[];
}

const NOTHING = html``;

/** What a user should look into, in a sentence each. */
export function findingsSection(
  title: string,
  { contradictions, duplicates, leakage, labels, lengths }: DataFindings,
  warnings?: readonly WarningCount[],
): Piece {
  const finding = (text: string, what: string): Piece => html`<li>${text}<span class="what">${what}</span></li>`;
  const findings = [
    ...(warnings ?? []).map(({ code, count, first, remedy }) =>
      finding(`${code}${count > 1 ? `, ${showNumber(count)} times` : ''}: ${first.what}`, `${first.where}: ${remedy}`),
    ),
    ...labels.alike.map((names) =>
      finding(
        `Labels that differ only in spelling: ${names.join(', ')}`,
        'Give them one name, or they are two relations.',
      ),
    ),
    ...(labels.rare.length > 0
      ? [finding(`Fewer than 10 examples: ${labels.rare.join(', ')}`, 'Hardly enough to learn from, or to score.')]
      : []),
    ...(contradictions.sentences > 0
      ? [
          finding(
            `${showNumber(contradictions.sentences)} masked sentences have several labels (${showNumber(contradictions.examples)} examples)`,
            'To a model they are the same sentence; one label at least is wrong, or the sentence does not decide.',
          ),
        ]
      : []),
    ...(duplicates.examples > 0
      ? [
          finding(
            `${showNumber(duplicates.examples)} examples repeat the masked sentence and label of another`,
            'They count twice in training and in scores.',
          ),
        ]
      : []),
    ...leakage.map((leak) => finding(capital(describeLeak(leak)), 'Scores on the later part say too much.')),
    ...(lengths.share > 0.02
      ? [
          finding(
            `${showPercent(lengths.share)} of the sentences are cut to ${lengths.limit} ${lengths.unit}`,
            'Both placeholders stay; words far from them go.',
          ),
        ]
      : []),
  ];
  return html`<section>
    <h2>${title}</h2>
    <ul class="findings">
      ${findings.length > 0 ? findings : html`<li class="good">Nothing: no ${warnings ? 'warnings, ' : ''}duplicates, contradictions or leakage.</li>`}
    </ul>
  </section>`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** How long sentences are, and how many are cut. */
export async function lengthSection({ lengths }: DataFindings): Promise<Piece> {
  const { unit, median, percentile95, longest, limit, longer, share } = lengths;
  const chart = await figure((width) => lengthChart(lengths, width));
  return html`<section>
    <h2>Length of sentences</h2>
    <p>
      Median ${median}, 95% up to ${percentile95}, longest ${showNumber(longest)} ${unit}.
      ${unit === WORDS.unit ? 'At least ' : ''}${showNumber(longer)} of them (${showPercent(share)}) are longer than the
      ${limit} that a model reads, and are cut around their two entities.
    </p>
    ${chart}
    ${
      unit === WORDS.unit
        ? html`<p class="note">A model’s tokens are these or parts of these: name its tokenizer to count them.</p>`
        : ''
    }
  </section>`;
}

/** Sentences that are the same to a model. */
export function repeatedSection({ duplicates, contradictions }: DataFindings): Piece {
  if (duplicates.samples.length + contradictions.samples.length === 0) return NOTHING;
  const label = (relation: string | null): string => relation ?? NO_RELATION;
  const list = (title: string, samples: readonly SharedSentence[]): Piece =>
    samples.length === 0
      ? NOTHING
      : html`<details ${title === CONTRADICTIONS ? 'open' : ''}>
          <summary>${title}</summary>
          ${samples.map(
            ({ text, ids, labels }) =>
              html`<div class="example">
                <p class="masked">${text}</p>
                <span class="id">${ids[0]}: ${label(labels[0])} · ${ids[1]}: ${label(labels[1])}</span>
              </div>`,
          )}
        </details>`;
  return html`<section>
    <h2>Sentences that stand more than once</h2>
    ${list(CONTRADICTIONS, contradictions.samples)} ${list('The same sentence and label', duplicates.samples)}
  </section>`;
}

const CONTRADICTIONS = 'The same sentence with different labels';

/** What one part of the data gives away of another. */
export function leakageSection({ leakage }: DataFindings): Piece {
  if (leakage.length === 0) return NOTHING;
  return html`<section>
    <h2>Leakage between splits</h2>
    ${leakage.map(
      (leak) =>
        html`<details open>
          <summary>${capital(describeLeak(leak))}</summary>
          ${leak.samples.map(
            ({ from, to, similarity, texts }) =>
              html`<div class="example">
                <p class="masked">${texts[1]}</p>
                ${similarity < 1 ? html`<p class="masked">${texts[0]}</p>` : ''}
                <span class="id"
                  >${to} · ${from} · ${similarity === 1 ? 'the same' : `${showPercent(similarity)} alike`}</span
                >
              </div>`,
          )}
        </details>`,
    )}
  </section>`;
}
