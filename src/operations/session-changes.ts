/**
 * Operations that change a session. Each sends one event, and the session's machine decides what
 * comes of it. A machine of an assistant's own may have no use for an event, and the answer says so
 * (`ignored`).
 */
import * as z from 'zod';
import { InvalidInput } from '#machines/errors.ts';
import { agentEvents, MAX_TEXT, prioritySchema, type SessionEvent } from '#machines/session/events.ts';
import { MAX_DELAY_MS } from '#machines/session/policy.ts';
import { isVisible } from '#machines/text.ts';
import type { SessionRow } from '#storage/port.ts';
import { agentInput } from './agent-event.ts';
import { actingAgent } from './caller.ts';
import type { OperationContext } from './context.ts';
import { DELIVERY_PROBLEMS, deliverEvent, eventIdOf, onceInput, receiptSchema, receiptView } from './deliver-event.ts';
import { defineOperation } from './operation.ts';
import { wholeNumber } from './paging.ts';
import { OperationProblem, problemTypes } from './problems.ts';
import { ofHolder } from './send-event.ts';
import { existingSession, idOfSession, sessionIdInput } from './sessions.ts';

const HOUR_MS = 3_600_000;
const MOST_HOURS = Math.floor(MAX_DELAY_MS / HOUR_MS);

const { update } = agentEvents;
const simple = update.shape.entities.unwrap().valueType.shape.value;

const acting = { sessionId: sessionIdInput, agent: agentInput.optional().describe('The agent that acts, if it is not you.'), ...onceInput };

const common = {
  scope: 'sessions:act',
  effect: 'write',
  output: receiptSchema,
  errors: DELIVERY_PROBLEMS,
  target: ({ sessionId }: { readonly sessionId: string }) => sessionId,
} as const;

export const messageInput = z
  .string()
  .min(1)
  .max(MAX_TEXT)
  .refine(isVisible, 'expected something visible')
  .describe('The text of the message.');

/** What may be set of a session's facts. */
export const factsInput = {
  variables: z
    .record(z.string().min(1).max(100), simple)
    .refine((given) => Object.keys(given).length <= 50, 'expected at most 50')
    .optional()
    .describe('State variables by name, which are what is known of the customer (`entities`). Null removes one.'),
  tags: update.shape.tags.describe('Tags to add and to remove.'),
  priority: prioritySchema.optional(),
  intent: update.shape.intent.describe('Null removes it.'),
};

type Facts = z.output<z.ZodObject<typeof factsInput>>;

/** The changes as an event has them. */
export function factChanges({ variables, tags, priority, intent }: Facts) {
  const entities = variables && Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, { value }]));
  return {
    ...(entities === undefined ? {} : { entities }),
    ...(tags === undefined ? {} : { tags }),
    ...(priority === undefined ? {} : { priority }),
    ...(intent === undefined ? {} : { intent }),
  };
}

export const updateSession = defineOperation({
  ...common,
  name: 'sessions.update',
  summary: "Sets a session's state variables, tags, priority or intent.",
  input: z.strictObject({ ...acting, ...factsInput }),
  async run(context, { sessionId, agent, idempotencyKey, ifVersion, ...facts }) {
    const changes = factChanges(facts);
    if (Object.keys(changes).length === 0) throw new InvalidInput('body: expected one of variables, tags, priority, intent.');
    const event = { type: 'agent.update', at: context.now(), agent: actingAgent(context.caller, agent), ...changes } as const;
    return send(context, sessionId, event, { idempotencyKey, ifVersion });
  },
});

export const clearMessages = defineOperation({
  ...common,
  name: 'sessions.clear',
  summary: 'Clears the messages that a session works with. Summaries, preferences and the journal stay.',
  input: z.strictObject(acting),
  async run(context, { sessionId, agent, ...once }) {
    return send(context, sessionId, { type: 'agent.clear', at: context.now(), agent: actingAgent(context.caller, agent) }, once);
  },
});

export const extendSession = defineOperation({
  ...common,
  name: 'sessions.extend',
  summary: 'Keeps a session open for that long from now on, even if nobody writes.',
  input: z.strictObject({ ...acting, hours: wholeNumber(1, MOST_HOURS).default(24) }),
  async run(context, { sessionId, agent, hours, ...once }) {
    const at = context.now();
    const event = { type: 'agent.extend', at, agent: actingAgent(context.caller, agent), until: at + hours * HOUR_MS } as const;
    return send(context, sessionId, event, once);
  },
});

export const closeSession = defineOperation({
  ...common,
  name: 'sessions.close',
  summary: 'Closes a session.',
  input: z.strictObject({ ...acting, reason: z.string().max(500).optional() }),
  async run(context, { sessionId, agent, reason, ...once }) {
    const { id: by } = actingAgent(context.caller, agent);
    const event = { type: 'close', at: context.now(), by, ...(reason === undefined ? {} : { reason }) } as const;
    return send(context, sessionId, ofHolder(context.caller, event), once);
  },
});

export const addMessage = defineOperation({
  ...common,
  name: 'sessions.add_message',
  scope: 'sessions:write',
  summary: 'Adds a message of the customer, or of an agent, to an open session.',
  input: z.strictObject({
    ...acting,
    from: z.enum(['customer', 'agent']).default('customer').describe('`agent` also needs the scope sessions:act.'),
    text: messageInput,
    messageId: z.string().min(1).max(300).exactOptional().describe("Your own id of a customer's message."),
  }),
  async run(context, { sessionId, agent, from, text, messageId, idempotencyKey, ifVersion }) {
    const { caller, now } = context;
    const once = { idempotencyKey, ifVersion };
    if (from === 'agent') {
      if (!caller.scopes.has('sessions:act')) {
        const detail = 'A message of an agent needs the scope sessions:act.';
        throw new OperationProblem(problemTypes.forbidden, detail, { scope: 'sessions:act' });
      }
      return send(context, sessionId, { type: 'agent.message', at: now(), agent: actingAgent(caller, agent), text }, once);
    }
    const row = await existingSession(context, sessionId);
    if (!row.open) throw closedSession(row);
    // A message is taken once by its own id, whatever the key of the request.
    const key = messageId ?? idempotencyKey;
    const id = messageId ?? eventIdOf(idempotencyKey);
    return send(context, sessionId, { type: 'customer.message', id, at: now(), text }, { idempotencyKey: key, ifVersion });
  },
});

function closedSession({ version, state, handler }: SessionRow): OperationProblem {
  const detail = 'The session has ended. Create a new one at its address.';
  return new OperationProblem(problemTypes.closed, detail, { version, state, handler });
}

async function send(
  context: OperationContext,
  sessionId: string,
  event: SessionEvent,
  once: Parameters<typeof deliverEvent>[3],
): Promise<z.input<typeof receiptSchema>> {
  return receiptView(await deliverEvent(context, idOfSession(sessionId), event, once));
}
