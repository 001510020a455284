/** What the page says of files that the visitor attaches. */
import type { ChatLanguage } from './strings.ts';

export interface AttachWords {
  readonly attach: string;
  readonly camera: string;
  readonly attached: string;
  readonly added: (name: string) => string;
  readonly drop: string;
  readonly limits: (files: string, size: string) => string;
  readonly uploading: (name: string, percent: number) => string;
  readonly cancel: (name: string) => string;
  readonly remove: (name: string) => string;
  readonly retry: (name: string) => string;
  readonly tooLarge: (size: string) => string;
  readonly empty: string;
  readonly tooMany: (files: string) => string;
  readonly failed: string;
  readonly refused: string;
  /** The message waits for its files. */
  readonly sendsLater: string;
  readonly doNotSend: string;
}

const en: AttachWords = {
  attach: 'Attach files',
  camera: 'Take a photo',
  attached: 'Attached files',
  added: (name) => `${name} is attached`,
  drop: 'Drop the files here',
  limits: (files, size) => `Up to ${files} files, each of at most ${size}.`,
  uploading: (name, percent) => `${name}: ${percent} %`,
  cancel: (name) => `Cancel ${name}`,
  remove: (name) => `Remove ${name}`,
  retry: (name) => `Try ${name} again`,
  tooLarge: (size) => `It is larger than ${size}.`,
  empty: 'It is empty.',
  tooMany: (files) => `One message takes ${files} files.`,
  failed: 'It was not uploaded. Try again in a moment.',
  refused: 'This file is not taken.',
  sendsLater: 'Sends when the files are in. Escape cancels.',
  doNotSend: 'Do not send yet',
};

const ar: AttachWords = {
  attach: 'إرفاق ملفات',
  camera: 'التقاط صورة',
  attached: 'الملفات المرفقة',
  added: (name) => `أُرفق \u2068${name}\u2069`,
  drop: 'أفلت الملفات هنا',
  limits: (files, size) => `حتى ${files} ملفات، كل منها ${size} على الأكثر.`,
  uploading: (name, percent) => `\u2068${name}\u2069: ${percent}٪`,
  cancel: (name) => `إلغاء \u2068${name}\u2069`,
  remove: (name) => `إزالة \u2068${name}\u2069`,
  retry: (name) => `إعادة محاولة \u2068${name}\u2069`,
  tooLarge: (size) => `حجمه أكبر من ${size}.`,
  empty: 'الملف فارغ.',
  tooMany: (files) => `تتسع الرسالة لعدد ${files} من الملفات.`,
  failed: 'لم يُرفع الملف. حاول مرة أخرى بعد قليل.',
  refused: 'هذا الملف غير مقبول.',
  sendsLater: 'ستُرسل الرسالة بعد اكتمال رفع الملفات. يلغي مفتاح Escape الإرسال.',
  doNotSend: 'عدم الإرسال الآن',
};

export const ATTACH_WORDS: Readonly<Record<ChatLanguage, AttachWords>> = { en, ar };
