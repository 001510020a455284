/** First screen of a visitor before any message. */
import type { ReactNode } from 'react';
import { FaceMark } from '../face/face-mark.tsx';
import { usePage } from './page-context.ts';

export function EmptyState({ onChoose }: { onChoose: (text: string) => void }): ReactNode {
  const { face, strings } = usePage();
  return (
    <section className="empty">
      <span className="mark large">
        <FaceMark face={face} />
      </span>
      <h2 dir="auto">{strings.greeting}</h2>
      <p dir="auto">{strings.greetingMore}</p>
      {strings.suggestions.length > 0 && (
        <ul className="suggestions" aria-label={strings.suggestionsLabel}>
          {strings.suggestions.map(({ label, text }) => (
            <li key={text}>
              <button type="button" className="suggestion" dir="auto" onClick={() => onChoose(text)}>
                {label}
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
