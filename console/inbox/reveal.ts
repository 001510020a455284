/** Shows an entry that a search or a mention leads to. */
import { useEffect } from 'react';
import { focusOnce } from '../text/focus-once.ts';
import { useConsole, useObserved } from './page-context.ts';
import type { Row } from './rows.ts';
import { isWhole, type Transcript } from './transcript.ts';

/** @param scrollTo the row with this index. Older entries are loaded until the row is there. */
export function useReveal(transcript: Transcript, rows: readonly Row[], scrollTo: (index: number) => void): void {
  const { desk, tools } = useConsole();
  const revealed = useObserved(tools.revealed);
  const wanted = revealed?.sessionId === transcript.card.id ? revealed.seq : undefined;
  const withFocus = revealed?.withFocus === true;
  const index = wanted === undefined ? -1 : rows.findIndex((row) => 'seq' in row && row.seq === wanted);
  const first = transcript.entries[0]?.seq ?? 0;
  useEffect(() => {
    if (wanted === undefined) return;
    if (index < 0) {
      if (first > wanted && !isWhole(transcript)) void desk.loadOlder();
      else tools.revealed.set(undefined);
      return;
    }
    scrollTo(index);
    // Rows are measured as they are drawn, so it is done again. Then it stays where the agent
    // scrolls.
    const timer = setTimeout(() => {
      scrollTo(index);
      tools.revealed.set(undefined);
      const message = withFocus ? document.querySelector<HTMLElement>(`.message[data-seq="${wanted}"]`) : null;
      if (message !== null) focusOnce(message);
    }, 100);
    return () => clearTimeout(timer);
  }, [wanted, withFocus, index, first, transcript, desk, tools, scrollTo]);
}
