/**
 * What customers write, by what it means. Variants of letters and endings are folded by tokens.ts.
 */
import type { Currency, Feature, PropertyType } from '../schema.ts';
import { type Term, terms } from './lexicon.ts';

export const TYPES = terms<PropertyType>({
  apartment: 'apartment|apartments|flat|flats|appartment|apt|شقة|شقق|شقتين|شقه سكنية|sha2a|shaqqa',
  studio: 'studio|studios|ستوديو|استوديو',
  duplex: 'duplex|duplexes|دوبلكس|دوبليكس',
  penthouse: 'penthouse|pent house|penthouses|بنتهاوس|بنت هاوس|روف هاوس',
  villa: 'villa|villas|standalone|stand alone|house|houses|standalone villa|s-villa|فيلا|فيلات|فلل|فله|بيت|منزل|بيت مستقل',
  townhouse: 'townhouse|town house|townhouses|تاون هاوس|تاونهاوس',
  twin_house: 'twin house|twinhouse|twin houses|twinhouses|توين هاوس|توينهاوس',
  chalet: 'chalet|chalets|beach house|شاليه|شاليهات',
  office: 'office|offices|office space|مكتب|مكتب اداري|مكاتب|عيادة',
  shop: 'shop|shops|store|retail|محل|محلات',
  land: 'land|plot|plot of land|ارض|قطعة ارض',
});

export const FEATURE_WORDS = terms<Feature>({
  garden: 'garden|private garden|gardens|جنينة|حديقة|جاردن',
  pool: 'pool|swimming pool|pools|حمام سباحة|بسين|بيسين|مسبح|بول',
  parking: 'parking|garage|car park|covered parking|جراج|باركينج|موقف سيارة|جراش',
  elevator: 'elevator|lift|اسانسير|مصعد',
  balcony: 'balcony|balconies|بلكونة|بالكونة|شرفة|تراس صغير',
  terrace: 'terrace|roof terrace|roof|rooftop|روف|تراس|رووف',
  sea_view: 'sea view|seaview|sea front|beachfront|على البحر|فيو بحر|تطل على البحر|صف اول بحر',
  nile_view: 'nile view|on the nile|على النيل|تطل على النيل|فيو النيل|نيل فيو',
  security: 'security|gated|guards|guard|حارس|امن|حراسة|سيكيوريتي',
  gym: 'gym|fitness|جيم|صالة رياضية',
  pets: 'pets|pet friendly|حيوانات اليفة',
});

export const PURPOSES = terms<'buy' | 'rent'>({
  buy: 'buy|buying|purchase|for sale|to own|owning|اشتري|شراء|نشتري|تمليك|للبيع|امتلك',
  rent: 'rent|rental|renting|for rent|for lease|to lease|to let|ايجار|للايجار|اأجر|أأجر|ااجر|نأجر|استأجر|تأجير|egar',
});

export const PAYMENTS = terms<'cash' | 'installments' | 'mortgage'>({
  cash: 'cash|in cash|all cash|cash payment|in full|full payment|كاش|نقدي|نقدا',
  installments: 'installments|installment|instalments|instalment|payment plan|in installments|تقسيط|قسط|اقساط|بالتقسيط|ta2seet',
  mortgage: 'mortgage|bank loan|bank financing|bank finance|home loan|تمويل عقاري|رهن عقاري|من البنك|قرض',
});

export const FURNISHINGS = terms<'furnished' | 'semi_furnished' | 'unfurnished'>({
  furnished: 'furnished|fully furnished|مفروشة|مفروش|mafrosha|بالفرش',
  semi_furnished: 'semi furnished|semi-furnished|نصف مفروشة|نص مفروشة',
  unfurnished: 'unfurnished|empty|من غير فرش|بدون فرش|غير مفروشة|فاضية',
});

export const FINISHINGS = terms<'finished' | 'semi_finished' | 'core_and_shell'>({
  finished: 'fully finished|super lux|تشطيب كامل|متشطبة|متشطب|كاملة التشطيب|سوبر لوكس',
  semi_finished: 'semi finished|semi-finished|semi - finished|half finished|نص تشطيب|نصف تشطيب|على المحارة',
  core_and_shell: 'core and shell|core & shell|shell and core|على الطوب|طوب احمر',
});

export const READINESS = terms<'ready' | 'off_plan'>({
  ready: 'ready to move|delivered|already built|ready to move in|move in ready|immediate delivery|استلام فوري|جاهزة للسكن|جاهز للسكن|جاهزة',
  off_plan: 'off plan|off-plan|off - plan|under construction|تحت الانشاء|قيد الانشاء|اوف بلان',
});

export const URGENCY = terms<'immediate' | 'soon' | 'flexible'>({
  immediate: 'asap|urgent|urgently|immediately|right away|as soon as possible|this week|ضروري|مستعجل|في اقرب وقت|حالا|فورا|عاجل',
  soon: 'move soon|need it soon|sometime soon|in the near future|قريبا ان شاء الله|في القريب العاجل',
  flexible:
    'no rush|no hurry|not urgent|not in a hurry|in no hurry|take your time|just looking|مش مستعجل|مش مستعجلين|مش مستعجلة|براحتي|براحتكم|على مهل',
});

export const CURRENCY_WORDS = terms<Currency>({
  EGP: 'egp|le|l.e|pound|pounds|egyptian pounds|جنيه|جنيه مصري|ج.م',
  USD: 'usd|dollar|dollars|us dollars|$|دولار|دولارات',
  EUR: 'eur|euro|euros|€|يورو',
  GBP: 'gbp|sterling|£|استرليني',
  AED: 'aed|dirham|dirhams|درهم',
  SAR: 'sar|riyal|riyals|ريال',
  QAR: 'qar|ريال قطري',
  KWD: 'kwd|dinar|دينار',
});

export const PERIODS = terms<'day' | 'month' | 'year'>({
  day: 'per day|per night|a night|a day|nightly|في اليوم|يوميا|في الليلة',
  month: 'per month|a month|monthly|/ month|each month|شهريا|شهري|في الشهر|كل شهر',
  year: 'per year|a year|yearly|annually|/ year|سنويا|سنوي|في السنة',
});

export const NEGATIONS = terms<'not'>({
  not: "not|no|don't|don't need|don't want|do not need|do not want|dont|do not|without|except|never|nothing in|rather not|avoid|hate|hates|can't|cannot|can not|غير|مش هقدر|مقدرش|ماقدرش|مش|بلاش|بدون|من غير|ما عدا|ماعدا|مو|لا اريد|not necessarily|مش لازم|مش عايز|مش عايزة|doesn't have to",
});

/** Ends the reach of a negation. */
export const WANTS = terms<'want'>({
  want: "want|need|only|just|prefer|like|would like|i'd like|looking|عايز|عاوز|عايزة|عاوزة|محتاج|محتاجة|اريد|أبحث|بدور|3ayez|3ayza|instead|خلينا|خليها",
});

/** A clause with one of these is about the past, or about somebody else. */
export const ELSEWHERE = terms<'elsewhere'>({
  elsewhere:
    'paid|sold|bought|born|lived|i live in|we live in|i live|we live|living in|i am from|my sister|my brother|my friend|my last|my old|my flat|my apartment|my house|my villa|my place|our place|your ad|your post|your listing|your page|restaurant|اعلانكم|مطعم|شقتي|بيتي|فيلتي|ابيع|دفعت|بعت|اشتريت|ساكن|ساكنة|عايش|اخويا|اختي|صاحبي|القديمة|القديم',
});

export type Comparator = 'max' | 'min' | 'about';

export const COMPARATORS = terms<Comparator>({
  max: "up to|under|below|max|maximum|maximum of|at most|less than|not more than|no more than|not exceeding|doesn't exceed|does not exceed|not bigger than|not larger than|within a budget of|stretch to|limit|حد اقصى|الحد الاقصى|بحد اقصى|كحد اقصى|مش اكتر من|مش اكثر من|لا يزيد عن|لا تزيد عن|متزيدش عن|ميزيدش عن|متعديش|ميعديش|تحت|اقل من|لحد|على قد|اخري",
  min: 'at least|minimum|minimum of|starting|starting from|starts from|more than|over|above|not less than|no less than|bigger than|larger than|الحد الادنى|حد ادنى|مش اقل من|لا يقل عن|لا تقل عن|متقلش عن|اكتر من|اكثر من|ابدا من|يبدا من|على الاقل',
  about: 'around|about|approximately|roughly|in the range of|حوالي|في حدود|تقريبا|بحدود',
});

export const BUDGET_WORDS = terms<'budget'>({
  budget: 'budget|price|can pay|can afford|spend|rent|ميزانية|ميزانيتي|الميزانية|السعر|سعر|سعرها|معايا|ادفع',
});

export const DOWN_WORDS = terms<'down'>({ down: 'down payment|downpayment|down|deposit|upfront|مقدم|دفعة اولى|دفعة مقدمة' });

export const MOVE_WORDS = terms<'move'>({
  move: 'move|moving|move in|moving in|need it|handover|delivery|تسليم|التسليم|keys|available|ready by|استلم|استلام|نستلم|انتقل|ننقل|نسكن|اسكن',
});

export type Unit = 'bedrooms' | 'bathrooms' | 'metres' | 'feet' | 'years' | 'percent';

export const UNITS: readonly Term<Unit>[] = terms<Unit>({
  bedrooms:
    'bedroom|bedrooms|bed|beds|br|brs|bdr|bdrm|bdrms|room|rooms|rms|bed room|bed rooms|غرفة|غرف|غرف نوم|غرفة نوم|اوضة|اوض|اوضه نوم|اودة|اود',
  bathrooms: 'bathroom|bathrooms|bath|baths|bths|bth|حمام|حمامات',
  metres:
    'm2|sqm|sq m|sq meters|sq meter|square meters|square meter|square metres|square metre|squar meter|meter|meters|metre|metres|m|متر|متر مربع|م2|م|امتار',
  feet: 'sqft|sq ft|sq feet|square feet|square foot|ft|feet|ft2|قدم|قدم مربع',
  years: 'year|years|yr|yrs|سنة|سنين|سنوات|اعوام',
  percent: '%|percent|في المية|بالمية',
});
export const DUALS = terms<'bedrooms' | 'bathrooms' | 'years'>({
  bedrooms: 'غرفتين|غرفتي|اوضتين|غرفتين نوم',
  bathrooms: 'حمامين',
  years: 'سنتين',
});

export const FLOORS: readonly Term<string>[] = terms({
  '0': 'ground|الارضي|ارضي',
  '1': 'first|1st|الاول|اول',
  '2': 'second|2nd|التاني|تاني|الثاني|ثاني',
  '3': 'third|3rd|التالت|تالت|الثالث|ثالث',
  '4': 'fourth|4th|الرابع|رابع',
  '5': 'fifth|5th|الخامس|خامس',
  '6': 'sixth|6th|السادس|سادس',
  '7': 'seventh|7th|السابع|سابع',
  '8': 'eighth|8th|التامن|تامن|الثامن|ثامن',
  '9': 'ninth|9th|التاسع|تاسع',
  '10': 'tenth|10th|العاشر|عاشر',
});

/** Adds to a list instead of replacing it. */
export const ALSO = terms<'also'>({ also: 'also|too|as well|plus|in addition|كمان|برضه|ايضا|بالاضافة' });
