/**
 * Decodes the page's events into channel events. If a field that we read is not as expected, the
 * event is `InvalidInput`, because the page belongs to WhatsApp and changes without notice.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { InvalidInput } from '#machines/errors.ts';
import type { Customer } from '#machines/session/events.ts';
import { clip, isVisible } from '#machines/text.ts';
import { MAX_COMMAND_ARGS, readCommand } from '../command.ts';
import type { ChannelEvent } from '../inbound.ts';
import { mediaOf, textOf, writtenText } from './content.ts';
import { addressAt, addressOf, chatKind, isPair, type Person, phoneOf, refOf } from './identity.ts';
import { rulingOf } from './kinds.ts';
import { type PageEvent, type PageMessage, pageEventSchema } from './protocol.ts';

export interface Place {
  /** Of our own number. */
  readonly account: string;
  /** The id of our own number. */
  readonly me: string;
  /** Conversations in groups are taken. */
  readonly groups: boolean;
}

export type Decoded =
  /** `moved` comes before the event. */
  | { readonly event: ChannelEvent; readonly moved?: ChannelEvent }
  /** A message from our own number. It is an echo unless this program sent it. */
  | {
      readonly ours: Extract<ChannelEvent, { readonly type: 'echo' }>;
      readonly moved?: ChannelEvent;
      readonly fromPhone: boolean;
      readonly missed: boolean;
    }
  /** What became of a message of our own number. */
  | { readonly ack: { readonly ref: string; readonly status: 'sent' | 'delivered' | 'read' | 'failed' } }
  | { readonly ignored: string; readonly kind: string }
  | { readonly kept: string; readonly kind: string };

const CUSTOMERS_ALONE = 'a status, a broadcast or a channel is no conversation';
const NO_GROUPS = 'groups are switched off (WHATSAPP_WEB_GROUPS)';

/** What names an event that cannot be decoded. */
export function providerIdOf(raw: unknown): string {
  const known = z.object({ message: z.object({ id: z.object({ id: z.string() }) }) }).safeParse(raw);
  return known.success ? refOf(known.data.message.id) : `wa:${digest(JSON.stringify(raw) ?? '')}`;
}

/** Throws `InvalidInput`. `receivedAt`, in milliseconds, dates what the page does not. */
export function decodePageEvent(raw: unknown, place: Place, receivedAt: number): Decoded {
  const parsed = pageEventSchema.safeParse(raw);
  if (!parsed.success)
    throw new InvalidInput(`the event is not as WhatsApp's page has it: ${z.prettifyError(parsed.error).slice(0, 500)}`, {}, parsed.error);
  const event = parsed.data;
  switch (event.kind) {
    case 'message':
      return decodeMessage(event, place);
    case 'edit':
    case 'revoke':
      return decodeChange(event, place, receivedAt);
    case 'undecryptable':
      return { kept: 'the message could not be decrypted. It can be read on the phone', kind: 'message.undecryptable' };
    case 'reaction':
      return decodeReaction(event, place);
    case 'ack':
      return decodeAck(event);
    case 'call':
      return decodeCall(event, place, receivedAt);
    case 'renumbered':
      return decodeRenumbered(event, place);
  }
}

type EventOf<K extends PageEvent['kind']> = Extract<PageEvent, { readonly kind: K }>;

function decodeMessage({ message, person, missed }: EventOf<'message'>, place: Place): Decoded {
  const { type, id, t } = message;
  const outside = outsideOf(id.remote, place);
  if (outside !== undefined) return outside;
  const ruling = rulingOf(type);
  const text = textOf(message);
  // A type that is newer than this program may still have a text.
  if (!('taken' in ruling) && !('kept' in ruling && type !== 'unknown' && isVisible(text)))
    return { ...ruling, kind: `message.${kindLabel(type, ruling)}` };
  const address = addressOf(place.account, id.remote, person);
  const common = { id: refOf(id), address, at: t * 1_000, messageId: refOf(id) };
  const moved = movedBy(person, place, common.at);
  if (type === 'call_log')
    return id.fromMe
      ? { ignored: 'we called', kind: 'call.ours' }
      : { event: { type: 'call', id: common.id, address, at: common.at, phase: 'ended', ...known(message, person) }, ...moved };
  const media = mediaOf(message);
  if (media.length === 0 && !isVisible(text)) return { ignored: 'it has nothing visible', kind: 'message.invisible' };
  const quoted = message.quotedStanzaID ? { replyTo: refOf({ id: message.quotedStanzaID }) } : {};
  const content = { text, ...(media.length === 0 ? {} : { media }), ...quoted };
  if (id.fromMe) return { ours: { type: 'echo', ...common, ...content }, ...moved, fromPhone: isPhoneId(id.id), missed };
  const sender = { ...common, ...(media.length === 0 ? {} : { media }), ...quoted, ...known(message, person) };
  const written = writtenText(message);
  const command = written === undefined ? undefined : readCommand(written);
  if (command === undefined || command.args.length > MAX_COMMAND_ARGS) return { event: { type: 'message', ...sender, text }, ...moved };
  return { event: { type: 'command', ...sender, name: command.name, args: command.args }, ...moved };
}

function decodeChange(event: EventOf<'edit' | 'revoke'>, place: Place, receivedAt: number): Decoded {
  const { message, person } = event;
  const { id } = message;
  const outside = outsideOf(id.remote, place);
  if (outside !== undefined) return outside;
  if (id.fromMe) return { ignored: 'a message of our own number was changed', kind: `${event.kind}.ours` };
  const address = addressOf(place.account, id.remote, person);
  const moved = movedBy(person, place, receivedAt);
  if (event.kind === 'revoke') {
    const messageId = refOf(message.protocolMessageKey ?? id);
    return { event: { type: 'revoke', id: `${messageId}:revoke`, address, at: receivedAt, messageId }, ...moved };
  }
  if (!isVisible(event.text)) return { ignored: 'the edit changes no text', kind: 'edit.no_text' };
  const editedAt = message.latestEditSenderTimestampMs ?? undefined;
  const messageId = refOf(id);
  const eventId = `${messageId}:edit:${editedAt ?? digest(event.text)}`;
  return { event: { type: 'edit', id: eventId, address, at: Math.floor(editedAt ?? receivedAt), messageId, text: event.text }, ...moved };
}

function decodeReaction({ id, target, emoji, at, person }: EventOf<'reaction'>, place: Place): Decoded {
  const outside = outsideOf(target.remote, place);
  if (outside !== undefined) return outside;
  if (id.fromMe) return { ignored: 'our own number reacted', kind: 'reaction.ours' };
  const address = addressOf(place.account, target.remote, person);
  const time = Math.floor(at * 1_000);
  // The page gives a reaction that was changed the same id.
  const event: ChannelEvent = {
    type: 'reaction',
    id: `${refOf(id)}:${digest(`${time}${emoji}`)}`,
    address,
    at: time,
    messageId: refOf(target),
    emoji: emoji === '' ? null : clip(emoji, 32),
  };
  return { event, ...movedBy(person, place, time) };
}

function decodeAck({ message: { id }, ack }: EventOf<'ack'>): Decoded {
  if (!id.fromMe) return { ignored: 'it is about a message of the customer', kind: 'ack.inbound' };
  if (ack === 0) return { ignored: 'the message is on its way', kind: 'ack.pending' };
  const status = ack < 0 ? 'failed' : ack === 1 ? 'sent' : ack === 2 ? 'delivered' : 'read';
  return { ack: { ref: refOf(id), status } };
}

function decodeCall({ id, from, outgoing, group, person }: EventOf<'call'>, place: Place, receivedAt: number): Decoded {
  if (outgoing) return { ignored: 'we called', kind: 'call.ours' };
  if (group || chatKind(from) !== 'person') return { ignored: 'a call of a group is for its members', kind: 'call.group' };
  const address = addressOf(place.account, from, person);
  const phone = phoneOf(person?.phone ?? from);
  const customer = phone === undefined ? {} : { customer: { phone } };
  return {
    event: { type: 'call', id: `wa:call:${id}`, address, at: receivedAt, phase: 'started', ...customer },
    ...movedBy(person, place, receivedAt),
  };
}

/** WhatsApp itself tells the contacts of a person the new number, so it is certain. */
function decodeRenumbered({ message, from, to }: EventOf<'renumbered'>, { account }: Place): Decoded {
  if (chatKind(from) !== 'person' || chatKind(to) !== 'person' || from === to)
    return { ignored: 'it does not say from which number to which', kind: 'renumbered.unclear' };
  const at = message.t * 1_000;
  return { event: { type: 'moved', id: `wa:moved:${from}:${to}`, from: addressAt(account, from), to: addressAt(account, to), at } };
}

function outsideOf(chat: string, { me, groups }: Place): Extract<Decoded, { readonly ignored: string }> | undefined {
  const kind = chatKind(chat);
  if (kind === 'other') return { ignored: CUSTOMERS_ALONE, kind: 'chat.other' };
  if (kind === 'group' && !groups) return { ignored: NO_GROUPS, kind: 'chat.group' };
  return chat === me ? { ignored: 'notes to oneself are no conversation', kind: 'chat.self' } : undefined;
}

/** The conversation under the LID, if there is one, goes on under the phone number. */
function movedBy(person: Person | undefined, { account }: Place, at: number): { readonly moved?: ChannelEvent } {
  if (!isPair(person)) return {};
  const { lid, phone } = person;
  return { moved: { type: 'moved', id: `wa:moved:${lid}:${phone}`, from: addressAt(account, lid), to: addressAt(account, phone), at } };
}

function known({ id, notifyName }: PageMessage, person: Person | undefined): { readonly customer?: Customer } {
  // A group is many people. The name is that of the one who wrote last.
  const phone = phoneOf(person?.phone ?? id.remote);
  const name = notifyName ? clip(notifyName, 200) : undefined;
  if (phone === undefined && name === undefined) return {};
  return { customer: { ...(name === undefined ? {} : { name }), ...(phone === undefined ? {} : { phone }) } };
}

/** Only types that are known are labels of a metric. */
function kindLabel(type: string, ruling: object): string {
  return 'kept' in ruling && type !== 'unknown' ? 'newer' : type;
}

/** A phone makes other ids than WhatsApp Web does, which this program uses. */
function isPhoneId(id: string): boolean {
  return id.length > 25 || id.startsWith('3A');
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
