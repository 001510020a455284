/**
 * A committed turn as inspectors of XState see it. It has the events that moved the machine, and the
 * snapshot after them.
 */
import type { MachineEvent, PersistedMachine } from '#machines/definition.ts';
import type { Address, SessionId } from '#machines/ids.ts';
import type { ActorInput } from '../interpreter/input.ts';
import { decodeSnapshot } from '../interpreter/stored-snapshot.ts';
import { inputOf } from './journal-payload.ts';
import type { Turn } from './turn.ts';

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

export function inspectedTurn({ before, commit: { session, journal } }: Turn): InspectedTurn {
  const { id, address, machineId, machineVersion, snapshot } = session;
  return {
    sessionId: id,
    address,
    machine: { id: machineId, version: machineVersion },
    isFirst: before.version === 0,
    events: journal.flatMap(({ payload }) => eventsOf(inputOf(payload))),
    snapshot: decodeSnapshot(snapshot).machine,
  };
}

function eventsOf(input: ActorInput | undefined): readonly MachineEvent[] {
  switch (input?.kind) {
    case 'event':
    case 'signal':
      return [input.event];
    case 'timer':
      return [{ type: 'statechat.timer', serial: input.serial }];
    case 'answer':
      return input.sent.map(({ event }) => event);
    default:
      return [];
  }
}
