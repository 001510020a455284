/**
 * Changes of a session's context by what messengers report beside messages. Plain functions of the
 * context.
 */
import { agentWrote, type Patch } from './changes.ts';
import type { Message, SessionContext } from './context.ts';
import type { SessionEventOf } from './events.ts';
import { unread } from './reading.ts';

/** What a model reads in place of a message that the customer deleted. */
const REVOKED = '[The customer deleted this message]';

/** Whether the provider takes only templates for the customer at this time. */
export function isOutsideWindow({ windowUntil }: Pick<SessionContext, 'windowUntil'>, at: number): boolean {
  return windowUntil !== undefined && at > windowUntil;
}

export function knowsRevoked({ messages }: Pick<SessionContext, 'messages'>, id: string): boolean {
  return messages.some((message) => isRevocable(message, id));
}

function isRevocable(message: Message, id: string): boolean {
  return message.role === 'customer' && message.id === id && message.text !== REVOKED;
}

/** The message keeps its place, because answers and summaries are counted by it. */
export function revoked(context: SessionContext, { id }: SessionEventOf<'customer.revoke'>): Patch {
  return {
    ...unread(context, { id, text: REVOKED }),
    messages: context.messages.map((message) => (isRevocable(message, id) ? withoutContent(message) : withoutQuote(message, id))),
  };
}

function withoutContent({ media: _media, ...message }: Message): Message {
  return { ...message, text: REVOKED };
}

/** A message that answers one that was deleted quotes nothing of it. */
function withoutQuote(message: Message, deleted: string): Message {
  if (message.replyTo !== deleted) return message;
  const { quoted: _quoted, ...rest } = message;
  return rest;
}

/** A message of ours that the customer has already. A model reads which media it had. */
export function echoed(context: SessionContext, { at, agent, text, media = [] }: SessionEventOf<'agent.echo'>): Patch {
  const said = [...(text === '' ? [] : [text]), ...media.map(({ kind, fileName }) => `[${fileName ?? kind}]`)].join('\n');
  return agentWrote(context, { type: 'agent.message', at, agent, text: said });
}

export function charged({ counters }: Pick<SessionContext, 'counters'>, { costMicros }: SessionEventOf<'message.cost'>): Patch {
  return { counters: { ...counters, costMicros: counters.costMicros + costMicros } };
}
