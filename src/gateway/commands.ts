/** Commands of a console, from the text that came to the operation that they run. */
import * as z from 'zod';
import { type ClientMessage, type Command, clientMessage, type ServerMessage } from '#console/client/protocol.ts';
import { StatechatError } from '#machines/errors.ts';
import type { OperationContext } from '../operations/context.ts';
import { runOperation } from '../operations/operation.ts';
import { operations } from '../operations/operations.ts';
import type { Followed } from './followed.ts';

/** Characters of the older entries in one answer. */
const HISTORY_LENGTH = 1_048_576;
/** Older entries in one answer, whatever more the command wants. */
const HISTORY_ENTRIES = 200;
/** Wait before a command that failed in passing is sent again, in milliseconds. */
const RETRY_MS = 1_000;

type ErrorMessage = Extract<ServerMessage, { readonly type: 'error' }>;
type Result = Omit<Extract<ServerMessage, { readonly type: 'ack' }>, 'type' | 'requestId'>;
type SessionCommand = Exclude<
  Command,
  { readonly type: 'subscribe' | 'more' | 'unsubscribe' | 'watch' | 'unwatch' | 'history' | 'approve' }
>;

/** Throws what the operation throws. */
export async function runCommand(context: OperationContext, command: Command, followed: Followed): Promise<Result> {
  switch (command.type) {
    case 'subscribe':
      return { topic: await followed.subscribe(context, command.filter) };
    case 'more':
      await followed.more(context, command.topic, command.after);
      return {};
    case 'unsubscribe':
      followed.unsubscribe(command.topic);
      return {};
    case 'watch':
      return { version: await followed.watch(context, command.sessionId, command.after) };
    case 'unwatch':
      followed.unwatch(context, command.sessionId);
      return {};
    case 'history': {
      const { sessionId, before } = command;
      const after = Math.max(0, before - 1 - Math.min(command.limit, HISTORY_ENTRIES));
      const limit = Math.max(1, before - 1 - after);
      const { entries } = await runOperation(operations['sessions.history'], context, () => ({ sessionId, after, limit }));
      const older = entries.filter(({ seq }) => seq < before);
      return { entries: latestWithin(older.map((entry) => ({ ...entry, delivery: entry.delivery ?? null }))) };
    }
    case 'approve': {
      const { approvalId, decision, comment } = command;
      const input = { approvalId, decision, ...(comment === undefined ? {} : { comment }) };
      await runOperation(operations['approvals.decide'], context, () => input);
      return {};
    }
    default:
      return act(context, command);
  }
}

/** What an agent does in a session. The same command that is sent again is done once. */
async function act(context: OperationContext, command: SessionCommand): Promise<Result> {
  const input = {
    sessionId: command.sessionId,
    event: eventOf(command),
    idempotencyKey: `console:${context.caller.agent.id}:${command.requestId}`,
    ...('seen' in command ? { seen: command.seen } : {}),
  };
  const { version, duplicate, ignored, sessionId } = await runOperation(operations['sessions.send_event'], context, () => input);
  return {
    version,
    ...(duplicate === undefined ? {} : { duplicate }),
    ...(ignored === undefined ? {} : { ignored }),
    ...(sessionId === undefined ? {} : { sessionId }),
  };
}

function eventOf(command: SessionCommand): object {
  switch (command.type) {
    case 'claim':
    case 'release':
    case 'unsnooze':
      return { type: `agent.${command.type}` };
    case 'snooze':
      return { type: 'agent.snooze', until: command.until };
    case 'update': {
      const { type: _type, requestId: _request, sessionId: _session, ...changes } = command;
      return { type: 'agent.update', ...changes };
    }
    case 'schedule': {
      const { id, text, at, inMs, replyTo } = command;
      const time = { ...(at === undefined ? {} : { sendAt: at }), ...(inMs === undefined ? {} : { inMs }) };
      return { type: 'agent.schedule', id, text, ...time, ...(replyTo === undefined ? {} : { replyTo }) };
    }
    case 'unschedule':
      return { type: 'agent.unschedule', id: command.id };
    case 'send':
      return {
        type: 'agent.message',
        text: command.text,
        ...(command.card === undefined ? {} : { card: command.card }),
        ...(command.files === undefined ? {} : { files: command.files }),
        ...(command.template === undefined ? {} : { template: command.template }),
        ...(command.replyTo === undefined ? {} : { replyTo: command.replyTo }),
      };
    case 'react':
      return { type: 'agent.reaction', id: command.id, emoji: command.emoji };
    case 'note':
      return { type: 'note', text: command.text, ...(command.mentions === undefined ? {} : { mentions: command.mentions }) };
    case 'transfer':
      return {
        type: 'agent.transfer',
        ...(command.to === undefined ? {} : { to: command.to }),
        ...(command.queue === undefined ? {} : { queue: command.queue }),
      };
    case 'close':
      return { type: 'close', ...(command.reason === undefined ? {} : { reason: command.reason }) };
  }
}

/** As many of the latest entries as one answer takes, and at least one. */
function latestWithin<Entry>(entries: readonly Entry[]): Entry[] {
  let length = 0;
  const tooMany = entries.findLastIndex((entry, index) => {
    length += JSON.stringify(entry).length;
    return index < entries.length - 1 && length > HISTORY_LENGTH;
  });
  return entries.slice(tooMany + 1);
}

/** Undefined for an error whose message is not for callers. */
export function errorOf(requestId: string, error: unknown): ErrorMessage | undefined {
  if (!(error instanceof StatechatError) || !error.expose) return undefined;
  const { holder, seq, sessionId } = error.facts;
  return {
    type: 'error',
    requestId,
    code: error.code,
    message: error.message,
    ...(typeof holder === 'string' ? { holder } : {}),
    ...(typeof seq === 'number' ? { seq } : {}),
    ...(typeof sessionId === 'string' ? { sessionId } : {}),
    ...(error.retryable ? { retryAfterMs: RETRY_MS } : {}),
  };
}

const requestOf = z.object({ requestId: z.string().max(64) });

/** A message of a client, or the error that is its answer. */
export function decode(text: string | undefined): ClientMessage | ErrorMessage {
  let value: unknown;
  try {
    value = JSON.parse(text ?? '');
  } catch {
    return { type: 'error', code: 'invalid_input', message: 'A message is one JSON text.' };
  }
  const parsed = clientMessage.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.map(String).join('.') || 'message'}: ${message}`);
  return { type: 'error', ...requestOf.safeParse(value).data, code: 'invalid_input', message: `${faults.slice(0, 5).join('; ')}.` };
}
