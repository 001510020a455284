/** First screen of a visitor before any message. */
import type { ReactNode } from 'react';
import { BubbleMark } from './icons.tsx';
import { usePage } from './page-context.ts';

export function EmptyState({ onChoose }: { onChoose: (text: string) => void }): ReactNode {
  const { strings } = usePage();
  return (
    <section className="empty">
      <span className="mark large">
        <BubbleMark />
      </span>
      <h2>{strings.greeting}</h2>
      <p>{strings.greetingMore}</p>
      <ul className="suggestions" aria-label={strings.suggestionsLabel}>
        {strings.suggestions.map((text) => (
          <li key={text}>
            <button type="button" className="suggestion" onClick={() => onChoose(text)}>
              {text}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
