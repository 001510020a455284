/** What pages say of cards, in each language that they speak. */
export interface CardWords {
  /** In place of the button, which customers alone can press. */
  readonly asksLocation: string;
  /** Of a message in WhatsApp's own form, by its type. */
  readonly whatsapp: (type: string) => string;
}

const en: CardWords = {
  asksLocation: 'Button: send my location',
  whatsapp: (type) => `WhatsApp: ${type}`,
};

const ar: CardWords = {
  asksLocation: 'زر: إرسال موقعي',
  whatsapp: (type) => `واتساب: \u2068${type}\u2069`,
};

export const CARD_WORDS: Readonly<Record<'en' | 'ar', CardWords>> = { en, ar };
