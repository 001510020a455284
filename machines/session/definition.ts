/** `session@1` as a definition: what the host, lists and the journal need to know of the machine. */
import * as z from 'zod';
import type { EntryDescription, MachineDefinition, MachineEvent, SessionFacts, SnapshotView } from '../definition.ts';
import { commandText } from './changes.ts';
import { contextSchema } from './context.ts';
import { sessionEvent } from './events.ts';
import { sessionMachine } from './machine.ts';
import type { LifecycleState } from './table.ts';

const valueSchema = z.union([
  z.literal('CLOSED'),
  z.object({
    open: z.object({
      lifecycle: z.union([z.enum(['NEW', 'WAITING_AGENT', 'IDLE']), z.object({ ACTIVE: z.enum(['bot', 'human']) })]),
    }),
  }),
]);

/** The few things of the context that lists need: facts are asked for in every turn, so the rest goes unread. */
const holding = contextSchema.pick({ agent: true, tags: true }).loose();

/** Where in its table a session is. Throws a ZodError when the value is not one of the session machine. */
export function lifecycleState(snapshot: Pick<SnapshotView, 'value'>): LifecycleState {
  const value = valueSchema.parse(snapshot.value);
  if (value === 'CLOSED') return 'CLOSED';
  const { lifecycle } = value.open;
  return typeof lifecycle === 'string' ? lifecycle : `ACTIVE.${lifecycle.ACTIVE}`;
}

/** `handler` is `none` while it waits for a human and once it is closed; an idle session keeps the one it had. */
export function sessionFacts(snapshot: SnapshotView): SessionFacts {
  const state = lifecycleState(snapshot);
  const { agent, tags } = holding.parse(snapshot.context);
  const silent = state === 'WAITING_AGENT' || state === 'CLOSED';
  return {
    state: state.startsWith('ACTIVE') ? 'ACTIVE' : state,
    handler: silent ? 'none' : agent ? 'human' : 'bot',
    ...(agent ? { agentId: agent.id } : {}),
    tags,
  };
}

/**
 * How what a session hears stands in its journal. A command is a customer's message. An agent's message is journalled
 * as `agent.message` when it is sent (it may be refused), so hearing it is only a transition.
 */
export function describeSessionEvent(event: MachineEvent): EntryDescription | undefined {
  const parsed = sessionEvent.safeParse(event);
  if (!parsed.success) return event.type.startsWith('xstate.after.') ? { kind: 'timer' } : describeRun(event);
  const heard = parsed.data;
  switch (heard.type) {
    case 'customer.message':
      return { kind: 'customer.message', author: 'customer', text: heard.text };
    case 'customer.command':
      return { kind: 'customer.message', author: 'customer', text: commandText(heard) };
    case 'customer.edit':
      return { kind: 'customer.edit', author: 'customer', text: heard.text };
    case 'note':
      return { kind: 'note', author: heard.agent.name, text: heard.text };
    case 'agent.claim':
    case 'agent.message':
    case 'agent.release':
    case 'agent.transfer':
      return { kind: 'transition', author: heard.agent.name, text: heard.type };
    case 'escalate':
      return { kind: 'transition', text: `escalate: ${heard.reason}` };
    case 'close':
      return { kind: 'transition', author: heard.by, text: heard.reason === undefined ? 'close' : `close: ${heard.reason}` };
    case 'effect.failed':
      return { kind: 'effect', text: `${heard.effect} failed: ${heard.reason}` };
    case 'analysis.progress':
      return { kind: 'run', text: heard.phase };
  }
}

function describeRun(event: MachineEvent): EntryDescription | undefined {
  if (event.type.startsWith('xstate.done.actor.')) return { kind: 'run', text: 'done' };
  if (event.type.startsWith('xstate.error.actor.')) return { kind: 'run', text: 'failed' };
  return undefined;
}

export const session1: MachineDefinition = {
  id: 'session',
  version: 1,
  machine: sessionMachine,
  facts: sessionFacts,
  describe: describeSessionEvent,
};
