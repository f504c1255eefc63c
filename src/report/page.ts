/**
 * The frame of every page that the product writes: one file that needs nothing beside it, light or dark as the reader's
 * screen is, readable on a phone and on paper.
 *
 * Pages are made of `html` templates (hono/html), which escape whatever is put into them.
 */
import { html, raw } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';

/** A piece of a page. */
export type Piece = HtmlEscapedString | Promise<HtmlEscapedString>;

const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #fbfbf9; --card: #ffffff; --line: #e3e3dd; --text: #1d2226; --muted: #626a70;
  --accent: #2f6f8f; --accent-2: #6fa3ba; --accent-3: #b5cfda;
  --head: #cfe8ea; --head-text: #0b4f55; --tail: #fbe0c3; --tail-text: #7a3d00; --other: #e9e7f3;
  --warn: #a8580a; --warn-ground: #fdf3e2; --good: #2f7448; --shade: rgb(0 0 0 / .18);
  --arm-1: #1f6f93; --arm-2: #b4570f; --arm-3: #4d7c3a; --arm-4: #8a4fa0; --arm-5: #9a7b12; --arm-6: #b83a5e; --arm-7: #53616b;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --ground: #14171a; --card: #1b1f23; --line: #31373c; --text: #e4e6e7; --muted: #9aa3a9;
    --accent: #79b8d6; --accent-2: #4b7f98; --accent-3: #2f5364;
    --head: #134a4f; --head-text: #c4f1f4; --tail: #5d3710; --tail-text: #ffdfb8; --other: #34314a;
    --warn: #f0b35a; --warn-ground: #32281a; --good: #7cc596; --shade: rgb(255 255 255 / .24);
    --arm-1: #79b8d6; --arm-2: #f0a35f; --arm-3: #95c97f; --arm-4: #c79ad8; --arm-5: #d9bd5c; --arm-6: #ee8aa6; --arm-7: #aab5bd;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--ground); color: var(--text);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
}
main, header.page, footer { max-width: 66rem; margin: 0 auto; padding: 0 1.25rem; }
header.page { padding-top: 2.5rem; }
footer { color: var(--muted); font-size: .85rem; padding-bottom: 3rem; }
a { color: var(--accent); }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .25rem; letter-spacing: -.01em; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 0 0 .75rem; }
h3 { font-size: 1rem; margin: 1.25rem 0 .5rem; }
p { margin: .5rem 0; }
.lead, .note { color: var(--muted); }
.note { font-size: .9rem; max-width: 52rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1.25rem 1.4rem; margin: 1.25rem 0; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .75rem; margin: 1.5rem 0; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .7rem 1rem; }
.tile b { display: block; font-size: 1.5rem; font-weight: 600; font-variant-numeric: tabular-nums; line-height: 1.25; }
.tile span { color: var(--muted); font-size: .85rem; }
/* What scrolls sideways has a shade at each end where there is more; covers that scroll along hide it where there is not. */
.scroll {
  overflow-x: auto;
  background:
    linear-gradient(to right, var(--card) 50%, transparent) left / 2rem 100% no-repeat local,
    linear-gradient(to left, var(--card) 50%, transparent) right / 2rem 100% no-repeat local,
    linear-gradient(to right, var(--shade), transparent) left / 1rem 100% no-repeat scroll,
    linear-gradient(to left, var(--shade), transparent) right / 1rem 100% no-repeat scroll;
}
table { border-collapse: collapse; width: 100%; font-size: .92rem; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 600; color: var(--muted); font-size: .82rem; }
th, td { padding: .35rem .5rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
tr:last-child td, tr:last-child th { border-bottom: 0; }
thead tr th { border-bottom: 1px solid var(--line); }
tbody th { color: var(--text); font-size: inherit; font-weight: 500; }
th.figure, td.figure { text-align: right; width: 1%; padding-left: .7rem; }
th.figure { min-width: 4.2rem; }
td.figure, td.figure .id { white-space: nowrap; }
td.figure .id { display: block; }
thead th { vertical-align: bottom; }
.whole { white-space: nowrap; }
td.muted { color: var(--muted); }
ul.findings { list-style: none; padding: 0; margin: 0; }
ul.findings li { padding: .55rem .9rem; margin: .4rem 0; border-left: 3px solid var(--warn); background: var(--warn-ground); border-radius: 0 6px 6px 0; overflow-wrap: anywhere; }
ul.findings li.good { border-color: var(--good); background: none; }
ul.findings .what { color: var(--muted); font-size: .88rem; display: block; }
figure { margin: .5rem 0 0; }
.answer { font-size: 1.15rem; line-height: 1.5; border-left: 4px solid var(--accent); padding-left: 1rem; margin: 1.25rem 0; }
.answer.better { border-color: var(--good); }
.answer.worse, .answer.untrained { border-color: var(--warn); }
tbody th.group { white-space: normal; font-weight: 600; padding-top: .9rem; }
th.group ~ td { vertical-align: bottom; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); gap: 1.5rem; }
.charts > * { min-width: 0; }
.charts h3 { margin-top: 0; }
th button { font: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; text-align: inherit; }
th button::after { content: "\\a0↕"; content: "\\a0↕" / ""; opacity: .45; }
th[aria-sort=ascending] button::after { content: "\\a0↑"; content: "\\a0↑" / ""; opacity: 1; }
th[aria-sort=descending] button::after { content: "\\a0↓"; content: "\\a0↓" / ""; opacity: 1; }
button:focus-visible, input:focus-visible, select:focus-visible, summary:focus-visible, .scroll:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.controls { display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; margin-top: .75rem; }
.controls div { flex: 1 1 12rem; max-width: 24rem; min-width: 0; }
.controls label { display: block; font-size: .88rem; color: var(--muted); }
.controls input, .controls select { font: inherit; width: 100%; height: 2.4rem; padding: .3rem .7rem; border: 1px solid var(--muted); border-radius: 6px; background: var(--ground); color: var(--text); margin: .25rem 0; }
mark.shared { background: var(--warn-ground); border-bottom: 2px solid var(--warn); }
.pair { border-top: 1px solid var(--line); padding: .7rem 0; }
.pair p { margin: 0; overflow-wrap: anywhere; }
.pair .nearest { color: var(--muted); font-size: .9rem; margin-top: .25rem; }
@media (min-width: 44rem) {
  .pair.beside { display: grid; grid-template-columns: 1fr 1fr; gap: .25rem 1.75rem; }
  .pair.beside p { font-size: .92rem; margin: 0; }
  .pair.beside p.id { grid-column: 1 / -1; font-size: .78rem; }
}
td.heat { text-align: right; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: .82rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; background: var(--ground); border: 1px solid var(--line); border-radius: 6px; padding: .75rem; }
[hidden] { display: none !important; }
figure svg { display: block; width: 100%; height: auto; overflow: visible; }
figure .narrow { display: none; }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1.1rem; font-size: .85rem; color: var(--muted); margin: .25rem 0 .5rem; }
.swatch { display: inline-block; width: .8em; height: .8em; border-radius: 2px; margin-right: .4em; vertical-align: -.05em; }
details { border-top: 1px solid var(--line); padding: .6rem 0; }
details:first-of-type { border-top: 0; }
summary { cursor: pointer; font-weight: 600; }
summary .count { color: var(--muted); font-weight: 400; margin-left: .4rem; }
.example { margin: .9rem 0 1.3rem; }
.example p { margin: 0; }
.example .masked, .masked { font: .82rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; color: var(--muted); overflow-wrap: anywhere; }
.example .masked { margin-top: .25rem; }
.id { color: var(--muted); font-size: .78rem; overflow-wrap: anywhere; }
mark { color: inherit; background: none; border-radius: 3px; padding: .05em .15em; }
mark.other { background: var(--other); }
mark.head { background: var(--head); color: var(--head-text); font-weight: 600; }
mark.tail { background: var(--tail); color: var(--tail-text); font-weight: 600; }
mark.head.tail { background: linear-gradient(90deg, var(--head) 50%, var(--tail) 50%); color: var(--text); }
@media (max-width: 56rem) {
  table { font-size: .86rem; }
  th, td { padding-right: .2rem; }
  th.figure, td.figure { padding-left: .4rem; min-width: 0; }
}
@media (max-width: 36rem) {
  header.page { padding-top: 1.5rem; }
  section { padding: 1rem; border-radius: 8px; }
  figure .wide { display: none; }
  figure .narrow { display: block; }
}
/* On paper nothing scrolls and nothing opens: all is there, smaller, in light colours, which are printed as they carry meaning. */
@media print {
  :root { color-scheme: light; font-size: 12px; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { background: none; font-size: 1rem; }
  main, header.page, footer { max-width: none; padding: 0; }
  section { padding: .75rem 1rem; }
  .scroll { overflow: visible; background: none; }
  table { font-size: .8rem; }
  th { font-size: .75rem; }
  th, td { padding-right: .2rem; }
  th.figure, td.figure { padding-left: .3rem; min-width: 0; }
  .id { font-size: .66rem; }
  details::details-content { content-visibility: visible; }
  summary { list-style: none; }
  th button::after, .controls { display: none; }
  h2, h3, summary, thead { break-after: avoid; }
  figure, tr, .pair, .tile, .example, .charts > * { break-inside: avoid; }
}
`;

/** A whole page as text. @param script for what the page can do beyond being read; it must be readable without. */
export async function pageText(title: string, header: Piece, body: Piece, footer: Piece, script = ''): Promise<string> {
  const page = await html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          ${raw(STYLE)}
        </style>
      </head>
      <body>
        <header class="page">${await header}</header>
        <main>${await body}</main>
        <footer>${await footer}</footer>
        ${
          script === ''
            ? ''
            : html`<script>
                ${raw(script)};
              </script>`
        }
      </body>
    </html> `;
  return `${String(page)}\n`;
}

/** A chart drawn twice, for wide screens and for phones. @param draw gives an SVG of a width, in CSS pixels. */
export async function figure(draw: (width: number) => Promise<string>): Promise<Piece> {
  const [wide, narrow] = await Promise.all([draw(820), draw(330)]);
  return html`<figure>
    <div class="wide">${raw(wide)}</div>
    <div class="narrow">${raw(narrow)}</div>
  </figure>`;
}

/** What all charts of a page have in common: its colours, whatever they are. */
export const CHART_STYLE = {
  background: 'transparent',
  color: 'currentColor',
  fontSize: '12px',
  fontFamily: 'inherit',
};

/** Plot's options for a chart's name, and what it shows, for those who do not see it. */
export const described = (title: string, text: string) => ({ ariaLabel: title, ariaDescription: text });

/** A number with its thousands apart. */
export const showNumber = (value: number): string => value.toLocaleString('en');

export const showPercent = (share: number): string => `${(100 * share).toFixed(1)}%`;
