/**
 * A corpus as a stream of examples.
 *
 * `openCorpus` gives documents and examples as the files hold them; here documents become examples under the rules,
 * and what is left out is counted. Nothing is kept but counts and the names of documents and sentences met.
 */
import { UserError } from '../foundation/errors.ts';
import { sha256 } from '../foundation/hash.ts';
import { ownCopy } from '../foundation/own-copy.ts';
import { candidatesOf } from './candidates/candidates.ts';
import { DROP_REASONS, DropLog, type DropCounts, type DropReason } from './candidates/drops.ts';
import { readyMade } from './candidates/ready-made.ts';
import { AUTO, type CandidateRules } from './candidates/rules.ts';
import { surveyTypes } from './candidates/survey.ts';
import type { Example } from './example.ts';
import type { FactLog } from './facts.ts';
import { requireUsefulSettings } from './format-settings.ts';
import { openCorpus } from './open-corpus.ts';
import type { WarningCode, WarningCount } from './readers/warnings.ts';
import { candidateRulesOf, openOptionsOf, type CorpusSettings } from './settings.ts';

/** What was met in a corpus beside its examples; complete when all are read. */
export interface CorpusTally {
  format: string;
  documents: number;
  sentences: number;
  dropped: DropCounts;
  warnings: WarningCount[];
}

export class ExampleStream {
  readonly format: string;
  /** The rules as settled for this corpus. */
  readonly rules: CandidateRules;
  readonly #path: string;
  readonly #opened: Awaited<ReturnType<typeof openCorpus>>;
  readonly #drops = new DropLog();
  readonly #documents = new Set<string>();
  readonly #sentences = new Set<string>();
  #splitSentences = 0;

  private constructor(path: string, opened: Awaited<ReturnType<typeof openCorpus>>, rules: CandidateRules) {
    this.format = opened.format;
    this.rules = rules;
    this.#path = path;
    this.#opened = opened;
  }

  /**
   * Finds the files, and the types of the pairs where these are left open (for which the files are read once).
   * @throws UserError where the path, the format or a setting is wrong, or a file is malformed.
   */
  static async open(path: string, settings: CorpusSettings): Promise<ExampleStream> {
    const rules = await candidateRulesOf(settings);
    const options = openOptionsOf(settings);
    const opened = await openCorpus(path, options);
    requireUsefulSettings(opened.format, settings);
    const types =
      rules.types === AUTO ? await surveyTypes((await openCorpus(path, options)).items(), rules.directed) : rules.types;
    return new ExampleStream(path, opened, { ...rules, types });
  }

  /**
   * The examples in the order of the files. To be read once.
   * @param facts gets what the documents say of concepts.
   * @throws UserError for malformed files, and where there is not a single example.
   */
  async *examples(facts?: FactLog): AsyncGenerator<Example> {
    let any = false;
    for await (const item of this.#opened.items()) {
      if (item.kind === 'example') {
        const { example } = item;
        this.#meet(example.document);
        // A hash, so that memory does not grow with the length of sentences.
        this.#sentences.add(sha256(`${example.document}\t${example.text}`).slice(0, 16));
        const kept = readyMade(example, this.rules);
        if (typeof kept === 'string') {
          this.#drops.add(kept, example.relation !== null);
          continue;
        }
        any = true;
        yield kept;
        continue;
      }
      const { document, split } = item;
      facts?.add(document, split, this.rules);
      this.#meet(document.id);
      const candidates = candidatesOf(document, this.rules, this.#drops);
      let next = candidates.next();
      for (; !next.done; next = candidates.next()) {
        any = true;
        yield split ? { ...next.value, split } : next.value;
      }
      this.#splitSentences += next.value;
    }
    if (any) return;
    const [dropped] = Object.entries(this.#drops.counts()).sort(([, a], [, b]) => b.pairs - a.pairs);
    throw new UserError('no examples were found', {
      where: this.#path,
      remedy:
        'check that the entity types and relations are those that the corpus names' +
        (dropped ? `; left out: ${dropped[1].pairs} ${DROP_REASONS[dropped[0] as DropReason]}` : ''),
    });
  }

  #meet(document: string): void {
    if (!this.#documents.has(document)) this.#documents.add(ownCopy(document));
  }

  /** Counts a warning about an example. @throws UserError in strict mode. */
  warn(code: WarningCode, what: string, where: string): void {
    this.#opened.warnings.add(code, what, where);
  }

  /** Counts an example that is left out after all. */
  drop(reason: DropReason, related: boolean): void {
    this.#drops.add(reason, related);
  }

  tally(): CorpusTally {
    return {
      format: this.format,
      documents: this.#documents.size,
      sentences: this.#splitSentences + this.#sentences.size,
      dropped: this.#drops.counts(),
      warnings: this.#opened.warnings.counts(),
    };
  }
}
