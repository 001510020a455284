/** Areas by their English names, as customers write them. */
import { terms } from './lexicon.ts';

/** Areas where "in" may mean a month as well. */
export const OCTOBER = '6th of October';

export const PLACES = terms({
  'New Cairo':
    'new cairo|fifth settlement|5th settlement|first settlement|tagamoa|tagamo3|tagamo|التجمع|التجمع الخامس|التجمع الاول|القاهرة الجديدة|the fifth settlement|settlement',
  'Sheikh Zayed': 'sheikh zayed|el sheikh zayed|zayed|zayed city|zaid|zayd|الشيخ زايد|زايد',
  [OCTOBER]: '6th of october|6 october|october city|6th october|مدينة اكتوبر|6 اكتوبر|السادس من اكتوبر',
  Maadi: 'maadi|el maadi|ma3adi|المعادي|معادي',
  'Nasr City': 'nasr city|madinet nasr|مدينة نصر|م نصر',
  Heliopolis: 'heliopolis|masr el gedida|مصر الجديدة|هليوبوليس|new heliopolis',
  Zamalek: 'zamalek|الزمالك|زمالك',
  Madinaty: 'madinaty|مدينتي',
  Rehab: 'rehab|al rehab|el rehab|rehab city|الرحاب|رحاب',
  Mokattam: 'mokattam|mokatam|muqattam|المقطم|مقطم',
  Dokki: 'dokki|doqqi|الدقي|دقي',
  Mohandessin: 'mohandessin|mohandeseen|mohandiseen|المهندسين|مهندسين',
  'New Capital': 'new capital|new administrative capital|the capital|administrative capital|العاصمة|العاصمة الادارية|العاصمة الجديدة',
  'Mostakbal City': 'mostakbal city|mostakbal|mustakbal|مستقبل سيتي|مدينة المستقبل|المستقبل سيتي',
  Shorouk: 'shorouk|el shorouk|shorouk city|الشروق|شروق',
  Obour: 'obour|el obour|obour city|العبور',
  Haram: 'haram|el haram|الهرم|هرم',
  Faisal: 'faisal|فيصل',
  'North Coast': 'north coast|sahel|el sahel|الساحل|الساحل الشمالي|ساحل',
  'Ain Sokhna': 'ain sokhna|sokhna|el sokhna|السخنة|العين السخنة|سخنة',
  'Garden City': 'garden city|جاردن سيتي',
  Downtown: 'downtown|down town|wust el balad|وسط البلد',
  Alexandria: 'alexandria|alex|الاسكندرية|اسكندرية',
  Giza: 'giza|الجيزة|جيزة',
  Hurghada: 'hurghada|الغردقة|غردقة',
});

/** The month rather than the city. */
export const OCTOBER_ALONE = terms({ [OCTOBER]: 'october|اكتوبر' });
