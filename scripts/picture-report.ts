/**
 * The picture of a report in the README: the top of a real run's page, as a browser shows it.
 *
 *     npm run docs:picture -- runs/side-effects
 *
 * of any finished run (the README’s is of its own example, on examples/side-effects.csv).
 *
 * Needs an installed Chromium. With `--look FOLDER` also the whole page, at four widths, light and dark, for whoever changes the report to look at.
 */
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { BROWSER, FLAGS } from '../tests/support/browser.ts';
import { writeRunPage } from '../src/report/write-report.ts';

const PICTURE = fileURLToPath(new URL('../docs/images/report.png', import.meta.url));
const WIDTHS = [1280, 768, 375, 320];

const { values, positionals } = parseArgs({ options: { look: { type: 'string' } }, allowPositionals: true });
const [run] = positionals;
if (run === undefined || BROWSER === undefined) {
  console.error(run === undefined ? 'which run? npm run docs:picture -- RUN' : 'no Chromium is installed');
  process.exit(2);
}
const url = pathToFileURL(await writeRunPage(run)).href;
const browser = await chromium.launch({ executablePath: BROWSER, args: FLAGS });
try {
  const page = await browser.newPage({ viewport: { width: 1040, height: 1000 } });
  await page.goto(url);
  await page.screenshot({ path: PICTURE });
  for (const width of values.look === undefined ? [] : WIDTHS) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: join(values.look!, `report-${width}-${colorScheme}.png`), fullPage: true });
    }
  }
} finally {
  await browser.close();
}
