/** State of a session as its visitor sees it, from the journal's transitions and from its row. */
import * as z from 'zod';
import { machineIn } from '#actors/session/stored-machine.ts';
import type { SessionId } from '#machines/ids.ts';
import { agentSchema } from '#machines/session/events.ts';
import type { LifecycleState } from '#machines/session/table-cells.ts';
import type { JournalEntry, SessionRow } from '#storage/port.ts';

/** State of a session after one of its entries. */
export interface VisitorState extends Pick<SessionRow, 'state' | 'handler' | 'open'> {
  readonly sessionId: SessionId;
  readonly seq: number;
  readonly name?: string | undefined;
  readonly waitingSince?: number | null | undefined;
}

export const WAITING: LifecycleState = 'WAITING_AGENT';

const transition = z.object({ to: z.object({ state: z.string(), handler: z.enum(['bot', 'human', 'none']) }) });

export function stateOf({ id, version, state, handler, open, waitingSince }: SessionRow): VisitorState {
  return { sessionId: id, seq: version, state, handler, open, waitingSince };
}

const held = z.object({ agent: agentSchema });

/** State after a transition. Undefined for any other entry. `open` is false only by the row. */
export function stateAfter({ sessionId, seq, at, kind, payload }: JournalEntry): VisitorState | undefined {
  const to = kind === 'transition' ? transition.safeParse(payload).data?.to : undefined;
  return to && { ...to, sessionId, seq, open: true, waitingSince: to.state === WAITING ? at : undefined };
}

/** Name of the agent who holds a session. Undefined for none, and for a machine of another kind. */
export function holderIn(row: SessionRow): string | undefined {
  return row.handler === 'human' ? held.safeParse(machineIn(row)?.context).data?.agent.name : undefined;
}

/** True if code that the machine invoked is at work. */
export function hasRuns(row: SessionRow): boolean {
  return row.open && Object.keys(machineIn(row)?.children ?? {}).length > 0;
}
