import type { ReactNode } from 'react';

/** A text in which places are marked, as `[start, end]` in UTF-16 units, in order, apart. */
export function MarkedText({ text, marks }: { readonly text: string; readonly marks: readonly (readonly [number, number])[] }): ReactNode {
  const ends = [0, ...marks.map(([, end]) => end)];
  return (
    <bdi>
      {marks.map(([start, end], index) => (
        <span key={start}>
          {text.slice(ends[index], start)}
          <mark>{text.slice(start, end)}</mark>
        </span>
      ))}
      {text.slice(ends.at(-1))}
    </bdi>
  );
}
