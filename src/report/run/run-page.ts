/** A run on one page: the answer first, then what it rests on, down to the sentences and settings. */
import { html } from 'hono/html';
import { VERSION } from '../../foundation/version.ts';
import { pageText, showNumber } from '../page.ts';
import { dataSections } from './data-sections.ts';
import { disagreementSection } from './disagreements.ts';
import { chiefComparison, headline, verdictOf } from './headline.ts';
import { makingSection } from './making-section.ts';
import { poolSections } from './pool-sections.ts';
import { TESTED_ON_WORDS, type RunReport } from './run-data.ts';
import { RUN_SCRIPT } from './run-script.ts';
import { armsSection, comparisonSection, confusionSection, curveSection, relationSection } from './score-sections.ts';
import { trainingSections } from './training-sections.ts';

const goldOf = ({ train }: RunReport['corpus'], relation: string): number =>
  train.filter((example) => example.relation === relation).length;

/** The page as the text of an HTML file, which needs nothing beside it; the same for the same run. */
export async function runPage(report: RunReport): Promise<string> {
  const { name, scores, corpus } = report;
  const chief = chiefComparison(scores);
  const sections = await Promise.all([
    armsSection(report),
    comparisonSection(scores),
    relationSection({ scores, learned: (relation) => String(goldOf(corpus, relation)) }),
    curveSection(scores),
    confusionSection(scores),
    ...poolSections(report),
    disagreementSection(report),
    ...trainingSections(report),
    ...dataSections(report),
    makingSection(report),
  ]);
  return pageText(
    `${name}: does synthetic data help?`,
    html`<h1>${name}</h1>
      <p class="answer ${chief ? verdictOf(scores, chief) : ''}">${headline(scores)}</p>
      <p class="lead">
        Scored on ${TESTED_ON_WORDS[corpus.testedOn]}: ${showNumber(corpus.test.length)} sentences, of which
        ${showNumber(corpus.test.filter(({ relation }) => relation !== null).length)} state a relation.
      </p>`,
    html`${sections}`,
    html`<p>
      Made by <code>dare report</code>, version ${VERSION}. Everything is in this file; nothing is loaded from
      elsewhere.
    </p>`,
    RUN_SCRIPT,
  );
}
