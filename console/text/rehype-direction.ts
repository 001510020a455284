/**
 * Sets the direction of each block of an answer.
 *
 * Invariants (`test/console/rehype-direction.test.ts`)
 * 1. In an answer that runs from right to left, so does every block with a word of such a script,
 *    whatever it begins with. Lists, tables and headings always do. Only a sentence of other words
 *    runs from left to right.
 * 2. In any other answer, a block runs as its own words do.
 * 3. Where a block runs from right to left, what `bidiParts` names is isolated, and so is an item
 *    or a cell without a word of such a script.
 */
import type { Element, ElementContent, Nodes, Root } from 'hast';
import { bidiParts, type Direction, directionOf, hasRightToLeft, wordsIn } from './direction.ts';

const PROSE = new Set(['p', 'blockquote']);
const FRAMES = new Set(['ul', 'ol', 'table', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6']);
/** What may stand alone in a script of its own inside such a frame. */
const PARTS = new Set(['li', 'td', 'th', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'p']);
/** Words of a sentence. A symbol or a command alone has one. */
const SENTENCE = 2;

/** `direction` is the answer's. */
export function rehypeDirection({ direction }: { direction: Direction | undefined }): (tree: Root) => void {
  return (tree) => {
    for (const child of tree.children) if (child.type === 'element') setDirection(child, direction, direction);
  };
}

function setDirection(element: Element, answer: Direction | undefined, around: Direction | undefined): void {
  const { tagName } = element;
  if (tagName === 'pre' || tagName === 'code') return;
  const own = PROSE.has(tagName) || FRAMES.has(tagName) ? blockDirection(element, answer) : undefined;
  if (own !== undefined) element.properties.dir = own;
  const direction = own ?? around;
  for (const child of element.children) if (child.type === 'element') setDirection(child, answer, direction);
  if (direction !== 'rtl') return;
  if (PARTS.has(tagName) && isInline(element) && textOf(element) !== '' && !hasRightToLeft(textOf(element))) {
    element.children = [isolated(element.children)];
  } else element.children = element.children.flatMap((child) => (child.type === 'text' ? split(child.value) : [child]));
}

function blockDirection(element: Element, answer: Direction | undefined): Direction | undefined {
  const text = textOf(element);
  if (answer !== 'rtl') return directionOf(text);
  if (hasRightToLeft(text)) return 'rtl';
  return PROSE.has(element.tagName) && wordsIn(text) >= SENTENCE ? 'ltr' : undefined;
}

function isInline({ children }: Element): boolean {
  return !children.some(
    (child) => child.type === 'element' && (PARTS.has(child.tagName) || FRAMES.has(child.tagName) || child.tagName === 'pre'),
  );
}

function split(value: string): ElementContent[] {
  return bidiParts(value).map(({ text, ltr }) => (ltr ? isolated([{ type: 'text', value: text }]) : { type: 'text', value: text }));
}

function isolated(children: ElementContent[]): Element {
  return { type: 'element', tagName: 'bdi', properties: { dir: 'ltr' }, children };
}

/** Without code, which has a direction of its own. */
function textOf(node: Nodes): string {
  if (node.type === 'text') return node.value;
  if (!('children' in node) || (node.type === 'element' && (node.tagName === 'code' || node.tagName === 'pre'))) return '';
  return node.children.map(textOf).join('');
}
