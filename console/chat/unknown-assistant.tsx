/** What a visitor sees whose link names an assistant that is not here. */
import type { ReactNode } from 'react';
import { BubbleMark } from './icons.tsx';
import type { Strings } from './strings.ts';

export function UnknownAssistant({ name, strings, language }: { name: string; strings: Strings; language: string }): ReactNode {
  const { title, more, talk, all } = strings.unknownAssistant;
  const to = (path: string, query: Readonly<Record<string, string>> = {}): string =>
    `${path}?${new URLSearchParams({ ...query, lang: language })}`;
  return (
    <div className="page">
      <main className="main">
        <section className="empty" role="alert">
          <span className="mark large">
            <BubbleMark />
          </span>
          <h1>{title}</h1>
          <p>{more(name)}</p>
          <div className="dialog-actions">
            <a className="button" href={to('/')}>
              {all}
            </a>
            <a className="button primary" href={to('/chat')}>
              {talk}
            </a>
          </div>
        </section>
      </main>
    </div>
  );
}
