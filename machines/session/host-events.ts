/**
 * Events that a session receives from its host alone. Callers cannot send them, because the runtime
 * refuses every type that begins with `statechat.`. Your own machine may take them too. The runtime
 * sends them only to machines that name them.
 */

/** The address of the session changed. `at` is milliseconds since the epoch. */
export interface MovedEvent {
  readonly type: 'statechat.moved';
  readonly from: string;
  readonly to: string;
  readonly at: number;
}

/**
 * Another session continues in place of this one, because a provider reports that both addresses
 * are one conversation. A machine that takes this event ends by it. `by` is the id of the session
 * that continues.
 */
export interface SupersededEvent {
  readonly type: 'statechat.superseded';
  readonly by: string;
  readonly at: number;
}

export type HostEvent = MovedEvent | SupersededEvent;
