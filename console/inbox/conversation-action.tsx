/** A button for what can be done with the selected session. */
import type { ReactNode } from 'react';
import { type ActionId, KEYS } from './keys.ts';
import { useConsole } from './page-context.ts';

type HeadAction = Extract<ActionId, 'claim' | 'release' | 'transfer' | 'close'>;

export function ActionButton({
  action,
  primary = false,
  busy,
}: {
  readonly action: HeadAction;
  readonly primary?: boolean;
  readonly busy: boolean;
}): ReactNode {
  const { strings, run } = useConsole();
  return (
    <button
      type="button"
      className={primary ? 'button primary' : 'button'}
      disabled={busy}
      title={`${strings.actions[action]} (${KEYS[action]?.shown ?? ''})`}
      onClick={() => run(action)}
    >
      {strings.actions[action]}
    </button>
  );
}
