/**
 * Reads from a committed turn what inspectors see, which is its events and the snapshot after them.
 */
import type { MachineEvent } from '#machines/definition.ts';
import type { InspectedTurn } from '../contract/inspected-turn.ts';
import type { ActorInput } from '../interpreter/input.ts';
import { decodeSnapshot } from '../interpreter/stored-snapshot.ts';
import { inputOf } from './journal-payload.ts';
import type { Turn } from './turn.ts';

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
