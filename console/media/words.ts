/** What pages say of files, in each language that they speak. */
export interface MediaWords {
  readonly open: (name: string) => string;
  readonly play: (name: string, duration: string) => string;
  readonly loading: (name: string) => string;
  readonly failed: string;
  readonly save: (name: string) => string;
  readonly close: string;
  readonly kinds: Readonly<Record<'image' | 'voice' | 'audio' | 'video' | 'document' | 'sticker' | 'location' | 'contact', string>>;
  readonly keeping: string;
  readonly lost: Readonly<Record<'gone' | 'too_large' | 'type' | 'empty' | 'unreachable', string>>;
  readonly pages: (count: number) => string;
}

const en: MediaWords = {
  open: (name) => `Open ${name}`,
  play: (name, duration) => `Play ${name}${duration === '' ? '' : `, ${duration}`}`,
  loading: (name) => `Loading ${name}…`,
  failed: 'It could not be loaded. Try again in a moment.',
  save: (name) => `Save ${name}`,
  close: 'Close',
  kinds: {
    image: 'Image',
    voice: 'Voice note',
    audio: 'Recording',
    video: 'Video',
    document: 'File',
    sticker: 'Sticker',
    location: 'Location',
    contact: 'Contact',
  },
  keeping: 'Is being saved…',
  lost: {
    gone: 'Not saved, because the channel does not have it any more.',
    too_large: 'Not saved, because it is too large.',
    type: 'Not saved, because files of this type are not taken.',
    empty: 'Not saved, because it is empty.',
    unreachable: 'Not saved, because the channel could not be reached.',
  },
  pages: (count) => (count === 1 ? '1 page' : `${count} pages`),
};

const ar: MediaWords = {
  open: (name) => `فتح \u2068${name}\u2069`,
  play: (name, duration) => `تشغيل \u2068${name}\u2069${duration === '' ? '' : `، ${duration}`}`,
  loading: (name) => `جارٍ تحميل \u2068${name}\u2069…`,
  failed: 'تعذّر التحميل. حاول مرة أخرى بعد قليل.',
  save: (name) => `حفظ \u2068${name}\u2069`,
  close: 'إغلاق',
  kinds: {
    image: 'صورة',
    voice: 'رسالة صوتية',
    audio: 'تسجيل',
    video: 'فيديو',
    document: 'ملف',
    sticker: 'ملصق',
    location: 'موقع',
    contact: 'جهة اتصال',
  },
  keeping: 'جارٍ الحفظ…',
  lost: {
    gone: 'لم يُحفظ لأنه لم يعد موجودًا لدى القناة.',
    too_large: 'لم يُحفظ لأن حجمه كبير جدًا.',
    type: 'لم يُحفظ لأن هذا النوع من الملفات غير مقبول.',
    empty: 'لم يُحفظ لأنه فارغ.',
    unreachable: 'لم يُحفظ لأن القناة لم تستجب.',
  },
  pages: (count) => (count === 1 ? 'صفحة واحدة' : count === 2 ? 'صفحتان' : count <= 10 ? `${count} صفحات` : `${count} صفحة`),
};

export const MEDIA_WORDS: Readonly<Record<'en' | 'ar', MediaWords>> = { en, ar };
