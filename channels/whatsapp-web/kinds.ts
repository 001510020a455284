/**
 * What becomes of each type of message. The table is total over the types that whatsapp-web.js
 * names, so a type that a new version adds does not compile until it has its row.
 * docs/reference/whatsapp-web.md shows it to people.
 */
import type { MessageTypes } from 'whatsapp-web.js';
import { ignored, kept, type Ruling, taken } from '../ruling.ts';

const FILE = 'a message with its file, and the caption as text';
const WORDS = 'a message that describes it in brackets';
const NOTICE = 'a notice of WhatsApp is for the eyes only';
const GROUP = 'who is in a group and what it is called changes no conversation';
const ELSEWHERE = 'it arrives as an event of its own';

const NAMED: Readonly<Record<`${MessageTypes}`, Ruling>> = {
  chat: taken('a message, or a command'),
  image: taken(FILE),
  video: taken(FILE),
  audio: taken(FILE),
  ptt: taken('a message with a voice note'),
  document: taken(FILE),
  sticker: taken(FILE),
  location: taken('a message with the place'),
  vcard: taken('a message with the contact'),
  multi_vcard: taken('a message with the contacts'),
  list: taken('a message with its text'),
  list_response: taken('a message with the row that was chosen'),
  buttons_response: taken('a message with the label of the button'),
  template_button_reply: taken('a message with the label of the button'),
  interactive: taken('a message with its text'),
  hsm: taken('a message with its text'),
  native_flow: taken('a message with its text'),
  oversized: taken('a message with its text'),
  poll_creation: taken('a message with the question and the choices'),
  scheduled_event_creation: taken(WORDS),
  order: taken(WORDS),
  product: taken(WORDS),
  payment: taken(WORDS),
  groups_v4_invite: taken(WORDS),
  call_log: taken('a call that ended'),
  album: ignored('its pictures are messages of their own'),
  revoked: ignored('a message that was deleted before it was read'),
  reaction: ignored(ELSEWHERE),
  ciphertext: ignored('it comes again once it is decrypted'),
  unknown: kept('WhatsApp Web cannot show it, and the phone can'),
  broadcast_notification: ignored(NOTICE),
  debug: ignored(NOTICE),
  e2e_notification: ignored(NOTICE),
  gp2: ignored(GROUP),
  group_notification: ignored(GROUP),
  notification: ignored(NOTICE),
  notification_template: ignored(NOTICE),
  protocol: ignored(NOTICE),
};

/** Types that the page has and the library does not name. */
const UNNAMED: Readonly<Record<string, Ruling>> = {
  event_creation: taken(WORDS),
  poll_update: ignored('a vote in a poll is no message'),
  pin_message: ignored(NOTICE),
  newsletter_notification: ignored(NOTICE),
};

export const KINDS: readonly (readonly [string, Ruling])[] = [...Object.entries(NAMED), ...Object.entries(UNNAMED)];
const BY_TYPE: ReadonlyMap<string, Ruling> = new Map(KINDS);

export function rulingOf(type: string): Ruling {
  return BY_TYPE.get(type) ?? kept('a type of message that this program does not know');
}
