/** What the page says of the visitor's location, and of reactions. */
import type { ChatLanguage } from './strings.ts';

export interface ChatCardWords {
  readonly sendLocation: string;
  readonly locating: string;
  readonly refused: string;
  readonly unknown: string;
  readonly reacted: (name: string, emoji: string) => string;
}

const en: ChatCardWords = {
  sendLocation: 'Send my location',
  locating: 'Finding where you are…',
  refused:
    'Your browser did not share your location. Allow this page to see your location in the browser’s settings, or write the address.',
  unknown: 'Your location could not be found. Try again in a moment, or write the address.',
  reacted: (name, emoji) => `${name} reacted with ${emoji}`,
};

const ar: ChatCardWords = {
  sendLocation: 'إرسال موقعي',
  locating: 'جارٍ تحديد موقعك…',
  refused: 'لا يفصح المتصفح عن موقعك. اسمح لهذه الصفحة بمعرفة موقعك من إعدادات المتصفح، أو اكتب العنوان.',
  unknown: 'تعذّر تحديد موقعك. حاول مرة أخرى بعد قليل، أو اكتب العنوان.',
  reacted: (name, emoji) => `تفاعل \u2068${name}\u2069 بـ ${emoji}`,
};

export const CHAT_CARD_WORDS: Readonly<Record<ChatLanguage, ChatCardWords>> = { en, ar };
