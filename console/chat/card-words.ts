/** What the page says of the visitor's location, of reactions, and of what messages answer. */
import type { ChatLanguage } from './strings.ts';

export interface ChatCardWords {
  readonly sendLocation: string;
  readonly locating: string;
  readonly refused: string;
  readonly unknown: string;
  readonly reacted: (name: string, emoji: string) => string;
  readonly reply: string;
  /** Before what a message answers, for a screen reader. */
  readonly inReplyTo: string;
  /** Before what the next message answers, for a screen reader. */
  readonly replyingTo: string;
  readonly show: string;
  readonly drop: string;
  /** In place of a message that the page does not have. */
  readonly earlier: string;
  /** In place of the words of a message that has none. */
  readonly attachment: string;
}

const en: ChatCardWords = {
  sendLocation: 'Send my location',
  locating: 'Finding where you are…',
  refused:
    'Your browser did not share your location. Allow this page to see your location in the browser’s settings, or write the address.',
  unknown: 'Your location could not be found. Try again in a moment, or write the address.',
  reacted: (name, emoji) => `${name} reacted with ${emoji}`,
  reply: 'Reply to this message',
  inReplyTo: 'In reply to',
  replyingTo: 'Replying to',
  show: 'Show this message',
  drop: 'Reply to no particular message (Esc)',
  earlier: 'An earlier message',
  attachment: 'Attachment',
};

const ar: ChatCardWords = {
  sendLocation: 'إرسال موقعي',
  locating: 'جارٍ تحديد موقعك…',
  refused: 'لا يفصح المتصفح عن موقعك. اسمح لهذه الصفحة بمعرفة موقعك من إعدادات المتصفح، أو اكتب العنوان.',
  unknown: 'تعذّر تحديد موقعك. حاول مرة أخرى بعد قليل، أو اكتب العنوان.',
  reacted: (name, emoji) => `تفاعل \u2068${name}\u2069 بـ ${emoji}`,
  reply: 'الرد على هذه الرسالة',
  inReplyTo: 'ردًا على',
  replyingTo: 'رد على',
  show: 'عرض هذه الرسالة',
  drop: 'الرد دون اقتباس رسالة (Esc)',
  earlier: 'رسالة سابقة',
  attachment: 'مرفق',
};

export const CHAT_CARD_WORDS: Readonly<Record<ChatLanguage, ChatCardWords>> = { en, ar };
