/**
 * XML as a stream of elements: those of one name, each as a small tree, one after the other.
 *
 * saxes reads strictly by the standard and expands nothing but the five predefined entities. A document type
 * declaration may name a DTD, which is not fetched; one that declares entities of its own is refused.
 */
import { SaxesParser } from 'saxes';
import { UserError } from '../../foundation/errors.ts';
import { readTextChunks } from '../../foundation/text-chunks.ts';

export interface XmlElement {
  name: string;
  attributes: Readonly<Record<string, string>>;
  children: XmlElement[];
  /** The text directly in it. */
  text: string;
  line: number;
}

/** Code units of the longest element that is read whole, and of the longest stretch without markup. */
const LARGEST_ELEMENT = 1 << 24;
const DEEPEST = 64;

/**
 * Yields the elements of a given name, wherever they stand; what is inside one is part of its tree.
 * @param root the name that the outermost element must have.
 * @throws UserError with `file:line` where the file is not well-formed XML, declares entities, or holds an element
 * too large or too deep to be a document.
 */
export async function* readXmlElements(path: string, root: string, name: string): AsyncGenerator<XmlElement> {
  const parser = new SaxesParser({ xmlns: false, position: true });
  const fail = (what: string, remedy: string): never => {
    throw new UserError(what, { where: `${path}:${parser.line}`, remedy });
  };
  const whole: XmlElement[] = [];
  /** The element being read and those inside it that are open. */
  const open: XmlElement[] = [];
  let depth = 0;
  /** Characters read before the element being read, or the last markup outside of one. */
  let since = 0;
  parser.on('error', (error) => {
    fail(
      `not well-formed XML: ${error.message.replace(/^\d+:\d+: (.*?)\.?$/, '$1')}`,
      'mend the file, or fetch it again',
    );
  });
  parser.on('doctype', (declaration) => {
    if (declaration.includes('[')) {
      fail('the document type declaration declares entities', 'take the declaration out: entities are not expanded');
    }
  });
  let line = 1;
  parser.on('opentagstart', () => {
    line = parser.line;
  });
  parser.on('opentag', (tag) => {
    if (depth === 0 && tag.name !== root)
      fail(`the outermost element is <${tag.name}>, not <${root}>`, 'check the format');
    if (++depth > DEEPEST) fail(`elements lie more than ${DEEPEST} deep in each other`, 'check the format');
    if (open.length === 0) since = parser.position;
    if (open.length === 0 && tag.name !== name) return;
    const element = { name: tag.name, attributes: tag.attributes, children: [], text: '', line };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  const addText = (text: string): void => {
    const element = open.at(-1);
    if (element) element.text += text;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    depth--;
    const element = open.pop();
    if (element && open.length === 0) whole.push(element);
    if (open.length === 0) since = parser.position;
  });
  for await (const chunk of readTextChunks(path)) {
    parser.write(chunk);
    yield* whole.splice(0);
    if (parser.position - since > LARGEST_ELEMENT) {
      fail(`more than ${LARGEST_ELEMENT} characters belong to one element`, 'check the format');
    }
  }
  parser.close();
  yield* whole;
}

/** The children of an element that have a name. */
export function childrenNamed({ children }: XmlElement, name: string): XmlElement[] {
  return children.filter((child) => child.name === name);
}
