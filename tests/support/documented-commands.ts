/** The commands that the documentation shows, found in its text: lines of code blocks, and spans within sentences. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Folders of pages, and of commands, whose help texts have examples too. */
const PLACES = [
  { folder: 'docs', names: /\.md$/ },
  { folder: 'models', names: /^[^/]+\/README\.md$/ },
  { folder: 'src/cli/commands', names: /\.ts$/ },
];

export interface DocumentedCommand {
  /** `README.md:35` */
  readonly where: string;
  /** What follows `dare`. */
  readonly args: readonly string[];
  /** A line of its own, to be carried out; else a mention in a sentence, which may leave out what everybody knows. */
  readonly isWhole: boolean;
  /** What is piped into it. */
  readonly input: string | undefined;
  /** The file that its results go to. */
  readonly output: string | undefined;
}

export function documentedCommands(): DocumentedCommand[] {
  const found = PLACES.flatMap(({ folder, names }) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .map((name) => name.split(sep).join('/'))
      .filter((name) => names.test(name))
      .sort()
      .map((name) => `${folder}/${name}`),
  );
  return ['README.md', 'examples/README.md', ...found].flatMap((path) =>
    readFileSync(join(ROOT, path), 'utf8')
      .split('\n')
      .flatMap((line, index) => commandsIn(line, `${path}:${index + 1}`)),
  );
}

/** Commands of a line: a whole one where the line is nothing else, else those in backticks. */
export function commandsIn(line: string, where: string): DocumentedCommand[] {
  if (/^ {2,}\S|^(bin\/)?dare [a-z]+ -/.test(line)) return wholeCommands(line.trim(), where);
  return Array.from(line.matchAll(/`(?:bin\/)?dare ([^`]+)`/g), ([, text]) => ({
    ...{ where, args: wordsOf(text!), isWhole: false, input: undefined, output: undefined },
  }));
}

/** The commands of a shell line: behind `&&`, with what is piped in, without a comment or an explanation some blanks apart. */
function wholeCommands(line: string, where: string): DocumentedCommand[] {
  const code = line.split(/\s{3,}|\s#\s/)[0]!;
  return code.split(' && ').flatMap((part) => {
    const stages = part.split(' | ');
    const [command, output] = stages.at(-1)!.split(' > ');
    const words = wordsOf(command!);
    if (!['dare', 'bin/dare'].includes(words[0]!) || words.length < 2) return [];
    const echoed = stages.length > 1 ? wordsOf(stages[0]!).slice(1).join(' ') : undefined;
    return [{ where, args: words.slice(1), isWhole: true, input: echoed, output: output?.trim() }];
  });
}

/** Words as a shell reads them, with quotes of either kind. */
function wordsOf(text: string): string[] {
  return Array.from(text.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g), ([word]) => word.replaceAll(/['"]/g, ''));
}
