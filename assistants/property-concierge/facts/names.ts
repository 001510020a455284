/** Kinds of property and areas as people name them. */
import type { PropertyType } from './schema.ts';

export interface Named {
  readonly en: string;
  readonly ar: string;
}

export const TYPE_NAMES: Readonly<Record<PropertyType, Named>> = {
  apartment: { en: 'apartment', ar: 'شقة' },
  studio: { en: 'studio', ar: 'ستوديو' },
  duplex: { en: 'duplex', ar: 'دوبلكس' },
  penthouse: { en: 'penthouse', ar: 'بنتهاوس' },
  villa: { en: 'villa', ar: 'فيلا' },
  townhouse: { en: 'townhouse', ar: 'تاون هاوس' },
  twin_house: { en: 'twin house', ar: 'توين هاوس' },
  chalet: { en: 'chalet', ar: 'شاليه' },
  office: { en: 'office', ar: 'مكتب' },
  shop: { en: 'shop', ar: 'محل' },
  land: { en: 'plot of land', ar: 'أرض' },
};

const ARABIC_PLACES: Readonly<Record<string, string>> = {
  'New Cairo': 'القاهرة الجديدة',
  'Sheikh Zayed': 'الشيخ زايد',
  '6th of October': '٦ أكتوبر',
  Maadi: 'المعادي',
  'Nasr City': 'مدينة نصر',
  Heliopolis: 'مصر الجديدة',
  Zamalek: 'الزمالك',
  Madinaty: 'مدينتي',
  Rehab: 'الرحاب',
  Mokattam: 'المقطم',
  Dokki: 'الدقي',
  Mohandessin: 'المهندسين',
  'New Capital': 'العاصمة الإدارية',
  'Mostakbal City': 'مستقبل سيتي',
  Shorouk: 'الشروق',
  Obour: 'العبور',
  Haram: 'الهرم',
  Faisal: 'فيصل',
  'North Coast': 'الساحل الشمالي',
  'Ain Sokhna': 'العين السخنة',
  'Garden City': 'جاردن سيتي',
  Downtown: 'وسط البلد',
  Alexandria: 'الإسكندرية',
  Giza: 'الجيزة',
  Hurghada: 'الغردقة',
};

/** By the English name, which the facts have. */
export const PLACE_NAMES: Readonly<Record<string, Named>> = Object.fromEntries(
  Object.entries(ARABIC_PLACES).map(([en, ar]) => [en, { en, ar }]),
);

const NAMES: Readonly<Record<string, Named>> = { ...TYPE_NAMES, ...PLACE_NAMES };

/** Arabic name of a kind or an area. The value itself for any other. */
export function arabicName(value: string): string {
  return NAMES[value]?.ar ?? value;
}
