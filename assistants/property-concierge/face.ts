import type { FaceSettings } from '../index.ts';

export const FACE: FaceSettings = {
  name: { en: 'Property concierge', ar: 'المساعد العقاري' },
  welcome: { en: 'Which home are you looking for?', ar: 'ما السكن الذي تبحث عنه؟' },
  about: {
    en: 'Tell it the area, your budget and the bedrooms in your own words. It finds homes in and around Cairo, and brings in a colleague for the rest. The listings are samples.',
    ar: 'أخبره بالمنطقة والميزانية وعدد الغرف كما تشاء. يجد لك سكنًا في القاهرة وما حولها، ويحضر لك زميلًا لما عدا ذلك. الوحدات المعروضة عيّنة للتجربة.',
  },
  suggestions: [
    { en: '3 bedrooms in New Cairo, up to 5 million', ar: 'شقة ٣ غرف في التجمع حتى ٥ مليون' },
    { en: 'A furnished flat for rent in Maadi, 25k a month', ar: 'شقة مفروشة للإيجار في المعادي بـ ٢٥ ألف في الشهر' },
    { en: 'A villa in Sheikh Zayed with a garden, in installments', ar: 'فيلا في الشيخ زايد بحديقة بالتقسيط' },
    { en: 'I would like to talk to a person', ar: 'أريد التحدث مع شخص' },
  ],
  avatar: '🏠',
  colour: '#0f6b5c',
};
