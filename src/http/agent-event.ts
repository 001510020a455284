/**
 * What a human agent (or a program in their place) may tell a session over HTTP: the body of
 * `POST /api/sessions/:id/events`, completed by the server with its time and, where it names none, its agent.
 */
import * as z from 'zod';
import { InvalidInput } from '#machines/errors.ts';
import { type Agent, type SessionEvent, sessionEvent } from '#machines/session/events.ts';

const TYPES = ['escalate', 'agent.claim', 'agent.message', 'agent.release', 'agent.transfer', 'note', 'close'] as const;
type AgentEventType = (typeof TYPES)[number];

/** An agent may be given by id alone. */
const agent = z.union([
  z.string().transform((id) => ({ id, name: id })),
  z.looseObject({ id: z.string() }).transform((given) => ({ name: given.id, ...given })),
]);

const envelope = z.looseObject({
  type: z.string(),
  at: z.undefined('is set by the server: leave it out').optional(),
  agent: agent.optional(),
  to: agent.optional(),
});

/** Throws `InvalidInput` that names every field at fault. */
export function decodeAgentEvent(body: unknown, options: { readonly defaultAgent: Agent; readonly now: number }): SessionEvent {
  const outer = envelope.safeParse(body);
  if (!outer.success) throw invalid(outer.error);
  const { agent: given, ...rest } = outer.data;
  const type = TYPES.find((known) => known === rest.type || known === `agent.${rest.type}`);
  if (type === undefined) {
    throw new InvalidInput(`type: "${rest.type.slice(0, 40)}" cannot be sent here. Send one of ${TYPES.join(', ')}.`);
  }
  const event = sessionEvent.safeParse({ ...completed(type, given ?? options.defaultAgent), ...rest, type, at: options.now });
  if (!event.success) throw invalid(event.error);
  return event.data;
}

/** The fields that a type needs and a caller may leave out. */
function completed(type: AgentEventType, who: z.output<typeof agent>): Record<string, unknown> {
  if (type === 'escalate') return { reason: `asked for by ${who.name}` };
  if (type === 'close') return { by: who.id };
  return { agent: who };
}

function invalid(error: z.ZodError): InvalidInput {
  const faults = error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`);
  return new InvalidInput(`${faults.join('; ')}.`);
}
