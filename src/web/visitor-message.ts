/** Journal entry as an event of the visitor's page. */
import * as z from 'zod';
import { eventOf, inputOf } from '#actors/session/journal-payload.ts';
import type { SentMedia, VisitorCard, VisitorEvent } from '#channels/feed.ts';
import { fileSendParams, type MessageSendParams, messageSendParams, reactionSendParams } from '#machines/session/effects.ts';
import type { FileRef } from '#machines/session/files.ts';
import { saidBy } from '#machines/session/saying.ts';
import type { JournalEntry } from '#storage/port.ts';
import { mediaNewsIn, sentWith } from '../operations/received-media.ts';

const AUTHORS: Readonly<Record<string, 'customer' | 'assistant' | 'agent' | 'system'>> = {
  'customer.message': 'customer',
  rating: 'customer',
  'assistant.message': 'assistant',
  'agent.message': 'agent',
  'system.message': 'system',
};

/** Id of the run whose outcome an entry has. */
export function runIdOf({ sessionId, payload }: JournalEntry): string {
  const input = inputOf(payload);
  return `${sessionId}.${String(input && 'serial' in input ? input.serial : undefined)}`;
}

/**
 * Undefined for an entry that is no message. `runId` is the run whose outcome comes right before
 * the entry.
 */
export function messageOf(entry: JournalEntry, runId: string | undefined): Extract<VisitorEvent, { type: 'message' }> | undefined {
  const author = AUTHORS[entry.kind];
  if (author === undefined || entry.text === null) return undefined;
  const delivery = entry.delivery?.status;
  const file = fileOf(entry);
  const sent = sentIn(entry);
  const replies = repliesOf(sent);
  const card = cardOf(sent);
  const media = author === 'customer' ? mediaOf(entry) : undefined;
  const replyTo = answeredBy(entry);
  return {
    type: 'message',
    id: `${entry.sessionId}.${entry.seq}`,
    author,
    text: entry.text,
    ...(file === undefined ? {} : { file }),
    ...(replies === undefined ? {} : { replies }),
    ...(card === undefined ? {} : { card, caption: sent?.text ?? '' }),
    ...(media === undefined ? {} : { media }),
    ...(author === 'customer' || entry.delivery?.ref === undefined ? {} : { ref: entry.delivery.ref }),
    ...(replyTo === undefined ? {} : { replyTo }),
    at: entry.at,
    ...(author === 'agent' && entry.author !== null ? { name: entry.author } : {}),
    ...(author === 'customer' && entry.eventId !== null ? { clientId: entry.eventId } : {}),
    ...(delivery === undefined ? {} : { delivery: { status: delivery } }),
    ...(author === 'assistant' && runId !== undefined ? { runId } : {}),
  };
}

const answering = z.object({ replyTo: z.string() });

/** The message that an entry answers, whoever wrote it. */
function answeredBy({ payload }: JournalEntry): string | undefined {
  return answering.safeParse(eventOf(payload) ?? Reflect.get(Object(payload), 'params')).data?.replyTo;
}

/** The file of an entry of `file.send`. */
function fileOf({ payload }: JournalEntry): FileRef | undefined {
  if (Reflect.get(Object(payload), 'effect') !== 'file.send') return undefined;
  return fileSendParams.safeParse(Reflect.get(Object(payload), 'params')).data?.file;
}

/** What came with a customer's message, without the channel's own id of it. */
function mediaOf(entry: JournalEntry): SentMedia[] | undefined {
  return sentWith(entry)?.media.map(({ kind, fileName, latitude, longitude, mimeType, size }) => ({
    kind,
    ...(fileName === undefined ? {} : { fileName }),
    ...(latitude === undefined ? {} : { latitude }),
    ...(longitude === undefined ? {} : { longitude }),
    ...(mimeType === undefined ? {} : { mimeType }),
    ...(size === undefined ? {} : { size }),
  }));
}

/** What an entry says of the media of an earlier message. Undefined for any other entry. */
export function mediaEventOf(entry: JournalEntry): Extract<VisitorEvent, { type: 'media' }> | undefined {
  const news = mediaNewsIn(entry);
  if (news === undefined) return undefined;
  const { sessionId } = entry;
  const head = { type: 'media', sessionId, clientId: news.messageId, index: news.index } as const;
  if (news.type === 'media.lost') return { ...head, lost: news.reason };
  const { type: _type, at: _at, messageId: _message, index: _index, sha256: _hash, ...facts } = news;
  return { ...head, ...facts };
}

/** What an entry of `message.send` has sent. */
function sentIn({ payload }: JournalEntry): MessageSendParams | undefined {
  if (Reflect.get(Object(payload), 'effect') !== 'message.send') return undefined;
  return messageSendParams.safeParse(Reflect.get(Object(payload), 'params')).data;
}

/** What a visitor may reply by one press. */
function repliesOf(sent: MessageSendParams | undefined): { readonly label: string; readonly text: string }[] | undefined {
  return sent?.buttons?.map(({ id, label }) => ({ label, text: saidBy(id) ?? `/${id}` }));
}

function cardOf(sent: MessageSendParams | undefined): VisitorCard | undefined {
  return sent?.card?.kind === 'whatsapp' ? undefined : sent?.card;
}

/** Undefined for an entry that is no reaction of ours. */
export function reactionOf({ sessionId, seq, payload }: JournalEntry): Extract<VisitorEvent, { type: 'reaction' }> | undefined {
  if (Reflect.get(Object(payload), 'effect') !== 'reaction.send') return undefined;
  const { data } = reactionSendParams.safeParse(Reflect.get(Object(payload), 'params'));
  if (data === undefined) return undefined;
  const { messageId: clientId, emoji, author, agent } = data;
  return { type: 'reaction', sessionId, clientId, seq, emoji, author, ...(agent === undefined ? {} : { name: agent.name }) };
}
