/** Draws SVG that is a value with React, so that no text becomes markup. */
import { createElement, type ReactNode } from 'react';
import type { SvgNode } from '#machines/drawing/svg-node.ts';

export function svgElements(children: SvgNode['children']): ReactNode {
  return children.map((child, index) =>
    typeof child === 'string'
      ? child
      : createElement(
          child.name,
          { key: index, ...propertiesOf(child.attributes) },
          ...(child.children.length === 0 ? [] : [svgElements(child.children)]),
        ),
  );
}

function propertiesOf(attributes: SvgNode['attributes']): Record<string, string | number> {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [propertyOf(name), value]));
}

/** React names attributes in its own way, but for those of data. */
function propertyOf(name: string): string {
  if (name === 'class') return 'className';
  return name.startsWith('data-') ? name : name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
