/**
 * What becomes of each kind of event of the gateway, and of each type of message. The tables are
 * total over the types of the API, so a kind that a new version adds does not compile until it has
 * its row. docs/reference/discord.md shows them to people.
 */
import type { GatewayDispatchEvents, MessageType } from 'discord.js';
import { ignored, kept, type Ruling, taken } from '../ruling.ts';

const PLACES = 'it tells the program where channels and threads are';
const SERVER = 'what a server is made of changes no conversation';
const MEMBERS = 'who is in a server changes no conversation';
const VOICE = 'the program takes no part in calls';
const SCHEDULED = 'events of a server change no conversation';
const MODERATION = 'the moderators of the server decide';
const PAYMENT = 'the program sells nothing, so it can neither confirm nor deliver';
const POLL = 'the program sends no polls';
const CONNECTION = 'it is about the connection itself';
const REACTIONS = 'whose reactions they were is not said';

export type EventKind = `${GatewayDispatchEvents}`;

export const EVENT_KINDS: Readonly<Record<EventKind, Ruling>> = {
  MESSAGE_CREATE: taken('a message or a command, if it is for the bot'),
  MESSAGE_UPDATE: taken('an edit, if its sender changed the text of a message for the bot'),
  MESSAGE_DELETE: taken('a revoke, if the message was a customer’s'),
  MESSAGE_DELETE_BULK: taken('a revoke of each message that was a customer’s'),
  MESSAGE_REACTION_ADD: taken('a reaction, in direct messages'),
  MESSAGE_REACTION_REMOVE: taken('a reaction that is taken back, in direct messages'),
  INTERACTION_CREATE: taken('the command that was chosen or that its button stands for'),
  TYPING_START: taken('a sign of typing, in direct messages'),
  READY: ignored(CONNECTION),
  RESUMED: ignored(CONNECTION),
  RATE_LIMITED: ignored(CONNECTION),
  GUILD_CREATE: ignored(PLACES),
  CHANNEL_CREATE: ignored(PLACES),
  CHANNEL_UPDATE: ignored(PLACES),
  CHANNEL_DELETE: ignored(PLACES),
  THREAD_CREATE: ignored(PLACES),
  THREAD_UPDATE: ignored(PLACES),
  THREAD_DELETE: ignored(PLACES),
  THREAD_LIST_SYNC: ignored(PLACES),
  MESSAGE_REACTION_REMOVE_ALL: ignored(REACTIONS),
  MESSAGE_REACTION_REMOVE_EMOJI: ignored(REACTIONS),
  MESSAGE_POLL_VOTE_ADD: ignored(POLL),
  MESSAGE_POLL_VOTE_REMOVE: ignored(POLL),
  CHANNEL_INFO: ignored(SERVER),
  CHANNEL_PINS_UPDATE: ignored('the pinned message came when it was written'),
  THREAD_MEMBERS_UPDATE: ignored(MEMBERS),
  THREAD_MEMBER_UPDATE: ignored(MEMBERS),
  GUILD_UPDATE: ignored(SERVER),
  GUILD_DELETE: ignored(SERVER),
  GUILD_EMOJIS_UPDATE: ignored(SERVER),
  GUILD_STICKERS_UPDATE: ignored(SERVER),
  GUILD_INTEGRATIONS_UPDATE: ignored(SERVER),
  GUILD_ROLE_CREATE: ignored(SERVER),
  GUILD_ROLE_UPDATE: ignored(SERVER),
  GUILD_ROLE_DELETE: ignored(SERVER),
  INTEGRATION_CREATE: ignored(SERVER),
  INTEGRATION_UPDATE: ignored(SERVER),
  INTEGRATION_DELETE: ignored(SERVER),
  WEBHOOKS_UPDATE: ignored(SERVER),
  INVITE_CREATE: ignored(SERVER),
  INVITE_DELETE: ignored(SERVER),
  APPLICATION_COMMAND_PERMISSIONS_UPDATE: ignored(SERVER),
  GUILD_MEMBER_ADD: ignored(MEMBERS),
  GUILD_MEMBER_UPDATE: ignored(MEMBERS),
  GUILD_MEMBER_REMOVE: ignored(MEMBERS),
  GUILD_MEMBERS_CHUNK: ignored(MEMBERS),
  PRESENCE_UPDATE: ignored(MEMBERS),
  USER_UPDATE: ignored('the next message of the user says the same'),
  GUILD_BAN_ADD: ignored(MODERATION),
  GUILD_BAN_REMOVE: ignored(MODERATION),
  GUILD_AUDIT_LOG_ENTRY_CREATE: ignored(MODERATION),
  AUTO_MODERATION_RULE_CREATE: ignored(MODERATION),
  AUTO_MODERATION_RULE_UPDATE: ignored(MODERATION),
  AUTO_MODERATION_RULE_DELETE: ignored(MODERATION),
  AUTO_MODERATION_ACTION_EXECUTION: ignored(MODERATION),
  GUILD_SCHEDULED_EVENT_CREATE: ignored(SCHEDULED),
  GUILD_SCHEDULED_EVENT_UPDATE: ignored(SCHEDULED),
  GUILD_SCHEDULED_EVENT_DELETE: ignored(SCHEDULED),
  GUILD_SCHEDULED_EVENT_USER_ADD: ignored(SCHEDULED),
  GUILD_SCHEDULED_EVENT_USER_REMOVE: ignored(SCHEDULED),
  STAGE_INSTANCE_CREATE: ignored(VOICE),
  STAGE_INSTANCE_UPDATE: ignored(VOICE),
  STAGE_INSTANCE_DELETE: ignored(VOICE),
  VOICE_STATE_UPDATE: ignored(VOICE),
  VOICE_SERVER_UPDATE: ignored(VOICE),
  VOICE_CHANNEL_EFFECT_SEND: ignored(VOICE),
  VOICE_CHANNEL_START_TIME_UPDATE: ignored(VOICE),
  VOICE_CHANNEL_STATUS_UPDATE: ignored(VOICE),
  GUILD_SOUNDBOARD_SOUND_CREATE: ignored(VOICE),
  GUILD_SOUNDBOARD_SOUND_UPDATE: ignored(VOICE),
  GUILD_SOUNDBOARD_SOUND_DELETE: ignored(VOICE),
  GUILD_SOUNDBOARD_SOUNDS_UPDATE: ignored(VOICE),
  SOUNDBOARD_SOUNDS: ignored(VOICE),
  ENTITLEMENT_CREATE: kept(PAYMENT),
  ENTITLEMENT_UPDATE: ignored(PAYMENT),
  ENTITLEMENT_DELETE: ignored(PAYMENT),
  SUBSCRIPTION_CREATE: kept(PAYMENT),
  SUBSCRIPTION_UPDATE: ignored(PAYMENT),
  SUBSCRIPTION_DELETE: ignored(PAYMENT),
};

const NOTICE = 'a notice of Discord itself asks for no answer';
const BOOST = 'boosts change no conversation';
const ANSWER = 'an answer of a bot to a command';

interface MessageKind {
  readonly name: string;
  readonly ruling: Ruling;
}

const kind = (name: string, ruling: Ruling): MessageKind => ({ name, ruling });

export const MESSAGE_KINDS: Readonly<Record<MessageType, MessageKind>> = {
  0: kind('default', taken('a message, or a command')),
  19: kind('reply', taken('a message, or a command')),
  1: kind('recipient_add', ignored(NOTICE)),
  2: kind('recipient_remove', ignored(NOTICE)),
  3: kind('call', ignored(VOICE)),
  4: kind('channel_name_change', ignored(NOTICE)),
  5: kind('channel_icon_change', ignored(NOTICE)),
  6: kind('pinned', ignored(NOTICE)),
  7: kind('user_join', ignored(MEMBERS)),
  8: kind('boost', ignored(BOOST)),
  9: kind('boost_tier_1', ignored(BOOST)),
  10: kind('boost_tier_2', ignored(BOOST)),
  11: kind('boost_tier_3', ignored(BOOST)),
  12: kind('follow_add', ignored(NOTICE)),
  14: kind('discovery_disqualified', ignored(NOTICE)),
  15: kind('discovery_requalified', ignored(NOTICE)),
  16: kind('discovery_first_warning', ignored(NOTICE)),
  17: kind('discovery_final_warning', ignored(NOTICE)),
  18: kind('thread_created', ignored('a thread is a conversation once somebody writes in it')),
  20: kind('command_answer', ignored(ANSWER)),
  21: kind('thread_starter', ignored('the message that the thread began with came when it was written')),
  22: kind('invite_reminder', ignored(NOTICE)),
  23: kind('menu_answer', ignored(ANSWER)),
  24: kind('auto_moderation', ignored(MODERATION)),
  25: kind('role_subscription', ignored(PAYMENT)),
  26: kind('premium_upsell', ignored(PAYMENT)),
  27: kind('stage_start', ignored(VOICE)),
  28: kind('stage_end', ignored(VOICE)),
  29: kind('stage_speaker', ignored(VOICE)),
  30: kind('stage_raise_hand', ignored(VOICE)),
  31: kind('stage_topic', ignored(VOICE)),
  32: kind('premium_subscription', ignored(PAYMENT)),
  36: kind('incident_on', ignored(MODERATION)),
  37: kind('incident_off', ignored(MODERATION)),
  38: kind('incident_raid', ignored(MODERATION)),
  39: kind('incident_false_alarm', ignored(MODERATION)),
  44: kind('purchase', ignored(PAYMENT)),
  46: kind('poll_result', ignored(POLL)),
};

/** A kind that is not in the table is `unknown`, because its name must not become a label. */
export function eventKind(type: string): { readonly kind: string; readonly ruling: Ruling } {
  const ruling = isEventKind(type) ? EVENT_KINDS[type] : undefined;
  if (ruling !== undefined) return { kind: `event.${type.toLowerCase()}`, ruling };
  return { kind: 'event.unknown', ruling: ignored(`this program does not know ${type.slice(0, 100)}`) };
}

function isEventKind(type: string): type is EventKind {
  return Object.hasOwn(EVENT_KINDS, type);
}

export function messageKind(type: number): { readonly kind: string; readonly ruling: Ruling } {
  const found = isMessageType(type) ? MESSAGE_KINDS[type] : undefined;
  if (found !== undefined) return { kind: `message.${found.name}`, ruling: found.ruling };
  return { kind: 'message.unknown', ruling: ignored(`this program does not know messages of type ${type}`) };
}

function isMessageType(type: number): type is MessageType {
  return Object.hasOwn(MESSAGE_KINDS, type);
}
