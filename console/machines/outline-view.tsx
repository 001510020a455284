/** The outline of a machine, which tells in text what the picture shows. */
import type { ReactNode } from 'react';
import type { OutlineItem } from '#machines/drawing/outline.ts';

export function OutlineView({ item }: { readonly item: OutlineItem }): ReactNode {
  return (
    <ul className="outline">
      <Item item={item} />
    </ul>
  );
}

function Item({ item: { name, facts, lines, children } }: { readonly item: OutlineItem }): ReactNode {
  return (
    <li>
      <bdi className="outline-name">{name}</bdi> <span className="outline-facts">{facts.join(' · ')}</span>
      {lines.length > 0 && (
        <ul className="outline-lines">
          {lines.map((line, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: Lines stay in their order.
            <li key={index}>
              <bdi>{line}</bdi>
            </li>
          ))}
        </ul>
      )}
      {children.length > 0 && (
        <ul>
          {children.map((child) => (
            <Item key={child.id} item={child} />
          ))}
        </ul>
      )}
    </li>
  );
}
