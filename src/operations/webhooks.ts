/** Endpoints of outgoing webhooks, and what became of what was sent to them. */
import * as z from 'zod';
import { deliverySchema, healthSchema } from '#storage/webhooks.ts';
import { defineOperation } from './operation.ts';
import { pageInput, pageOutput, wholeNumber } from './paging.ts';
import { OperationProblem, problemTypes } from './problems.ts';
import { SESSION_EVENT_TYPES } from './webhook-events.ts';

const time = z.number().int().describe('Milliseconds since the epoch.');
const eventType = z.enum(SESSION_EVENT_TYPES);
const events = z.array(eventType).min(1).max(SESSION_EVENT_TYPES.length).describe('Types of events that are sent.');
const names = z.array(z.string().min(1).max(100)).min(1).max(50).nullable();
const assistants = names.describe('Only sessions of these assistants. Null: of all.');
const channels = names.describe('Only sessions on these channels. Null: on all.');
const url = z.string().min(1).max(2_000);
const description = z.string().max(200);
const endpointId = z.string().min(1).max(100);

const endpoint = z.strictObject({
  id: z.string(),
  version: z.int().describe('Hand it back with a change.'),
  url: z.string(),
  description: z.string(),
  events: z.array(z.string()),
  assistants: z.array(z.string()).nullable(),
  channels: z.array(z.string()).nullable(),
  disabled: z
    .strictObject({
      at: time,
      reason: z.enum(['by_hand', 'gone', 'failing']).describe('`gone`: the receiver answered 410. `failing`: for 72 hours.'),
      detail: z.string(),
    })
    .nullable()
    .describe('Null while it is enabled.'),
  oldSecretUntil: time.nullable().describe('Until then the secret before the present one signs too. Null: only one signs.'),
  health: healthSchema,
  waiting: z.number().int().describe('Sessions with something to send, counted to 1,000 at most.'),
  createdAt: time,
  createdBy: z.string(),
});

const secret = z.string().describe('Shown once. The receiver verifies signatures with it.');

const { sessionId: _, ...loggedFields } = deliverySchema.shape;
const delivery = z.strictObject({ ...loggedFields, sessionId: z.string().nullable().describe('Null for a ping.') });

function missing(): OperationProblem {
  return new OperationProblem(problemTypes.notFound, 'There is no such endpoint.');
}

function changed(): OperationProblem {
  return new OperationProblem(problemTypes.changed, 'The endpoint was changed meanwhile. Read it again.');
}

export const listWebhooks = defineOperation({
  name: 'webhooks.list',
  scope: 'webhooks:read',
  effect: 'read',
  summary: 'Lists the endpoints of outgoing webhooks, the oldest first.',
  input: z.strictObject({}),
  output: z.strictObject({
    endpoints: z.array(endpoint).readonly(),
    types: z.array(z.string()).readonly().describe('All types of events.'),
  }),
  async run({ webhooks }) {
    return { endpoints: await webhooks.list(), types: SESSION_EVENT_TYPES };
  },
});

export const createWebhook = defineOperation({
  name: 'webhooks.create',
  scope: 'webhooks:write',
  effect: 'write',
  summary: 'Makes an endpoint, which receives what is committed from now on.',
  input: z.strictObject({
    url: url.describe('An https URL of the public internet.'),
    description: description.default(''),
    events,
    assistants: assistants.default(null),
    channels: channels.default(null),
  }),
  output: z.strictObject({ endpoint, secret }),
  errors: [problemTypes.noRoom],
  detail: ({ url: text }) => hostOf(text),
  async run({ webhooks, caller }, wishes) {
    const created = await webhooks.create(wishes, caller.agent.id);
    if (created !== undefined) return created;
    throw new OperationProblem(problemTypes.noRoom, 'There are as many endpoints as there may be. Remove one first.');
  },
});

export const updateWebhook = defineOperation({
  name: 'webhooks.update',
  scope: 'webhooks:write',
  effect: 'write',
  summary: 'Changes, disables or enables an endpoint.',
  input: z.strictObject({
    endpointId,
    version: wholeNumber(1, 2_147_483_647).describe('The one that the caller saw.'),
    url: url.exactOptional(),
    description: description.exactOptional(),
    events: events.exactOptional(),
    assistants: assistants.exactOptional(),
    channels: channels.exactOptional(),
    disabled: z.boolean().exactOptional(),
    missed: z.enum(['send', 'skip']).default('send').describe('What becomes of events from while it was disabled, if it is enabled.'),
  }),
  output: z.strictObject({ endpoint }),
  errors: [problemTypes.notFound, problemTypes.changed],
  target: (input) => input.endpointId,
  detail: ({ endpointId: __, version: ___, missed: ____, ...changes }) => Object.keys(changes).join(', '),
  async run({ webhooks }, { endpointId: id, version, ...changes }) {
    const updated = await webhooks.update(id, version, changes);
    if (updated === undefined) throw missing();
    if (updated === 'changed') throw changed();
    return { endpoint: updated };
  },
});

export const rotateSecret = defineOperation({
  name: 'webhooks.rotate_secret',
  scope: 'webhooks:write',
  effect: 'write',
  summary: 'Makes a new secret. For some hours both sign, so that the receiver can change over.',
  input: z.strictObject({ endpointId, overlapHours: wholeNumber(0, 168).default(24) }),
  output: z.strictObject({ endpoint, secret }),
  errors: [problemTypes.notFound, problemTypes.changed],
  target: (input) => input.endpointId,
  detail: ({ overlapHours }) => `both sign for ${overlapHours} h`,
  async run({ webhooks }, { endpointId: id, overlapHours }) {
    const rotated = await webhooks.rotate(id, overlapHours * 3_600_000);
    if (rotated === undefined) throw missing();
    if (rotated === 'changed') throw changed();
    return rotated;
  },
});

export const removeWebhook = defineOperation({
  name: 'webhooks.remove',
  scope: 'webhooks:write',
  effect: 'write',
  summary: 'Removes an endpoint with its log. What waits for it is not sent.',
  input: z.strictObject({ endpointId }),
  output: z.strictObject({ removed: z.literal(true) }),
  errors: [problemTypes.notFound],
  target: (input) => input.endpointId,
  async run({ webhooks }, { endpointId: id }) {
    if (await webhooks.remove(id)) return { removed: true as const };
    throw missing();
  },
});

export const pingWebhook = defineOperation({
  name: 'webhooks.ping',
  scope: 'webhooks:write',
  effect: 'write',
  summary: 'Sends a test event to an endpoint now, once, and shows what it answered.',
  input: z.strictObject({ endpointId }),
  output: z.strictObject({ delivery }),
  errors: [problemTypes.notFound],
  target: (input) => input.endpointId,
  async run({ webhooks }, { endpointId: id }) {
    const sent = await webhooks.ping(id);
    if (sent === undefined) throw missing();
    return { delivery: sent };
  },
});

export const listDeliveries = defineOperation({
  name: 'webhooks.deliveries',
  scope: 'webhooks:read',
  effect: 'read',
  summary: 'Lists the attempts at an endpoint, the newest first.',
  input: z.strictObject({
    endpointId,
    outcome: z.enum(['delivered', 'failed']).exactOptional(),
    from: wholeNumber(0, Number.MAX_SAFE_INTEGER).exactOptional().describe('From this time on, in milliseconds since the epoch.'),
    to: wholeNumber(0, Number.MAX_SAFE_INTEGER).exactOptional().describe('Before this time.'),
    ...pageInput({ mostItems: 200, items: 50 }),
  }),
  output: z.strictObject({ deliveries: z.array(delivery).readonly(), ...pageOutput }),
  errors: [problemTypes.notFound],
  target: (input) => input.endpointId,
  async run({ webhooks }, { endpointId: id, limit, cursor, ...filter }) {
    const page = await webhooks.deliveries(id, filter, limit, cursor);
    if (page === undefined) throw missing();
    return { deliveries: page.items, next: page.next };
  },
});

export const replayDelivery = defineOperation({
  name: 'webhooks.replay',
  scope: 'webhooks:write',
  effect: 'write',
  summary: 'Sends the event of a delivery once more, with the same id.',
  input: z.strictObject({ endpointId, deliveryId: z.uuid() }),
  output: z.strictObject({ events: z.literal(1) }),
  errors: [problemTypes.notFound],
  target: (input) => input.endpointId,
  detail: ({ deliveryId }) => deliveryId,
  async run({ webhooks }, { endpointId: id, deliveryId }) {
    if (await webhooks.replay(id, deliveryId)) return { events: 1 as const };
    throw new OperationProblem(problemTypes.notFound, 'There is no such delivery, or it was a ping. Send a new ping instead.');
  },
});

/** Events that one call may replay. */
const MOST_REPLAYED = 10_000;

export const replayDeliveries = defineOperation({
  name: 'webhooks.replay_range',
  scope: 'webhooks:write',
  effect: 'write',
  summary: 'Sends once more what was sent, or tried, between two times. The order of each session is kept.',
  input: z.strictObject({
    endpointId,
    from: wholeNumber(0, Number.MAX_SAFE_INTEGER).describe('From this time on, in milliseconds since the epoch.'),
    to: wholeNumber(0, Number.MAX_SAFE_INTEGER).describe('Before this time.'),
  }),
  output: z.strictObject({ events: z.number().int() }),
  errors: [problemTypes.notFound, problemTypes.noRoom],
  target: (input) => input.endpointId,
  detail: ({ from, to }) => `${from} to ${to}`,
  async run({ webhooks }, { endpointId: id, from, to }) {
    if ((await webhooks.deliveries(id, {}, 1)) === undefined) throw missing();
    const count = await webhooks.replayRange(id, { from, to }, MOST_REPLAYED);
    if (count !== undefined) return { events: count };
    throw new OperationProblem(problemTypes.noRoom, `These are more than ${MOST_REPLAYED} events. Choose a shorter time.`);
  },
});

function hostOf(text: string): string {
  return URL.parse(text)?.host ?? '';
}
