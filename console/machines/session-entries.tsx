/** The entries around a step as a list, to read and to choose from. */
import type { ReactNode } from 'react';
import type { TimelineEntry } from './session-api.ts';
import { useSession } from './session-context.ts';
import { around, resultOf, subjectOf } from './timeline-layout.ts';

interface EntriesProps {
  readonly entries: readonly TimelineEntry[];
  readonly seq: number;
  /** Id of the session's machine. */
  readonly machine: string;
  /** Tells it from another one on the page. */
  readonly name: string;
  readonly onStep: (seq: number) => void;
}

const SHOWN = 9;

export function SessionEntries({ entries, seq, machine, name, onStep }: EntriesProps): ReactNode {
  const { words, times } = useSession();
  return (
    <section className="life-part" aria-label={`${words.around} ${name}`}>
      <h2>{words.around}</h2>
      <ol className="life-entries">
        {around(entries, seq, SHOWN).map((entry) => {
          const result = resultOf(entry);
          return (
            <li key={entry.seq}>
              <button
                type="button"
                aria-current={entry.seq === seq ? 'step' : undefined}
                data-lane={entry.lane}
                onClick={() => onStep(entry.seq)}
              >
                <span className="life-entry-seq">{entry.seq}</span>
                <span className="life-entry-kind" dir="ltr">
                  {entry.kind}
                </span>
                <span className="life-entry-text" dir="auto">
                  {entry.text || <span className="life-quiet">{subjectOf(entry, machine)}</span>}
                </span>
                {result !== undefined && <span className="life-entry-result">{words[result]}</span>}
                <time dateTime={new Date(entry.at).toISOString()}>{times.clock(entry.at)}</time>
              </button>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
