/**
 * Words of an answer's CommonMark without its marks, for a screen reader. A link is its text, a
 * picture its description, and the cells of a row are separated by commas.
 */
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import { unified } from 'unified';

interface Tree {
  readonly type: string;
  readonly value?: string;
  readonly alt?: string | null | undefined;
  readonly children?: readonly Tree[];
}

const parser = unified().use(remarkParse).use(remarkGfm);

export function plainText(markdown: string): string {
  const tree: Tree = parser.parse(markdown);
  return words(tree).trim();
}

/** Containers whose children are lines of their own. */
const BLOCKS = ['root', 'blockquote', 'list', 'listItem', 'table', 'footnoteDefinition'];

function words({ type, value, alt, children = [] }: Tree): string {
  if (value !== undefined) return value;
  if (type === 'image') return alt ?? '';
  if (type === 'break') return '\n';
  const parts = children.map(words);
  if (type === 'tableRow') return parts.join(', ');
  return BLOCKS.includes(type) ? parts.filter((part) => part !== '').join('\n') : parts.join('');
}
