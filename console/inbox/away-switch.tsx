/** Says whether the agent takes sessions of rules, and changes it. */
import { type ReactNode, useEffect, useRef } from 'react';
import { useText } from '../text/text-context.ts';
import { useConsole, useObserved, useShownKey } from './page-context.ts';

export function AwaySwitch(): ReactNode {
  const { tools, strings, run } = useConsole();
  const { announce } = useText();
  const { isAway, isChanging, hasFailed } = useObserved(tools.availability.state);
  const words = strings.tools.availability;
  const key = useShownKey()('away');
  const more = hasFailed ? words.failed : isAway ? words.awayMore : words.availableMore;
  const before = useRef(isAway);
  // A key changes it from anywhere, where a screen reader does not see the switch.
  useEffect(() => {
    if (before.current !== undefined && isAway !== undefined && before.current !== isAway)
      announce(isAway ? words.nowAway : words.nowAvailable);
    before.current = isAway;
  }, [isAway, announce, words]);
  useEffect(() => {
    if (hasFailed) announce(words.failed);
  }, [hasFailed, announce, words]);
  if (isAway === undefined) return null;
  return (
    <button
      type="button"
      className="away-switch"
      data-failed={hasFailed}
      data-away={isAway}
      aria-busy={isChanging}
      title={key === undefined ? more : `${more} (${key})`}
      onClick={() => run('away')}
    >
      {hasFailed ? words.failed : isAway ? words.away : words.available}
    </button>
  );
}
