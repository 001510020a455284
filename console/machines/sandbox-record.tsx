/** What would have happened in the world, and the journal of a sandbox. */
import type { ReactNode } from 'react';
import type { SandboxState } from './session-api.ts';
import { Lines } from './session-changes.tsx';
import { useSession } from './session-context.ts';
import { resultOf } from './timeline-layout.ts';

interface RecordProps {
  readonly state: Pick<SandboxState, 'effects' | 'entries'>;
  readonly busy: boolean;
  readonly play: (step: object) => void;
}

export function SandboxRecord({ state: { effects, entries }, busy, play }: RecordProps): ReactNode {
  const { words } = useSession();
  return (
    <>
      <section className="life-part">
        <h2>{words.effects}</h2>
        <p className="life-quiet">{effects.length === 0 ? words.noEffects : words.nothingSent}</p>
        {effects.length > 0 && (
          <ol className="life-list" aria-label={words.effects} tabIndex={0}>
            {effects.map(({ serial, type, params, pending }) => (
              <li key={serial}>
                <strong dir="ltr">{type}</strong>
                <Lines value={params} />
                {pending && (
                  <button
                    type="button"
                    className="life-button"
                    disabled={busy}
                    aria-label={`${words.failEffect}: ${type} ${serial}`}
                    onClick={() => play({ do: 'fail', serial, reason: 'it failed in the sandbox' })}
                  >
                    {words.failEffect}
                  </button>
                )}
              </li>
            ))}
          </ol>
        )}
      </section>
      <section className="life-part">
        <h2>{words.journal}</h2>
        {entries.length === 0 ? (
          <p className="life-quiet">{words.noEntries}</p>
        ) : (
          <ol className="life-list" aria-label={words.journal} tabIndex={0}>
            {entries.map((entry) => {
              const result = resultOf(entry);
              return (
                <li key={entry.seq} value={entry.seq}>
                  <strong dir="ltr">{entry.kind}</strong> <span dir="auto">{entry.text}</span>
                  {result !== undefined && <span className="life-entry-result"> {words[result]}</span>}
                </li>
              );
            })}
          </ol>
        )}
      </section>
    </>
  );
}
