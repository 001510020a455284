/** A button for what can be done with the selected session. */
import type { ReactNode } from 'react';
import type { ActionId } from './keys.ts';
import { useConsole, useShownKey } from './page-context.ts';

type HeadAction = Extract<ActionId, 'claim' | 'release' | 'transfer' | 'close' | 'snooze' | 'unsnooze'>;

export function ActionButton({
  action,
  label,
  primary = false,
  busy,
}: {
  readonly action: HeadAction;
  /** In place of the action's own. */
  readonly label?: string;
  readonly primary?: boolean;
  readonly busy: boolean;
}): ReactNode {
  const { strings, run } = useConsole();
  const words = label ?? strings.actions[action];
  const shown = useShownKey()(action);
  return (
    <button
      type="button"
      className={primary ? 'button primary' : 'button'}
      disabled={busy}
      title={shown === undefined ? words : `${words} (${shown})`}
      onClick={() => run(action)}
    >
      {words}
    </button>
  );
}
