/**
 * The event of a human agent, as a caller sends it. The server adds its time, and what the caller
 * leaves out. Its fields and limits are those of `agentEvents`.
 */
import * as z from 'zod';
import { InvalidInput } from '#machines/errors.ts';
import { saysEnough } from '#machines/session/card-rules.ts';
import { type Agent, agentEvents, agentSchema, hasBoth, MAX_FILES, ONE_OF_BOTH, type SessionEvent } from '#machines/session/events.ts';
import type { FileRef } from '#machines/session/files.ts';
import { MAX_DELAY_MS } from '#machines/session/policy.ts';
import { isVisible } from '#machines/text.ts';

const TYPES = [
  'escalate',
  'agent.claim',
  'agent.message',
  'agent.reaction',
  'agent.release',
  'agent.transfer',
  'agent.update',
  'agent.clear',
  'agent.extend',
  'agent.snooze',
  'agent.unsnooze',
  'agent.schedule',
  'agent.unschedule',
  'note',
  'close',
] as const;

/** An agent may be named by id alone. */
export const agentInput = z
  .union([agentSchema.shape.id, agentSchema.partial({ name: true })], 'expected an agent, {"id", "name"}, or an id alone')
  .transform((given): Agent => (typeof given === 'string' ? { id: given, name: given } : { id: given.id, name: given.name ?? given.id }));

/** In place of the event's own field. */
const at = { at: z.never('is set by the server: leave it out').optional() };
const by = { ...at, agent: agentInput.optional(), holderOnly: z.never('is set by the server: leave it out').optional() };

/** Stricter than what is stored already, which stays readable. */
const visibleText = agentEvents.note.shape.text.refine(isVisible, 'expected something visible');

const {
  escalate,
  claim,
  message,
  reaction,
  release,
  transfer,
  note,
  close,
  update,
  clear,
  extend,
  snooze,
  unsnooze,
  schedule,
  unschedule,
} = agentEvents;

/** Names one of ours too, which an agent can answer as well. */
const replyTo = message.shape.replyTo.describe(
  'The message that it answers. Of the customer, as its entry has it in `payload.stimulus.event.id`, or of ours, in `delivery.ref`.',
);

export const agentEventInput = z.discriminatedUnion(
  'type',
  [
    escalate.extend({ ...by, reason: escalate.shape.reason.optional() }),
    claim.extend({ ...by, type: z.literal(['agent.claim', 'claim']) }),
    message
      .extend({
        ...by,
        type: z.literal(['agent.message', 'message']),
        files: z.array(z.string()).max(MAX_FILES).optional().describe('Ids of uploaded files, which follow the text in this order.'),
        replyTo,
      })
      .refine((given) => !hasBoth(given), { path: ['card'], error: ONE_OF_BOTH })
      .refine(({ text, files = [], card }) => isVisible(text) || (text === '' && (card ? saysEnough(card) : files.length > 0)), {
        path: ['text'],
        error: 'expected something visible, or no text beside files, a location or a contact',
      }),
    reaction.extend({
      ...by,
      id: reaction.shape.id.describe('Of a message of the customer, as its entry has it in `payload.stimulus.event.id`.'),
    }),
    release.extend({ ...by, type: z.literal(['agent.release', 'release']) }),
    transfer.extend({ ...by, type: z.literal(['agent.transfer', 'transfer']), to: agentInput.optional() }),
    note.extend({ ...by, text: visibleText }),
    close.extend({ ...by, by: close.shape.by.optional() }),
    update.extend(by),
    clear.extend(by),
    extend.extend(by),
    snooze.extend(by),
    unsnooze.extend(by),
    schedule.omit({ seen: true }).extend({
      ...by,
      text: visibleText,
      replyTo,
      sendAt: schedule.shape.sendAt.optional(),
      inMs: z
        .number()
        .int()
        .min(0)
        .max(MAX_DELAY_MS)
        .optional()
        .describe('Milliseconds from now, in place of `sendAt`, for callers whose clock may be wrong.'),
    }),
    unschedule.extend(by),
  ],
  {
    error: ({ code, input }) => {
      if (code !== 'invalid_union') return undefined;
      const type = typeof input === 'object' && input !== null && 'type' in input ? input.type : undefined;
      const sent = typeof type === 'string' ? `"${type.slice(0, 40)}" cannot be sent here. Send` : 'expected';
      return `${sent} one of ${TYPES.join(', ')}`;
    },
  },
);
type AgentEventInput = z.output<typeof agentEventInput>;

/** The agent that the event names, if any. */
export function namedAgent(event: AgentEventInput): Agent | string | undefined {
  return event.agent ?? (event.type === 'close' ? event.by : undefined);
}

/** Ids of the files that the event sends. */
export function filesNamed(event: AgentEventInput): readonly string[] {
  return 'files' in event ? (event.files ?? []) : [];
}

/** What the caller knew and when it is, as an event has them. */
interface Completion {
  readonly acting: Agent;
  /** Those of `filesNamed`. */
  readonly files: readonly FileRef[];
  readonly now: number;
  /** Last entry that the caller saw. */
  readonly seen: number | undefined;
}

/**
 * The event with its time and what the caller left out. Throws `InvalidInput` for a time that has
 * passed or is too far away.
 */
export function completedEvent(event: AgentEventInput, { acting, files, now, seen }: Completion): SessionEvent {
  const { at: _at, agent: _agent, ...given } = event;
  switch (given.type) {
    case 'escalate':
      return { ...given, reason: given.reason ?? `asked for by ${acting.name}`, at: now };
    case 'agent.claim':
    case 'claim':
      return { ...given, type: 'agent.claim', agent: acting, at: now };
    case 'agent.message':
    case 'message':
      return {
        type: 'agent.message',
        text: given.text,
        ...(files.length === 0 ? {} : { files: [...files] }),
        ...(given.card === undefined ? {} : { card: given.card }),
        ...(given.template === undefined ? {} : { template: given.template }),
        ...(given.replyTo === undefined ? {} : { replyTo: given.replyTo }),
        agent: acting,
        at: now,
      };
    case 'agent.release':
    case 'release':
      return { ...given, type: 'agent.release', agent: acting, at: now };
    case 'agent.transfer':
    case 'transfer':
      return { ...given, type: 'agent.transfer', agent: acting, at: now };
    case 'note':
      return { ...given, agent: acting, at: now };
    case 'close':
      return { ...given, by: given.by ?? acting.id, at: now };
    case 'agent.extend':
      return { ...given, until: ahead('until', given.until, now), agent: acting, at: now };
    case 'agent.snooze':
      return { ...given, until: ahead('until', given.until, now), agent: acting, at: now };
    case 'agent.schedule': {
      const { sendAt, inMs, ...rest } = given;
      if ((sendAt === undefined) === (inMs === undefined)) throw new InvalidInput('sendAt: expected either sendAt or inMs.');
      if (seen === undefined) throw new InvalidInput('seen: a message that is sent later needs the last entry that its writer saw.');
      const time = sendAt === undefined ? now + (inMs ?? 0) : ahead('sendAt', sendAt, now);
      return { ...rest, sendAt: time, seen, agent: acting, at: now };
    }
    case 'agent.reaction':
    case 'agent.update':
    case 'agent.clear':
    case 'agent.unsnooze':
    case 'agent.unschedule':
      return { ...given, agent: acting, at: now };
  }
}

function ahead(field: string, time: number, now: number): number {
  if (time > now && time - now <= MAX_DELAY_MS) return time;
  throw new InvalidInput(`${field}: expected a time from now on, within 24 days.`);
}
