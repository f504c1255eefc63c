/** A corpus on one page: its figures, what is odd about it, and examples of every label as people and models see them. */
import { basename } from 'node:path';
import { html } from 'hono/html';
import { DROP_REASONS, type DropReason } from '../corpus/candidates/drops.ts';
import { SPLITS } from '../corpus/example.ts';
import type { Inspection } from '../corpus/inspection/inspect.ts';
import type { SharedSentence } from '../corpus/inspection/label-checks.ts';
import { WORDS } from '../corpus/inspection/lengths.ts';
import type { ShownExamples } from '../corpus/inspection/shown-examples.ts';
import { describeLeak } from '../corpus/leakage/leakage.ts';
import { classBalanceChart, lengthChart, NO_RELATION, SPLIT_COLOURS } from './inspection-charts.ts';
import { markedSentence } from './marked-sentence.ts';
import { figure, pageText, showNumber, showPercent, type Piece } from './page.ts';

/** The page as the text of an HTML file, the same for the same corpus and settings. */
export async function inspectionPage(
  path: string,
  inspection: Inspection,
  shown: readonly ShownExamples[],
): Promise<string> {
  const name = basename(path) || path;
  const sections = await Promise.all([
    tiles(inspection),
    findingsSection(inspection),
    balanceSection(inspection),
    lengthSection(inspection),
    dropSection(inspection),
    examplesSection(inspection, shown),
    repeatedSection(inspection),
    leakageSection(inspection),
  ]);
  return pageText(
    `${name}: corpus`,
    html`<h1>${name}</h1>
      <p class="lead">${inspection.format} corpus, as a model will read it</p>`,
    html`${sections}`,
    html`<p>
      Made by <code>dare data inspect</code>. Sentences are shown with their mentions in colour, and below in grey as
      they are masked.
    </p>`,
  );
}

const NOTHING = html``;

function tiles({ documents, sentences, examples, relations, null: nulls, lengths }: Inspection): Piece {
  const tile = (figures: string, what: string): Piece =>
    html`<div class="tile"><b>${figures}</b><span>${what}</span></div>`;
  const kinds = Object.keys(relations).length;
  return html`<div class="tiles">
    ${[
      tile(showNumber(documents), 'documents'),
      tile(showNumber(sentences), 'sentences'),
      tile(showNumber(examples), 'examples'),
      tile(showNumber(kinds), kinds === 1 ? 'relation' : 'relations'),
      tile(showPercent(examples === 0 ? 0 : nulls / examples), NO_RELATION),
      tile(showPercent(lengths.share), `longer than ${lengths.limit}`),
    ]}
  </div>`;
}

/** What a user should look into, in a sentence each. */
function findingsSection({ warnings, contradictions, duplicates, leakage, labels, lengths }: Inspection): Piece {
  const finding = (text: string, what: string): Piece => html`<li>${text}<span class="what">${what}</span></li>`;
  const findings = [
    ...warnings.map(({ code, count, first, remedy }) =>
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
    <h2>What stands out</h2>
    <ul class="findings">
      ${findings.length > 0 ? findings : html`<li class="good">Nothing: no warnings, duplicates, contradictions or leakage.</li>`}
    </ul>
  </section>`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

async function balanceSection(inspection: Inspection): Promise<Piece> {
  const { relations, splits, paper, types } = inspection;
  const there = SPLITS.filter((split) => splits[split]);
  const chart = await figure((width) => classBalanceChart(inspection, width));
  const cell = (count: number | undefined, css = ''): Piece =>
    html`<td class="figure ${css}">${count === undefined ? '' : showNumber(count)}</td>`;
  const row = (
    name: string,
    own: (split: (typeof there)[number]) => number,
    papers?: (split: (typeof there)[number]) => number | undefined,
  ): Piece =>
    html`<tr>
      <td>${name}</td>
      ${there.map((split) => html`${cell(own(split))}${paper ? cell(papers?.(split), 'muted') : ''}`)}
    </tr>`;
  return html`<section>
    <h2>Class balance</h2>
    <div class="legend">
      ${there.map((split) => html`<span><span class="swatch" style="background:${SPLIT_COLOURS[split]}"></span>${split}</span>`)}
    </div>
    ${chart}
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th></th>
            ${there.map(
              (split) =>
                html`<th class="figure">${split}</th>
                  ${paper ? html`<th class="figure">paper</th>` : ''}`,
            )}
          </tr>
        </thead>
        <tbody>
          ${[
            row('documents with examples', (split) => splits[split]!.documents),
            row(
              'examples',
              (split) => splits[split]!.examples,
              (split) => paper?.examples[split],
            ),
            ...Object.keys(relations).map((relation) =>
              row(
                relation,
                (split) => splits[split]!.relations[relation] ?? 0,
                (split) => (split === 'train' ? paper?.relations[relation] : undefined),
              ),
            ),
            row(NO_RELATION, (split) => splits[split]!.null),
          ]}
        </tbody>
      </table>
    </div>
    <p class="note">
      Types of head and tail:
      ${Object.entries(types)
        .map(([pair, count], i) => `${i > 0 ? ', ' : ''}${pair.replace(':', ' – ')} (${showNumber(count)})`)
        .join('')}.
      ${paper ? html`“paper” is Table 2 of arXiv 2004.13845 for ${paper.corpus}.` : ''}
    </p>
  </section>`;
}

async function lengthSection({ lengths }: Inspection): Promise<Piece> {
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

function dropSection({ dropped }: Inspection): Piece {
  const entries = Object.entries(dropped) as [DropReason, { pairs: number; related: number }][];
  if (entries.length === 0) return NOTHING;
  return html`<section>
    <h2>Not made into examples</h2>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>reason</th>
            <th class="figure">all</th>
            <th class="figure">related</th>
          </tr>
        </thead>
        <tbody>
          ${entries.map(
            ([reason, { pairs, related }]) =>
              html`<tr>
                <td>${DROP_REASONS[reason]}</td>
                <td class="figure">${showNumber(pairs)}</td>
                <td class="figure">${showNumber(related)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`;
}

function examplesSection({ relations, null: nulls }: Inspection, shown: readonly ShownExamples[]): Piece {
  const legend = (['head', 'tail', 'other'] as const).map(
    (cover) => html`<span><mark class="${cover}">${cover === 'other' ? 'other mentions' : cover}</mark></span>`,
  );
  return html`<section>
    <h2>Examples</h2>
    <div class="legend">${legend}</div>
    ${shown.map(({ relation, examples }, i) => {
      const count = relation === null ? nulls : relations[relation]!;
      return html`<details ${i === 0 ? 'open' : ''}>
        <summary>${relation ?? NO_RELATION}<span class="count">${showNumber(count)}</span></summary>
        ${examples.map(
          ({ example, masked }) =>
            html`<div class="example">
              <p>${markedSentence(example)}</p>
              <p class="masked">${masked}</p>
              <span class="id">${example.id}</span>
            </div>`,
        )}
      </details>`;
    })}
  </section>`;
}

function repeatedSection({ duplicates, contradictions }: Inspection): Piece {
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

function leakageSection({ leakage }: Inspection): Piece {
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
