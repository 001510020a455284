/** A committed turn as inspectors of XState see it. */
import type { MachineEvent, PersistedMachine } from '#machines/definition.ts';
import type { Address, SessionId } from '#machines/ids.ts';

export interface InspectedTurn {
  readonly sessionId: SessionId;
  readonly address: Address;
  readonly machine: { readonly id: string; readonly version: number };
  /** The turn began the session. */
  readonly isFirst: boolean;
  /** In order. A timer is the event `statechat.timer`. */
  readonly events: readonly MachineEvent[];
  /** With the snapshots of its children in `children`. */
  readonly snapshot: PersistedMachine;
}
