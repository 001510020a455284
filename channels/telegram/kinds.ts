/**
 * What becomes of each kind of update, and of each kind of content that a message can have. The
 * tables are total over the types of the Bot API, so a kind that a new version adds does not
 * compile until it has its row. docs/reference/telegram.md shows them to people.
 */
import type { Message, Update } from '@grammyjs/types';
import { ignored, kept, type Ruling, taken } from '../ruling.ts';

export type UpdateKind = Exclude<keyof Update, 'update_id'>;

const CHANNEL_POST = 'a post of a channel is for its readers, and an answer would be one too';
const BUSINESS = 'the chat of a business account needs a connection that this program does not have';
const NO_INLINE = 'the program offers nothing inline';
const PAYMENT = 'the program sells nothing, so it can neither confirm nor deliver';
const POLL = 'the program sends no polls';
const MEMBERS = 'who is in a chat changes no conversation';
const BOOST = 'boosts change no conversation';

export const UPDATE_KINDS: Readonly<Record<UpdateKind, Ruling>> = {
  message: taken('what its sender and its content say'),
  edited_message: taken('an edit, if its text is another one'),
  callback_query: taken('the command that its button stands for'),
  channel_post: ignored(CHANNEL_POST),
  edited_channel_post: ignored(CHANNEL_POST),
  business_connection: ignored(BUSINESS),
  business_message: ignored(BUSINESS),
  edited_business_message: ignored(BUSINESS),
  deleted_business_messages: ignored(BUSINESS),
  guest_message: ignored('the bot is no member of that chat and could answer once only'),
  stopped_message_generation: ignored('answers are messages that are edited, and /stop stops them'),
  message_reaction: taken('a reaction, in private chats'),
  message_reaction_count: ignored('whose reactions they were is not said'),
  inline_query: ignored(NO_INLINE),
  chosen_inline_result: ignored(NO_INLINE),
  shipping_query: kept(PAYMENT),
  pre_checkout_query: kept(PAYMENT),
  purchased_paid_media: kept(PAYMENT),
  poll: ignored(POLL),
  poll_answer: ignored(POLL),
  my_chat_member: ignored('a bot that was blocked or removed finds out with its next message'),
  chat_member: ignored(MEMBERS),
  chat_join_request: ignored('the administrators of the chat decide'),
  chat_boost: ignored(BOOST),
  removed_chat_boost: ignored(BOOST),
  managed_bot: ignored('the program manages no other bots'),
  subscription: kept(PAYMENT),
};

/** Fields of a message that say how, where and by whom it was sent. They are no content. */
const DETAILS = [
  'message_id',
  'message_thread_id',
  'from',
  'sender_chat',
  'date',
  'guest_query_id',
  'business_connection_id',
  'chat',
  'is_topic_message',
  'direct_messages_topic',
  'sender_tag',
  'receiver_user',
  'ephemeral_message_id',
  'sender_boost_count',
  'sender_business_bot',
  'forward_origin',
  'is_automatic_forward',
  'reply_to_message',
  'reply_to_checklist_task_id',
  'reply_to_poll_option_id',
  'is_paid_post',
  'external_reply',
  'quote',
  'reply_to_story',
  'via_bot',
  'guest_bot_caller_user',
  'guest_bot_caller_chat',
  'edit_date',
  'has_protected_content',
  'show_caption_above_media',
  'is_from_offline',
  'author_signature',
  'link_preview_options',
  'effect_id',
  'paid_star_count',
  'reply_markup',
  'caption',
  'caption_entities',
  'media_group_id',
  'has_media_spoiler',
  'entities',
  'suggested_post_info',
] as const satisfies readonly (keyof Message)[];

export type ContentKind = Exclude<keyof Message, (typeof DETAILS)[number]>;

const FILE = 'a message with its file, and the caption as text';
const MOVED = 'a move of the conversation to the new chat';
const CHAT_SETTING = 'a setting of the chat changes no conversation';
const TOPIC = 'a topic is a conversation once somebody writes in it';
const SUGGESTED_POST = 'suggested posts belong to a channel';
const CALL = 'the program takes no part in calls';
const GIVEAWAY = 'giveaways are for the readers of a channel';
const GIFT = 'a gift asks for nothing';
const SHARED = 'the program asks for nobody to be shared';

export const CONTENT_KINDS: Readonly<Record<ContentKind, Ruling>> = {
  text: taken('a message, or a command'),
  rich_message: taken('a message or a command, with the text of all its blocks'),
  animation: taken(FILE),
  audio: taken(FILE),
  document: taken(FILE),
  live_photo: taken('a message with the photo, and the caption as text'),
  photo: taken(FILE),
  sticker: taken('a message with the sticker, and its emoji as text'),
  video: taken(FILE),
  video_note: taken(FILE),
  voice: taken(FILE),
  contact: taken('a message with the contact. It is the phone number of the customer if Telegram says that it is their own'),
  venue: taken('a message with the place, and its title as text'),
  location: taken('a message with the place'),
  dice: taken('a message with the emoji and the value'),
  poll: taken('a message with the question and the options'),
  checklist: taken('a message with the title and the tasks'),
  game: taken('a message `[game]` with the title'),
  story: taken('a message `[story]`, since the Bot API gives nothing of it'),
  paid_media: taken('a message `[paid media]`, and the caption'),
  web_app_data: taken('a message with the data as text'),
  migrate_to_chat_id: taken(MOVED),
  migrate_from_chat_id: taken(MOVED),
  successful_payment: kept(PAYMENT),
  refunded_payment: kept(PAYMENT),
  passport_data: kept('the program has no key for it'),
  users_shared: kept(SHARED),
  chat_shared: kept(SHARED),
  invoice: ignored('the program buys nothing'),
  checklist_tasks_done: ignored('who did which task changes no conversation'),
  checklist_tasks_added: ignored('the checklist itself was a message, and its tasks are not followed'),
  community_chat_added: ignored(CHAT_SETTING),
  community_chat_removed: ignored(CHAT_SETTING),
  suggested_post_approved: ignored(SUGGESTED_POST),
  suggested_post_approval_failed: ignored(SUGGESTED_POST),
  suggested_post_declined: ignored(SUGGESTED_POST),
  suggested_post_paid: ignored(SUGGESTED_POST),
  suggested_post_refunded: ignored(SUGGESTED_POST),
  chat_owner_left: ignored(MEMBERS),
  chat_owner_changed: ignored(MEMBERS),
  new_chat_members: ignored(MEMBERS),
  community_chat_joined: ignored(MEMBERS),
  left_chat_member: ignored(MEMBERS),
  new_chat_title: ignored(CHAT_SETTING),
  new_chat_photo: ignored(CHAT_SETTING),
  delete_chat_photo: ignored(CHAT_SETTING),
  group_chat_created: ignored(CHAT_SETTING),
  supergroup_chat_created: ignored(CHAT_SETTING),
  channel_chat_created: ignored(CHAT_SETTING),
  managed_bot_created: ignored('the program manages no other bots'),
  poll_option_added: ignored(POLL),
  poll_option_deleted: ignored(POLL),
  message_auto_delete_timer_changed: ignored(CHAT_SETTING),
  pinned_message: ignored('the pinned message came when it was written'),
  connected_website: ignored(CHAT_SETTING),
  write_access_allowed: ignored('the first message of the user says the same'),
  proximity_alert_triggered: ignored('the program follows no live locations'),
  boost_added: ignored(BOOST),
  chat_background_set: ignored(CHAT_SETTING),
  forum_topic_created: ignored(TOPIC),
  forum_topic_edited: ignored(TOPIC),
  forum_topic_closed: ignored(TOPIC),
  forum_topic_reopened: ignored(TOPIC),
  general_forum_topic_hidden: ignored(TOPIC),
  general_forum_topic_unhidden: ignored(TOPIC),
  giveaway_created: ignored(GIVEAWAY),
  giveaway: ignored(GIVEAWAY),
  giveaway_winners: ignored(GIVEAWAY),
  giveaway_completed: ignored(GIVEAWAY),
  gift: ignored(GIFT),
  gift_upgrade_sent: ignored(GIFT),
  unique_gift: ignored(GIFT),
  paid_message_price_changed: ignored(CHAT_SETTING),
  direct_message_price_changed: ignored(CHAT_SETTING),
  video_chat_scheduled: ignored(CALL),
  video_chat_started: ignored(CALL),
  video_chat_ended: ignored(CALL),
  video_chat_participants_invited: ignored(CALL),
};

export interface Kind {
  readonly kind: string;
  readonly ruling: Ruling;
}

/** The kind of an update. */
export function updateKind(raw: object): Kind {
  return kindAmong('update', UPDATE_KINDS, Object.keys(raw), ['update_id']);
}

/** The kind of a message by its content. If it has several, as a venue has, it is a taken one. */
export function contentKind(raw: object): Kind {
  return kindAmong('message', CONTENT_KINDS, Object.keys(raw), DETAILS);
}

/** A kind that is not in the table is `unknown`, because its name must not become a label. */
function kindAmong(of: string, table: Readonly<Record<string, Ruling>>, keys: readonly string[], details: readonly string[]): Kind {
  const known = keys
    .filter((key) => Object.hasOwn(table, key))
    .flatMap((key) => {
      const ruling = table[key];
      return ruling === undefined ? [] : [{ kind: `${of}.${key}`, ruling }];
    });
  const found = known.find(({ ruling }) => 'taken' in ruling) ?? known.find(({ ruling }) => 'kept' in ruling) ?? known[0];
  if (found !== undefined) return found;
  const names = keys
    .filter((key) => !details.includes(key))
    .slice(0, 5)
    .join(', ');
  const what = names === '' ? 'it has no content' : `this program does not know it (${names.slice(0, 200)})`;
  return { kind: `${of}.unknown`, ruling: { ignored: what } };
}
