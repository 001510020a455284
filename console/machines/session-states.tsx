/** The states that a machine is in, in words, and the timers that it waits for. */
import type { ReactNode } from 'react';
import type { Moment } from './session-api.ts';
import { useSession } from './session-context.ts';
import { timerName } from './shown-value.ts';

interface StatesProps extends Pick<Moment, 'activeStates' | 'timers' | 'status' | 'machine'> {
  /** Due times are shown as they are from then, in milliseconds since the epoch. */
  readonly now: number;
  readonly entered?: readonly string[];
}

export function States({ activeStates, timers, status, machine, now, entered = [] }: StatesProps): ReactNode {
  const { words, times } = useSession();
  return (
    <div className="life-states">
      <p>
        <span className="life-quiet">{words.state}</span>{' '}
        {leaves(activeStates).map((id) => (
          <bdi key={id} className="life-state" data-entered={entered.includes(id)}>
            {id}
          </bdi>
        ))}
        {status !== 'active' && <span className="life-quiet">{words.done}</span>}
      </p>
      {timers.length > 0 && (
        <p className="life-quiet">
          {words.waitsFor}{' '}
          {timers.map(({ serial, id, due }, index) => (
            <span key={serial}>
              {index > 0 && ' · '}
              {words.dueIn(timerName(id, machine.id), times.duration(Math.max(0, due - now)))}
            </span>
          ))}
        </p>
      )}
    </div>
  );
}

/** The innermost states, which say the others too. */
export function leaves(ids: readonly string[]): readonly string[] {
  return ids.filter((id) => id !== '' && !ids.some((other) => other.startsWith(`${id}.`)));
}
