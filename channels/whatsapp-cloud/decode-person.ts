/**
 * What a customer did, or a human of ours on the phone, as an event without its address. The
 * address takes a look at the address book (links.ts). Pure.
 */
import { InvalidInput } from '#machines/errors.ts';
import type { Customer } from '#machines/session/events.ts';
import { clip, isVisible } from '#machines/text.ts';
import { eventOfPress, MAX_COMMAND_ARGS, readCommand } from '../command.ts';
import type { ChannelEvent } from '../inbound.ts';
import { mediaOf, sharedPhone, textOf, writtenText } from './content.ts';
import { type Identity, identityOf, mainId } from './identity.ts';
import { messageRuling } from './kinds.ts';
import type { Call, Contact, Echo, Message } from './payload.ts';

/** How long after a message or a call of the customer WhatsApp takes free text, in milliseconds. */
const WINDOW_MS = 24 * 3_600_000;

type WithoutAddress<E> = E extends { readonly address: unknown } ? Omit<E, 'address'> : never;
/** An event of one person, before the person's address is known. */
export type PersonEvent = WithoutAddress<Exclude<ChannelEvent, { readonly type: 'receipt' | 'typing' }>>;

export type Decoded =
  | { readonly type: 'person'; readonly who: Identity; readonly event: PersonEvent }
  /** An id of a person became another one. */
  | { readonly type: 'changed'; readonly id: string; readonly at: number; readonly from: Identity; readonly to: Identity }
  /**
   * Well-formed and of no use to a session. `kind` is one of few, since metrics have it as label.
   */
  | { readonly type: 'ignored'; readonly kind: string; readonly reason: string };

const OF_WHATSAPP = 'wa:';

/** A message's id, whoever wrote it. Statuses, edits and reactions name it. */
export function messageIdOf(wamid: string): string {
  return `${OF_WHATSAPP}${wamid}`;
}

/** WhatsApp's own id. Throws `InvalidInput` for what `messageIdOf` does not give. */
export function wamidOf(id: string): string {
  if (!id.startsWith(OF_WHATSAPP)) throw new InvalidInput('the id is not of a WhatsApp message', { messageId: id.slice(0, 80) });
  return id.slice(OF_WHATSAPP.length);
}

/** Throws `InvalidInput` for a message of nobody. */
export function decodeMessage(message: Message, contacts: readonly Contact[]): Decoded {
  const ruling = messageRuling(message.type);
  if (message.group_id !== undefined) return ignored('message.group', 'the channel takes no part in groups');
  if (ruling === undefined) return ignored('message.unknown_type', `"${clip(message.type, 40)}" is newer than this program`);
  if ('ignored' in ruling) return ignored(`message.${message.type}`, ruling.ignored);
  if (message.type === 'system') return decodeSystem(message);
  const contact = contactOf(message, contacts);
  const who = identityOf([
    message.from_user_id,
    contact?.user_id,
    message.from,
    contact?.wa_id,
    message.from_parent_user_id,
    contact?.parent_user_id,
  ]);
  named(who);
  const event = eventOf(message, contact, who);
  return 'kind' in event ? event : { type: 'person', who, event };
}

function eventOf(
  message: Message,
  contact: Contact | undefined,
  who: Identity,
): PersonEvent | Extract<Decoded, { readonly type: 'ignored' }> {
  const id = messageIdOf(message.id);
  const at = message.timestamp * 1_000;
  const { edit, revoke, reaction, interactive } = message;
  if (message.type === 'edit') {
    const text = edit?.message && textOf(edit.message);
    if (edit === undefined || text === undefined || !isVisible(text))
      return ignored('message.edit_without_text', 'the edit changes no text');
    return { type: 'edit', id, at, messageId: messageIdOf(edit.original_message_id), text };
  }
  if (message.type === 'revoke') {
    if (revoke === undefined) throw new InvalidInput('the deletion names no message');
    return { type: 'revoke', id, at, messageId: messageIdOf(revoke.original_message_id) };
  }
  if (message.type === 'reaction') {
    if (reaction === undefined) throw new InvalidInput('the reaction names no message');
    return { type: 'reaction', id, at, messageId: messageIdOf(reaction.message_id), emoji: reaction.emoji || null };
  }
  if (message.unsupported?.type === 'edit') return ignored('message.unsupported_edit', 'WhatsApp does not say what the edit changed');
  if (interactive !== undefined && !REPLIES.some((reply) => interactive[reply] !== undefined))
    return ignored('message.interactive_other', `a reply of the kind "${clip(interactive.type, 40)}" is no message`);
  const customer = customerOf(contact, sharedPhone(message) ?? (who.phone && `+${who.phone}`));
  const common = { id, at, windowUntil: at + WINDOW_MS, ...answering(message), ...(customer === undefined ? {} : { customer }) };
  if (message.type === 'request_welcome') return { type: 'command', ...common, name: 'start', args: '' };
  return chosen(message, common) ?? written(message, common);
}

/** A press of a button answers the message that has it. */
function answering({ context }: Pick<Message, 'context'>): { readonly replyTo?: string } {
  return context?.id === undefined ? {} : { replyTo: messageIdOf(context.id) };
}

const REPLIES = ['button_reply', 'list_reply', 'nfm_reply'] as const;

type Common = Pick<Extract<PersonEvent, { readonly type: 'message' }>, 'id' | 'at' | 'windowUntil' | 'replyTo' | 'customer'>;

/** The command of a button or row of ours. */
function chosen({ interactive }: Message, common: Common): PersonEvent | undefined {
  const id = interactive?.button_reply?.id ?? interactive?.list_reply?.id;
  return id === undefined ? undefined : eventOfPress(id, common);
}

function written(message: Message, common: Common): PersonEvent | Extract<Decoded, { readonly type: 'ignored' }> {
  const said = writtenText(message);
  const media = mediaOf(message);
  const text = textOf(message);
  if (media.length === 0 && !isVisible(text)) return ignored('message.invisible', 'it has nothing visible');
  const content = { ...common, ...(media.length === 0 ? {} : { media }) };
  const command = said === undefined ? undefined : readCommand(said);
  if (command === undefined || command.args.length > MAX_COMMAND_ARGS) return { type: 'message', ...content, text };
  return { type: 'command', ...content, name: command.name, args: command.args };
}

/**
 * `from` names the customer as before. Only some of these messages have the field with the former
 * user id. The others have it in their text.
 */
function decodeSystem({ id, timestamp, from, from_user_id, from_parent_user_id, system }: Message): Decoded {
  const kind = system?.type ?? '';
  if (system === undefined || !/changed_(?:number|user_id)$/.test(kind))
    return ignored('message.system_other', `a notice of the kind "${clip(kind, 40)}" changes no conversation`);
  const [, was, is] = / from (\S+) to (\S+)$/.exec(system.body?.trim() ?? '') ?? [];
  const to = identityOf([system.user_id, system.wa_id, system.new_wa_id, system.parent_user_id, is]);
  const before = [system.previous_user_id, from_user_id, from, system.previous_parent_user_id, from_parent_user_id, was];
  const other = before.filter((one) => one === undefined || mainId(identityOf([one])) !== to.userId);
  const { phone, ...ids } = identityOf(other);
  // After a change of the user id alone, the number is the same.
  const former = phone === undefined || phone === to.phone ? ids : { ...ids, phone };
  named(former);
  named(to);
  return { type: 'changed', id: messageIdOf(id), at: timestamp * 1_000, from: former, to };
}

const ECHOED = ['text', 'image', 'audio', 'video', 'document', 'sticker', 'location', 'contacts', 'interactive', 'button', 'unsupported'];

export function decodeEcho(echo: Echo, contacts: readonly Contact[]): Decoded {
  if (echo.group_id !== undefined) return ignored('echo.group', 'the channel takes no part in groups');
  if (echo.type === 'edit' || echo.type === 'revoke')
    return ignored(`echo.${echo.type}`, 'what a human changes or deletes on the phone later is not followed');
  if (!ECHOED.includes(echo.type)) return ignored('echo.other', `"${clip(echo.type, 40)}" on the phone is no message`);
  const [contact] = contacts.length === 1 ? contacts : [];
  const who = identityOf([echo.to_user_id, contact?.user_id, echo.to, contact?.wa_id, echo.to_parent_user_id]);
  named(who);
  const text = textOf(echo);
  const media = mediaOf(echo);
  if (media.length === 0 && !isVisible(text)) return ignored('echo.invisible', 'it has nothing visible');
  const id = messageIdOf(echo.id);
  const content = { text, ...(media.length === 0 ? {} : { media }), ...answering(echo) };
  const event = { type: 'echo', id, messageId: id, at: echo.timestamp * 1_000, ...content } as const;
  return { type: 'person', who, event };
}

/** @param ownNumber the business number as digits, because some calls name it as the caller. */
export function decodeCall(call: Call, contacts: readonly Contact[], ownNumber: string | undefined): Decoded {
  const { id, event: phase, direction, duration, timestamp } = call;
  if (direction === 'BUSINESS_INITIATED') return ignored('call.ours', 'we called the customer');
  if (phase !== 'connect' && phase !== 'terminate') return ignored('call.other', `a call's "${clip(phase, 40)}" changes no conversation`);
  const [contact] = contacts.length === 1 ? contacts : [];
  const from = identityOf([call.from]).phone === identityOf([ownNumber]).phone ? undefined : call.from;
  const who = identityOf([call.from_user_id, contact?.user_id, from, contact?.wa_id, call.from_parent_user_id, contact?.parent_user_id]);
  named(who);
  const at = timestamp * 1_000;
  const customer = customerOf(contact, who.phone && `+${who.phone}`);
  const ended = phase === 'terminate';
  const event = {
    type: 'call',
    id: `${messageIdOf(id)}:${phase}`,
    at,
    phase: ended ? 'ended' : 'started',
    windowUntil: at + WINDOW_MS,
    ...(ended && duration !== undefined ? { seconds: duration } : {}),
    ...(customer === undefined ? {} : { customer }),
  } as const;
  return { type: 'person', who, event };
}

/**
 * The contact of a message. A message may have no id of its sender, and then the contacts name the
 * sender if there is only one.
 */
function contactOf(message: Message, contacts: readonly Contact[]): Contact | undefined {
  const sender = identityOf([message.from_user_id, message.from, message.from_parent_user_id]);
  const ids = Object.values(sender);
  const own = contacts.find((contact) => {
    const named = identityOf([contact.user_id, contact.wa_id, contact.parent_user_id]);
    if (sender.userId !== undefined && named.userId !== undefined) return sender.userId === named.userId;
    return Object.values(named).some((id) => ids.includes(id));
  });
  return own ?? (ids.length === 0 && contacts.length === 1 ? contacts[0] : undefined);
}

function customerOf(contact: Contact | undefined, phone: string | undefined): Customer | undefined {
  const { name, username } = contact?.profile ?? {};
  const customer = {
    ...(name === undefined || name === '' ? {} : { name: clip(name, 200) }),
    ...(username === undefined || username === '' ? {} : { handle: clip(username, 200) }),
    ...(phone === undefined || phone === '' ? {} : { phone }),
  };
  return Object.keys(customer).length === 0 ? undefined : customer;
}

function named(who: Identity): void {
  if (mainId(who) === undefined) throw new InvalidInput('it names nobody: neither a number nor a business-scoped user id is there');
}

function ignored(kind: string, reason: string): Extract<Decoded, { readonly type: 'ignored' }> {
  return { type: 'ignored', kind, reason };
}
