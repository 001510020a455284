/** The clock of a sandbox, and the ways to let its time go by. */
import { type ReactNode, useState } from 'react';
import type { SandboxState } from './session-api.ts';
import { useSession } from './session-context.ts';
import { timerName } from './shown-value.ts';

interface ClockProps {
  readonly state: Pick<SandboxState, 'now' | 'timers' | 'machine'>;
  readonly play: (step: object) => void;
}

export function SandboxClock({ state: { now, timers, machine }, play }: ClockProps): ReactNode {
  const { words, times } = useSession();
  const [seconds, setSeconds] = useState('60');
  const [next] = timers;
  const ms = Math.round(Number(seconds) * 1_000);
  const isPossible = Number.isFinite(ms) && ms > 0;
  return (
    <section className="life-part">
      <h2>{words.clock}</h2>
      <p>
        <time dateTime={new Date(now).toISOString()}>{times.whole(now)}</time>
      </p>
      <div className="life-actions">
        <form
          onSubmit={(submitted) => {
            submitted.preventDefault();
            if (isPossible) play({ do: 'advance', ms });
          }}
        >
          <input
            className="life-seconds"
            aria-label={words.seconds}
            inputMode="decimal"
            value={seconds}
            aria-invalid={!isPossible}
            onChange={({ target }) => setSeconds(target.value)}
          />
          <span className="life-quiet" aria-hidden="true">
            {words.seconds}
          </span>
          <button type="submit" className="life-button" disabled={!isPossible}>
            {words.advance}
          </button>
        </form>
        {next !== undefined && (
          <button type="button" className="life-button" onClick={() => play({ do: 'advance', ms: Math.max(0, Math.ceil(next.due - now)) })}>
            {words.toTimer(timerName(next.id, machine.id))} ({times.duration(Math.max(0, next.due - now))})
          </button>
        )}
      </div>
    </section>
  );
}
