/**
 * Ids of WhatsApp's page. A person may be `…@c.us` (the phone number) or `…@lid` (an id that shows
 * no number), and the page names one chat by the one today and by the other tomorrow.
 */
import { InvalidInput } from '#machines/errors.ts';
import { type Address, formatAddress } from '#machines/ids.ts';

/** Both ids of a person, where WhatsApp says that they are one. */
export interface Person {
  readonly lid?: string | undefined;
  readonly phone?: string | undefined;
}

/**
 * A message's id, for all that names it. It has no chat, because the page may call the chat by
 * another name tomorrow.
 */
export function refOf(message: { readonly id: string }): string {
  return `wa:${message.id}`;
}

/**
 * The page's id of a message. Throws `InvalidInput` for any other id, such as that of a call, of a
 * reaction or of another channel.
 */
export function pageIdOf(ref: string): string {
  const [, id] = /^wa:([\w.-]{1,200})$/.exec(ref) ?? [];
  if (id === undefined) throw new InvalidInput('the id is not of a WhatsApp message', { messageId: ref.slice(0, 80) });
  return id;
}

export type ChatKind = 'person' | 'group' | 'other';

export function chatKind(id: string): ChatKind {
  if (/^\d{1,20}@(?:c\.us|lid)$/.test(id)) return 'person';
  return /^[\d-]{1,40}@g\.us$/.test(id) ? 'group' : 'other';
}

/**
 * Account of our own number, its digits. A device may be part of the id. A number without a phone
 * id is named by its LID.
 */
export function accountOf(me: string): string {
  const [, user, server] = /^(\d{1,20})(?::\d+)?@(c\.us|lid|s\.whatsapp\.net)$/.exec(me) ?? [];
  if (user === undefined) throw new InvalidInput(`"${me.slice(0, 80)}" is no id of a WhatsApp number`);
  return server === 'lid' ? `${user}@lid` : user;
}

/** Where a chat is. The phone number goes first, because it stands in all older conversations. */
export function addressOf(account: string, chat: string, person?: Person): Address {
  return addressAt(account, isPair(person) ? person.phone : chat);
}

export function addressAt(account: string, chat: string): Address {
  return formatAddress({ channel: 'whatsapp-web', account, peer: chat });
}

export function isPair(person: Person | undefined): person is { readonly lid: string; readonly phone: string } {
  return (
    person?.lid !== undefined && person.phone !== undefined && chatKind(person.lid) === 'person' && chatKind(person.phone) === 'person'
  );
}

/** With a plus, undefined for an id that shows no number. */
export function phoneOf(id: string): string | undefined {
  const [, digits] = /^(\d{5,20})@c\.us$/.exec(id) ?? [];
  return digits === undefined ? undefined : `+${digits}`;
}
