/**
 * Every word of the page, in each language it speaks. A missing one does not compile. The words of
 * an assistant's face stand in for those about the assistant.
 */
import type { Face, Suggestion } from '../face/face.ts';

export type ChatLanguage = 'en' | 'ar';

export interface Strings {
  readonly title: string;
  readonly assistant: string;
  readonly you: string;
  readonly online: string;
  readonly connecting: string;
  readonly offline: string;
  readonly unreachable: string;
  readonly writing: string;
  readonly agentWriting: string;
  readonly waitingForAgent: string;
  readonly withAgent: (name: string | undefined) => string;
  readonly greeting: string;
  readonly greetingMore: string;
  readonly suggestions: readonly Suggestion[];
  readonly suggestionsLabel: string;
  readonly unknownAssistant: {
    readonly title: string;
    readonly more: (name: string) => string;
    readonly talk: string;
    readonly all: string;
  };
  readonly placeholder: string;
  readonly composerLabel: string;
  readonly composerHint: string;
  readonly send: string;
  readonly stop: string;
  readonly stopped: string;
  readonly newConversation: string;
  readonly newConversationAsk: string;
  readonly newConversationMore: string;
  readonly startNew: string;
  readonly cancel: string;
  readonly conversation: string;
  readonly newMessages: (count: number) => string;
  readonly toBottom: string;
  readonly marks: { readonly waiting: string; readonly sent: string; readonly read: string; readonly refused: string };
  readonly refused: string;
  readonly retry: string;
  readonly edit: string;
  readonly expired: string;
  readonly tooLong: (length: number, most: number) => string;
  readonly lines: {
    readonly waiting: string;
    readonly human: (name: string | undefined) => string;
    readonly bot: string;
    readonly closed: string;
  };
  /** What the visitor waits for. */
  readonly waits: Readonly<Record<'agent' | 'approval', { readonly title: string; readonly more: string; readonly leave: string }>>;
  readonly askedFor: (ago: string) => string;
  readonly justNow: string;
  readonly replies: string;
  readonly today: string;
  readonly yesterday: string;
  readonly copy: string;
  readonly copyMessage: string;
  readonly copied: string;
  readonly notCopied: string;
  readonly image: string;
  readonly table: string;
  readonly code: string;
  readonly loading: string;
  readonly file: {
    readonly download: (name: string) => string;
    readonly loading: (name: string) => string;
    readonly gone: string;
    readonly failed: string;
  };
  readonly newTab: string;
}

const plain = (...texts: readonly string[]): readonly Suggestion[] => texts.map((text) => ({ label: text, text }));

const en: Strings = {
  title: 'Chat',
  assistant: 'Assistant',
  you: 'You',
  online: 'Online',
  connecting: 'Connecting…',
  offline: 'You are offline. What you write is sent when you are back.',
  unreachable: 'Reconnecting… What you write is kept.',
  writing: 'is writing…',
  agentWriting: 'A person is writing…',
  waitingForAgent: 'Waiting for a person',
  withAgent: (name) => (name === undefined ? 'You are talking to a person' : `You are talking to ${name}`),
  greeting: 'Hello! How can I help?',
  greetingMore: 'Ask me anything. If you would rather talk to a person, just say so.',
  suggestions: plain('What can you do?', 'I would like to talk to a person'),
  suggestionsLabel: 'Suggestions',
  unknownAssistant: {
    title: 'This assistant is not here',
    more: (name) => `The link that brought you here names “\u2068${name}\u2069”, which may have been renamed or removed.`,
    talk: 'Start a chat',
    all: 'See who is here',
  },
  placeholder: 'Write a message…',
  composerLabel: 'Your message',
  composerHint: 'Enter sends, Shift + Enter begins a new line',
  send: 'Send',
  stop: 'Stop the answer',
  stopped: 'Stopped',
  newConversation: 'New conversation',
  newConversationAsk: 'Start a new conversation?',
  newConversationMore: 'This one will no longer be shown on this device.',
  startNew: 'Start over',
  cancel: 'Cancel',
  conversation: 'Conversation',
  newMessages: (count) => (count === 1 ? '1 new message' : `${count} new messages`),
  toBottom: 'To the newest message',
  marks: { waiting: 'Waiting to be sent', sent: 'Sent', read: 'Read', refused: 'Not sent' },
  refused: 'This message was not taken. Shorten or change it, and send it again.',
  retry: 'Try again',
  edit: 'Edit',
  expired: 'This conversation can no longer be opened on this device. Start a new one to go on.',
  tooLong: (length, most) => `${length} of ${most} characters: shorten it, or send it in parts.`,
  lines: {
    waiting: 'A person has been asked to join',
    human: (name) => `${name ?? 'A person'} joined the conversation`,
    bot: 'The assistant is answering again',
    closed: 'This conversation was closed. Write to begin another.',
  },
  waits: {
    agent: {
      title: 'You are waiting for a person',
      more: 'Go on writing if you like. They will see all of it.',
      leave: 'Back to the assistant',
    },
    approval: {
      title: 'The assistant waits for a colleague’s approval',
      more: 'It goes on by itself once that is decided.',
      leave: 'Do not wait',
    },
  },
  askedFor: (ago) => `Asked ${ago}`,
  justNow: 'just now',
  replies: 'Replies',
  today: 'Today',
  yesterday: 'Yesterday',
  copy: 'Copy',
  copyMessage: 'Copy the message',
  copied: 'Copied',
  notCopied: 'It could not be copied. Select the text to copy it.',
  image: 'Image',
  table: 'Table',
  code: 'Code',
  loading: 'Loading the conversation…',
  file: {
    download: (name) => `Download ${name}`,
    loading: (name) => `Downloading ${name}…`,
    gone: 'This file is no longer there. Ask for it to be made again.',
    failed: 'The file could not be fetched. Try again in a moment.',
  },
  newTab: 'opens in a new tab',
};

const ar: Strings = {
  title: 'محادثة',
  assistant: 'المساعد',
  you: 'أنت',
  online: 'متصل',
  connecting: 'جارٍ الاتصال…',
  offline: 'أنت غير متصل بالإنترنت. سيُرسل ما تكتبه عند عودة الاتصال.',
  unreachable: 'جارٍ إعادة الاتصال… ما تكتبه محفوظ.',
  writing: 'يكتب الآن…',
  agentWriting: 'أحد الموظفين يكتب الآن…',
  waitingForAgent: 'في انتظار أحد الموظفين',
  withAgent: (name) => (name === undefined ? 'أنت تتحدث مع أحد الموظفين' : `أنت تتحدث مع ${name}`),
  greeting: 'مرحبًا! كيف يمكنني مساعدتك؟',
  greetingMore: 'اسألني عمّا تشاء. وإن كنت تفضّل التحدث مع شخص، فقط قل ذلك.',
  suggestions: plain('ماذا يمكنك أن تفعل؟', 'أريد التحدث مع شخص'),
  suggestionsLabel: 'اقتراحات',
  unknownAssistant: {
    title: 'هذا المساعد غير موجود هنا',
    more: (name) => `الرابط الذي وصلت منه يشير إلى «\u2068${name}\u2069»، وربما تغيّر اسمه أو أُزيل.`,
    talk: 'ابدأ محادثة',
    all: 'اعرض المساعدين',
  },
  placeholder: 'اكتب رسالة…',
  composerLabel: 'رسالتك',
  composerHint: 'مفتاح الإدخال للإرسال، ومع Shift لسطر جديد',
  send: 'إرسال',
  stop: 'إيقاف الإجابة',
  stopped: 'أُوقفت',
  newConversation: 'محادثة جديدة',
  newConversationAsk: 'هل تريد بدء محادثة جديدة؟',
  newConversationMore: 'لن تظهر هذه المحادثة على هذا الجهاز بعد ذلك.',
  startNew: 'ابدأ من جديد',
  cancel: 'إلغاء',
  conversation: 'المحادثة',
  newMessages: (count) =>
    count === 1 ? 'رسالة جديدة' : count === 2 ? 'رسالتان جديدتان' : count <= 10 ? `${count} رسائل جديدة` : `${count} رسالة جديدة`,
  toBottom: 'إلى أحدث رسالة',
  marks: { waiting: 'في انتظار الإرسال', sent: 'أُرسلت', read: 'قُرئت', refused: 'لم تُرسل' },
  refused: 'لم تُقبل هذه الرسالة. اختصرها أو عدّلها ثم أرسلها من جديد.',
  retry: 'أعد المحاولة',
  edit: 'تعديل',
  expired: 'لم يعد بالإمكان فتح هذه المحادثة على هذا الجهاز. ابدأ محادثة جديدة للمتابعة.',
  tooLong: (length, most) => `${length} من ${most} حرفًا: اختصر النص أو أرسله على أجزاء.`,
  lines: {
    waiting: 'طُلب من أحد الموظفين الانضمام',
    human: (name) => `${name ?? 'أحد الموظفين'} معك الآن في المحادثة`,
    bot: 'عاد المساعد للرد',
    closed: 'أُغلقت هذه المحادثة. اكتب لبدء محادثة أخرى.',
  },
  waits: {
    agent: {
      title: 'أنت في انتظار أحد الموظفين',
      more: 'يمكنك مواصلة الكتابة، وسيرى كل ما تكتبه.',
      leave: 'العودة إلى المساعد',
    },
    approval: {
      title: 'المساعد في انتظار موافقة أحد الموظفين',
      more: 'سيتابع من تلقاء نفسه بعد صدور القرار.',
      leave: 'إيقاف الانتظار',
    },
  },
  askedFor: (ago) => `طُلب ذلك ${ago}`,
  justNow: 'الآن',
  replies: 'ردود',
  today: 'اليوم',
  yesterday: 'أمس',
  copy: 'نسخ',
  copyMessage: 'نسخ الرسالة',
  copied: 'تم النسخ',
  notCopied: 'تعذّر النسخ. حدّد النص لنسخه.',
  image: 'صورة',
  table: 'جدول',
  code: 'شيفرة',
  loading: 'جارٍ تحميل المحادثة…',
  file: {
    // The name runs its own way inside the sentence.
    download: (name) => `تنزيل \u2068${name}\u2069`,
    loading: (name) => `جارٍ تنزيل \u2068${name}\u2069…`,
    gone: 'لم يعد هذا الملف موجودًا. اطلب إعداده من جديد.',
    failed: 'تعذّر تنزيل الملف. حاول مرة أخرى بعد قليل.',
  },
  newTab: 'يُفتح في تبويب جديد',
};

export const STRINGS: Readonly<Record<ChatLanguage, Strings>> = { en, ar };

/** With the assistant's own words where it has some. */
export function withFace(strings: Strings, face: Face): Strings {
  return {
    ...strings,
    title: face.name,
    assistant: face.name,
    greeting: face.welcome ?? strings.greeting,
    greetingMore: face.about ?? strings.greetingMore,
    suggestions: face.suggestions ?? strings.suggestions,
  };
}

/** `?lang=` first, then the browser's own languages in their order, else English. */
export function chooseLanguage(asked: string | null, browser: readonly string[]): ChatLanguage {
  for (const tag of [asked ?? '', ...browser]) {
    const base = tag.toLowerCase().split('-')[0];
    if (base === 'ar' || base === 'en') return base;
  }
  return 'en';
}
