/** An SCXML document as a tree. Prefixes of namespaces are left out. */
import sax from 'sax';

export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
  /** All text directly in it. */
  readonly text: string;
}

interface OpenElement {
  readonly name: string;
  readonly attributes: Record<string, string>;
  readonly children: Element[];
  text: string;
}

export function parseDocument(source: string): Element {
  const parser = sax.parser(true);
  const top: OpenElement = { name: '', attributes: {}, children: [], text: '' };
  const open = [top];
  const local = (name: string): string => name.replace(/^.*:/, '');
  const addText = (text: string): void => {
    const parent = open.at(-1);
    if (parent) parent.text += text;
  };
  parser.onopentag = ({ name, attributes }) => {
    const element: OpenElement = { name: local(name), attributes: {}, children: [], text: '' };
    for (const [key, value] of Object.entries(attributes)) element.attributes[local(key)] = String(value);
    open.at(-1)?.children.push(element);
    open.push(element);
  };
  parser.onclosetag = () => void open.pop();
  parser.ontext = addText;
  parser.oncdata = addText;
  parser.onerror = (error) => {
    throw error;
  };
  parser.write(source).close();
  const [root] = top.children;
  if (root?.name !== 'scxml') throw new Error('the document has no scxml element');
  return root;
}

export function childrenNamed(element: Element, ...names: readonly string[]): readonly Element[] {
  return element.children.filter(({ name }) => names.includes(name));
}
