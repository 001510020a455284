/** The session's row as it is to be after a turn. */
import type { Json, SessionFacts } from '#machines/definition.ts';
import type { SessionRow } from '#storage/port.ts';
import type { HostedActor } from '../interpreter/hosted-actor.ts';
import type { Envelope } from '../interpreter/stored-snapshot.ts';
import type { TurnStart } from './turn-start.ts';

export interface After {
  readonly actor: HostedActor;
  readonly envelope: Envelope;
  readonly facts: SessionFacts;
  readonly version: number;
}

export interface At {
  readonly now: number;
  /** An event from outside was heard. */
  readonly active: boolean;
  /** The session was looked at because a timer may be due. */
  readonly woken: boolean;
}

export function rowAfter({ row, machine }: TurnStart, { actor, envelope, facts, version }: After, at: At): SessionRow {
  const open = actor.status === 'active';
  return {
    ...row,
    machineId: machine.definition.id,
    machineVersion: machine.definition.version,
    version,
    state: facts.state,
    handler: facts.handler,
    agentId: facts.agentId ?? null,
    tags: facts.tags ?? [],
    queue: facts.queue ?? null,
    waitingSince: facts.waitingSince ?? null,
    open,
    snapshot: envelope as Json & Envelope,
    wakeAt: open ? wakeAfter(row.wakeAt, actor.earliestDue(), at) : null,
    lastActivityAt: at.active ? at.now : row.lastActivityAt,
    closedAt: open ? null : (row.closedAt ?? at.now),
  };
}

/**
 * When the session must be looked at. An earlier time that is still to come is left standing, since a wake that
 * finds nothing due costs less than an index write on every message.
 */
function wakeAfter(stored: number | null, earliest: number | null, { now, woken }: At): number | null {
  const addressState = stored !== null && stored > now && !woken;
  return addressState && (earliest === null || stored <= earliest) ? stored : earliest;
}

/** See `TurnCommit`. */
export function isSteady(before: SessionRow, after: SessionRow): boolean {
  return (
    before.version > 0 &&
    before.machineId === after.machineId &&
    before.machineVersion === after.machineVersion &&
    before.handler === after.handler &&
    before.agentId === after.agentId &&
    before.queue === after.queue &&
    before.waitingSince === after.waitingSince &&
    before.open === after.open &&
    before.closedAt === after.closedAt &&
    before.tags.length === after.tags.length &&
    before.tags.every((tag, index) => tag === after.tags[index])
  );
}
