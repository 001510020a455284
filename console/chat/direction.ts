/**
 * Direction of a piece of text by its first strong letter, as `dir="auto"` decides it. Computed
 * here because `dir="auto"` ignores children with a direction of their own, such as the paragraphs
 * of a quotation.
 */
export type Direction = 'ltr' | 'rtl';

const RTL =
  /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Samaritan}\p{Script=Mandaic}\p{Script=Adlam}\p{Script=Hanifi_Rohingya}]/u;

/** Undefined without a letter. The surrounding text decides then. */
export function directionOf(text: string): Direction | undefined {
  const [first] = /\p{L}/u.exec(text) ?? [];
  return first === undefined ? undefined : RTL.test(first) ? 'rtl' : 'ltr';
}

/** A node of the parsed markdown, as far as it matters here. */
export interface TextTree {
  readonly type: string;
  readonly value?: string;
  readonly children?: readonly TextTree[];
}

export function directionOfTree(tree: TextTree | undefined): Direction | undefined {
  if (tree === undefined) return undefined;
  if (tree.type === 'text') return directionOf(tree.value ?? '');
  for (const child of tree.children ?? []) {
    const direction = directionOfTree(child);
    if (direction !== undefined) return direction;
  }
  return undefined;
}
