/**
 * What becomes of each webhook field and each type of message. The tables are total over the names
 * that Meta documents. docs/reference/whatsapp-cloud.md shows them to people.
 */
import { ignored, type Ruling, taken } from '../ruling.ts';

const TEMPLATES = 'templates are read when an agent chooses one';
const ACCOUNT = 'it is about the account, and changes no conversation. See WhatsApp Manager';
const HISTORY = 'what was written before the number was connected is not taken over';

/** Fields that an app can subscribe to. */
export const FIELDS = {
  messages: taken('messages of customers, and statuses of ours'),
  smb_message_echoes: taken('what a human of ours wrote in the WhatsApp Business app'),
  calls: taken('a call of a customer'),
  account_alerts: ignored(ACCOUNT),
  account_review_update: ignored(ACCOUNT),
  account_settings_update: ignored(ACCOUNT),
  account_update: ignored(ACCOUNT),
  automatic_events: ignored('an event that Meta derived for its ads'),
  business_capability_update: ignored(ACCOUNT),
  business_status_update: ignored(ACCOUNT),
  flows: ignored('a flow itself, not a reply to one'),
  group_lifecycle_update: ignored('the channel takes no part in groups'),
  group_participants_update: ignored('the channel takes no part in groups'),
  group_settings_update: ignored('the channel takes no part in groups'),
  group_status_update: ignored('the channel takes no part in groups'),
  history: ignored(HISTORY),
  message_template_components_update: ignored(TEMPLATES),
  message_template_quality_update: ignored(TEMPLATES),
  message_template_status_update: ignored(TEMPLATES),
  partner_solutions: ignored(ACCOUNT),
  payment_configuration_update: ignored(ACCOUNT),
  phone_number_name_update: ignored(ACCOUNT),
  phone_number_quality_update: ignored(ACCOUNT),
  security: ignored(ACCOUNT),
  smb_app_state_sync: ignored('the contacts of the phone are not taken over'),
  template_category_update: ignored(TEMPLATES),
  template_correct_category_detection: ignored(TEMPLATES),
  tracking_events: ignored('an event that Meta derived for its ads'),
  user_id_update: ignored('the system message about the same change is taken'),
  user_preferences: ignored('WhatsApp itself refuses marketing to a customer who stopped it'),
} as const satisfies Readonly<Record<string, Ruling>>;

const FILE = 'a message with the file, and the caption as text';

export const MESSAGE_TYPES = {
  text: taken('a message, or a command'),
  image: taken(FILE),
  audio: taken('a message with the recording. It is a voice note if WhatsApp says so'),
  video: taken(FILE),
  document: taken(FILE),
  sticker: taken('a message with the sticker'),
  location: taken('a message with the place'),
  contacts: taken('a message with the contacts. One that we asked for is the number of the customer'),
  interactive: taken('the command of the button or row, or a message with the answers of a form'),
  button: taken('a message with the text of the button'),
  order: taken('a message `[order]` with a line for each item'),
  reaction: taken('a reaction'),
  edit: taken('an edit'),
  revoke: taken('a deletion'),
  system: taken('a move of the conversation, if an id of the customer changed'),
  request_welcome: taken('the command `start`, because the customer opened the chat and waits for a welcome'),
  unsupported: taken('a message in brackets, since WhatsApp gives nothing of it'),
  unknown: taken('a message in brackets, since WhatsApp gives nothing of it'),
  errors: taken('a message in brackets, since WhatsApp gives nothing of it'),
  ephemeral: ignored('a setting of the chat changes no conversation'),
  pin: ignored('a setting of the chat changes no conversation'),
  group: ignored('the channel takes no part in groups'),
} as const satisfies Readonly<Record<string, Ruling>>;

const FIELD_RULINGS: ReadonlyMap<string, Ruling> = new Map(Object.entries(FIELDS));
const TYPE_RULINGS: ReadonlyMap<string, Ruling> = new Map(Object.entries(MESSAGE_TYPES));

/** Undefined for a field that is newer than this program. */
export function fieldRuling(field: string): Ruling | undefined {
  return FIELD_RULINGS.get(field);
}

/** Undefined for a type that is newer than this program. */
export function messageRuling(type: string): Ruling | undefined {
  return TYPE_RULINGS.get(type);
}
