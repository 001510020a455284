/** SVG as a value, which the server writes as text and the page draws with React. */
export interface SvgNode {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly children: readonly (SvgNode | string)[];
}

export function svgNode(name: string, attributes: SvgNode['attributes'], ...children: SvgNode['children']): SvgNode {
  return { name, attributes, children };
}

/** Everything that is not markup of ours is escaped, and what XML cannot hold is left out. */
export function svgText({ name, attributes, children }: SvgNode): string {
  const given = Object.entries(attributes)
    .map(([attribute, value]) => ` ${attribute}="${escaped(String(value))}"`)
    .join('');
  if (children.length === 0) return `<${name}${given}/>`;
  return `<${name}${given}>${children.map((child) => (typeof child === 'string' ? escaped(child) : svgText(child))).join('')}</${name}>`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escaped(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    .replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
