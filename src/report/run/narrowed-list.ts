/**
 * A list of sentences that a reader can narrow: by words, and by a label where the entries have several. The page's script does it
 * (run-script.ts); without it all entries are there.
 *
 * The list's element has the id and `data-narrowed`; each entry has `data-entry`, and `data-label`.
 */
import { html } from 'hono/html';
import type { Piece } from '../page.ts';

/** @param by what the labels are ("relation"). @param labels of the entries, in the order in which they are offered. */
export function narrowingControls(list: string, by: string, labels: readonly string[]): Piece {
  return html`<div class="controls">
      <div>
        <label for="search-${list}">Search the sentences</label>
        <input type="search" id="search-${list}" data-narrows="${list}" aria-describedby="${list}-status" />
      </div>
      ${
        labels.length < 2
          ? ''
          : html`<div>
              <label for="label-${list}">${by}</label>
              <select id="label-${list}" data-narrows="${list}" aria-describedby="${list}-status">
                <option value="">all</option>
                ${labels.map((label) => html`<option>${label}</option>`)}
              </select>
            </div>`
      }
    </div>
    <p class="note" id="${list}-status" role="status"></p>`;
}
