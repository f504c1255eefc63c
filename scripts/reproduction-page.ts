/** docs/reproduction.md and its figures, from docs/results and the words in docs/reproduction: npm run reproduction-page */
import { writeReproductionPage } from '../src/report/reproduction/reproduction-page.ts';

const shown = await writeReproductionPage({ results: 'docs/results', page: 'docs/reproduction.md' });
console.log(`docs/reproduction.md: ${shown.join(', ') || 'no results yet'}`);
