/** The report of a real run in a real browser: nothing fails, everything is there, and it can be used by keyboard and by screen readers. */
import { createRequire } from 'node:module';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AxeResults } from 'axe-core';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Monitor } from '../../src/foundation/progress.ts';
import { runPage } from '../../src/report/run/run-page.ts';
import { writeRunPage } from '../../src/report/write-report.ts';
import { CpuDevice } from '../../src/runtime/cpu/cpu-device.ts';
import { runDare } from '../../src/tasks/run.ts';
import type { RunResult } from '../../src/tasks/run.ts';
import { BROWSER, FLAGS } from '../support/browser.ts';
import { syntheticReport } from '../support/synthetic-report.ts';
import { tinyConfiguration, writeTinyCorpus } from '../support/tiny-corpus.ts';

const WIDTHS = [1280, 768, 375, 320];

/** What a page prints on A4 within usual margins, in pixels. */
const PAPER_WIDTH = 718;

/** The tables that do not fit where they stand. */
const cutTables = (page: Page): Promise<(string | null)[]> =>
  page
    .locator('.scroll')
    .evaluateAll((all) =>
      all.filter((each) => each.scrollWidth > each.clientWidth).map((each) => each.getAttribute('aria-label')),
    );

describe.skipIf(!BROWSER)('the report of a run (skipped where no Chromium is installed)', () => {
  let root: string;
  let browser: Browser;
  let page: Page;
  /** The report of six arms and five relations, as wide as they get. */
  let wide: Page;
  let result: RunResult;
  let path: string;
  const problems: string[] = [];

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'dare-report-'));
    const device = new CpuDevice({ threads: 1 });
    const configuration = tinyConfiguration(writeTinyCorpus(join(root, 'corpus')));
    const ensemble = { ...configuration.ensemble, arms: ['dare' as const, 'gold' as const, 'oversampling' as const] };
    const folder = join(root, 'run');
    result = await runDare({ ...configuration, ensemble }, { folder, device, monitor: new Monitor(), offline: true });
    await device.close();
    path = await writeRunPage(folder);
    browser = await chromium.launch({ executablePath: BROWSER!, args: FLAGS });
    page = await browser.newPage();
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('request', (request) => request.url().startsWith('file:') || problems.push(`loads ${request.url()}`));
    await page.goto(pathToFileURL(path).href);
    const large = join(root, 'large.html');
    await writeFile(large, await runPage(syntheticReport({ arms: 6, members: 3, relations: 5, sentences: 400 })));
    wide = await browser.newPage();
    await wide.goto(pathToFileURL(large).href);
  }, 300_000);
  afterAll(async () => {
    await browser.close();
    await rm(root, { recursive: true, force: true });
  });

  test('opens without an error and without loading anything, and is small', async () => {
    expect(problems).toEqual([]);
    expect(await page.locator('h1').textContent()).toBe('run');
    expect((await stat(path)).size).toBeLessThan(1_000_000);
  });

  test('draws what the scores hold', async () => {
    const { arms } = result.scores;
    const rows = Object.keys(arms).length;
    expect(rows).toBe(3);
    const chart = page.getByRole('img', { name: 'F1 of each arm' }).first();
    const marks = chart.locator('circle');
    const members = Object.values(arms).reduce((sum, { members: count }) => sum + count, 0);
    // A dot for each classifier, and a larger one for each ensemble.
    expect(await marks.count()).toBe(members + rows);
    expect(await page.getByRole('img', { name: 'Loss of every classifier' }).count()).toBe(rows);
    const generators = page.getByRole('img', { name: 'Training loss of every generator' }).first();
    // One line a relation; the corpus has one.
    expect(await generators.locator('g[stroke-width="1.6"] path').count()).toBe(1);
    const verdicts = page.getByRole('img', { name: 'Written sentences by verdict' }).first();
    const columns = page.getByRole('region', { name: 'Written sentences by verdict' }).locator('thead th');
    // Of the columns, six are counts of something else than a reason to drop a sentence; accepted ones are a part of the bar.
    expect(await verdicts.locator('rect').count()).toBe((await columns.count()) - 6 + 1);
    expect(await page.getByRole('img', { name: 'Precision over recall' }).locator('circle').count()).toBe(rows);
    const table = page.getByRole('region', { name: 'Scores of the arms' });
    expect(await table.locator('tbody tr').count()).toBe(rows);
    expect(await table.locator('tbody tr').first().textContent()).toContain(arms.dare!.f1.toFixed(3));
  });

  test('tells all of its charts to those who do not see them', async () => {
    const session = await page.context().newCDPSession(page);
    await session.send('Accessibility.enable');
    const { nodes } = await session.send('Accessibility.getFullAXTree');
    await session.detach();
    const told = nodes
      .filter(({ role, ignored }) => role?.value === 'image' && !ignored)
      .map(({ name, description }) => [String(name?.value ?? ''), String(description?.value ?? '')] as const);
    expect(told.length).toBe(await page.locator('figure svg:visible').count());
    expect(told.length).toBeGreaterThan(5);
    expect(told.filter(([name, description]) => name === '' || description === '')).toEqual([]);
    expect(Object.fromEntries(told)['F1 of each arm']).toMatch(/^DARE 0\.\d{3}, 0\.\d{3} to 0\.\d{3}; gold only /);
  });

  test('tells what the data is like, what the run cost, and how to make it again', async () => {
    for (const heading of ['What stands out in the data', 'Length of sentences', 'Training of every generator']) {
      expect(await page.getByRole('heading', { name: heading }).count()).toBe(1);
    }
    const costs = page.getByRole('region', { name: 'Time by device and stage' });
    expect(await costs.getByRole('row', { name: /^training classifiers 6 / }).count()).toBe(1);
    expect(await costs.locator('.group').allTextContents()).toContainEqual(
      expect.stringMatching(/^cpu, .*ONNX Runtime/),
    );
    const making = page.locator('section', { has: page.getByRole('heading', { name: 'How it was made' }) });
    expect(await making.textContent()).toMatch(/dare run --config \S+configuration\.yaml[^]*Node \d+\./);
  });

  test('sorts tables by keyboard', async () => {
    const table = page.getByRole('region', { name: 'Scores of the arms' });
    const button = table.getByRole('button', { name: 'F1', exact: true });
    const column = (await table.locator('thead th').allTextContents()).indexOf('F1');
    const shown = async () =>
      (await table.locator(`tbody tr > :nth-child(${column + 1})`).allTextContents()).map(Number);
    const figures = await shown();
    await button.focus();
    await page.keyboard.press('Enter');
    expect(await shown()).toEqual(figures.toSorted((a, b) => b - a));
    await page.keyboard.press('Enter');
    expect(await shown()).toEqual(figures.toSorted((a, b) => a - b));
    expect(await table.locator('th[aria-sort=ascending]').count()).toBe(1);
  });

  test('sorts names from A to Z first, then from Z to A', async () => {
    const table = wide.getByRole('region', { name: 'Scores of the arms' });
    const names = async () => (await table.locator('tbody th').allTextContents()).map((name) => name.trim());
    const sorted = (await names()).toSorted((a, b) => a.localeCompare(b));
    await table.getByRole('button', { name: 'arm', exact: true }).click();
    expect(await names()).toEqual(sorted);
    await table.getByRole('button', { name: 'arm', exact: true }).click();
    expect(await names()).toEqual(sorted.toReversed());
  });

  test.each([
    { list: 'samples', label: 'Relation', shown: 'relation 1', others: 4 },
    { list: 'disagreements', label: 'Gold label', shown: 'gold: relation 1;', others: 5 },
  ])('narrows the $list to one label by keyboard, together with the search', async ({ list, label, shown, others }) => {
    const select = wide.getByLabel(label, { exact: true });
    const entries = wide.locator(`#${list} [data-entry]`);
    const left = wide.locator(`#${list} [data-entry]:not([hidden])`);
    const all = await entries.count();
    expect(await select.locator('option').count()).toBe(1 + 1 + others);
    await select.focus();
    await wide.keyboard.press('ArrowDown');
    expect(await select.inputValue()).toBe('relation 1');
    const count = await left.count();
    expect(count).toBeGreaterThan(0);
    expect(count).toBeLessThan(all);
    const told = list === 'samples' ? wide.locator('#samples summary:visible') : left.filter({ visible: true });
    for (const text of await told.allTextContents()) expect(text).toContain(shown);
    expect(await wide.locator(`#${list}-status`).textContent()).toBe(`${count} of ${all} shown`);
    const search = wide.locator(`#search-${list}`);
    await search.fill('no such word anywhere');
    expect(await left.count()).toBe(0);
    await search.fill('');
    await select.selectOption('');
    expect(await left.count()).toBe(all);
    expect(await wide.locator(`#${list}-status`).textContent()).toBe('');
  });

  test('marks the same stretch in a written sentence and in the gold sentence beside it', async () => {
    const pairs = wide.locator('#samples .pair.beside');
    const marks = await pairs.evaluateAll((all) =>
      all.map((pair) => Array.from(pair.querySelectorAll('mark'), ({ textContent }) => textContent.toLowerCase())),
    );
    expect(marks.length).toBe(5 * 12);
    for (const [first, second, ...more] of marks) {
      expect(first).toMatch(/\w/);
      expect(second).toBe(first);
      expect(more).toEqual([]);
    }
    const place = async (part: string) => (await pairs.first().locator(part).boundingBox())!;
    await wide.setViewportSize({ width: 1280, height: 900 });
    expect((await place('.nearest')).y).toBe((await place('p:first-child')).y);
    await wide.setViewportSize({ width: 375, height: 900 });
    expect((await place('.nearest')).x).toBe((await place('p:first-child')).x);
  });

  test('searches the sentences by keyboard', async () => {
    const search = page.getByLabel('Search the sentences').first();
    await search.focus();
    const entries = page.locator('#samples [data-entry]');
    const before = await entries.count();
    expect(before).toBeGreaterThan(0);
    await page.keyboard.type('no such word anywhere');
    expect(await page.locator('#samples [data-entry]:not([hidden])').count()).toBe(0);
    expect(await page.locator('#samples-status').textContent()).toBe(`0 of ${before} shown`);
    await search.fill('');
    expect(await page.locator('#samples [data-entry]:not([hidden])').count()).toBe(before);
  });

  test('narrows the disagreements by keyboard', async () => {
    const search = page.locator('#search-disagreements');
    const entries = page.locator('#disagreements [data-entry]');
    const before = await entries.count();
    const word = before > 0 ? /\w{5,}/.exec((await entries.first().textContent()) ?? '')![0] : 'nothing';
    await search.focus();
    await page.keyboard.type(word);
    const left = await page.locator('#disagreements [data-entry]:not([hidden])').count();
    expect(left).toBe(await entries.filter({ hasText: new RegExp(word, 'i') }).count());
    await search.fill('');
  });

  test.each(WIDTHS)('fits a window of %i pixels, and every chart and note its section', async (width) => {
    for (const each of [page, wide]) {
      await each.setViewportSize({ width, height: 900 });
      expect(await each.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      const stray = await each.locator('section :is(h3, figure, svg, p, pre, label, .legend)').evaluateAll((all) =>
        all
          .filter((part) => {
            const { right } = part.closest('section')!.getBoundingClientRect();
            return part.getBoundingClientRect().right > right;
          })
          .map((part) => part.textContent.trim().slice(0, 80)),
      );
      expect(stray).toEqual([]);
    }
  });

  test('cuts no table on a desktop', async () => {
    for (const each of [page, wide]) {
      await each.setViewportSize({ width: 1280, height: 900 });
      expect(await cutTables(each)).toEqual([]);
    }
  });

  test('prints whole, with what is folded away, in light colours that stay', async () => {
    await wide.setViewportSize({ width: PAPER_WIDTH, height: 1000 });
    await wide.emulateMedia({ media: 'print', colorScheme: 'dark' });
    expect(await cutTables(wide)).toEqual([]);
    const folded = wide.locator('details:not([open]) :is(td, pre, p)');
    expect(await folded.count()).toBeGreaterThan(100);
    const unseen = await folded.evaluateAll(
      (all) => all.filter((part) => !part.checkVisibility({ contentVisibilityAuto: true })).length,
    );
    expect(unseen).toBe(0);
    const styleOf = (selector: string) =>
      wide
        .locator(selector)
        .first()
        .evaluate((element) => {
          const { color, backgroundColor, printColorAdjust } = getComputedStyle(element);
          return { color, backgroundColor, printColorAdjust };
        });
    expect(await styleOf('section')).toMatchObject({ color: 'rgb(29, 34, 38)', backgroundColor: 'rgb(255, 255, 255)' });
    expect(await styleOf('td.heat')).toMatchObject({ printColorAdjust: 'exact' });
    expect(await styleOf('.swatch')).toMatchObject({ printColorAdjust: 'exact' });
    await wide.emulateMedia({ media: null, colorScheme: null });
  });

  test.each(['light', 'dark'] as const)(
    'has no serious fault for those who use it without eyes or mouse (%s)',
    async (colorScheme) => {
      await page.emulateMedia({ colorScheme });
      const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
      await page.evaluate(await readFile(axe, 'utf8'));
      const { violations } = await page.evaluate<AxeResults>('axe.run()');
      const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
      expect(serious.map(({ id, nodes }) => [id, nodes.slice(0, 3).map(({ html }) => html)])).toEqual([]);
    },
  );
});
