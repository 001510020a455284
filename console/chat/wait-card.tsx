/** Card above the composer while the visitor waits, with what for, since when, and the way back. */
import { type ReactNode, useEffect, useState } from 'react';
import type { Wait } from './feed-state.ts';
import { ClockIcon } from './icons.tsx';
import { usePage } from './page-context.ts';

/** Between two updates of the time, ms. It counts minutes. */
const COUNT_MS = 10_000;
/** A press without effect, as while the server is away, may be repeated after this time, ms. */
const PRESSED_MS = 5_000;

export function WaitCard({ wait }: { wait: Wait }): ReactNode {
  const { conversation, strings, formats } = usePage();
  const now = useNow();
  const [pressed, setPressed] = useState(false);
  useEffect(() => {
    if (!pressed) return undefined;
    const timer = setTimeout(() => setPressed(false), PRESSED_MS);
    return () => clearTimeout(timer);
  }, [pressed]);
  const { title, more, leave } = strings.waits[wait.for];
  const { since } = wait;
  const onLeave = (): void => {
    if (pressed) return;
    setPressed(true);
    if (wait.for === 'agent') conversation.send('/assistant');
    else conversation.stop();
  };
  return (
    <section className="wait" aria-labelledby="wait-title">
      <ClockIcon />
      <div>
        <p id="wait-title" className="wait-title">
          {title}
        </p>
        <p className="wait-more">
          {since !== undefined && (
            <time dateTime={new Date(since).toISOString()} title={formats.full(since)}>
              {strings.askedFor(formats.ago(since, now))}.
            </time>
          )}{' '}
          {more}
        </p>
      </div>
      <button type="button" className="button" onClick={onLeave} aria-disabled={pressed}>
        {leave}
      </button>
    </section>
  );
}

function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), COUNT_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}
