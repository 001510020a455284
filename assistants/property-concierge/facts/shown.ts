/** How human agents see the facts, in English and Arabic. */
import type { FactField } from '../../index.ts';
import { type Named, PLACE_NAMES, TYPE_NAMES } from './names.ts';
import type { Feature, PropertyFacts } from './schema.ts';

type Values<Value extends string | undefined> = Readonly<Record<NonNullable<Value>, Named>>;

const PURPOSES: Values<PropertyFacts['purpose']> = {
  buy: { en: 'To buy', ar: 'شراء' },
  rent: { en: 'To rent', ar: 'إيجار' },
};
const RENT_PERIODS: Values<PropertyFacts['rentPeriod']> = {
  day: { en: 'by the day', ar: 'باليوم' },
  month: { en: 'by the month', ar: 'بالشهر' },
  year: { en: 'by the year', ar: 'بالسنة' },
};
const URGENCIES: Values<PropertyFacts['urgency']> = {
  immediate: { en: 'at once', ar: 'فورًا' },
  soon: { en: 'soon', ar: 'قريبًا' },
  flexible: { en: 'flexible', ar: 'مرن' },
};
const PAYMENTS: Values<PropertyFacts['payment']> = {
  cash: { en: 'cash', ar: 'نقدًا' },
  installments: { en: 'instalments', ar: 'تقسيط' },
  mortgage: { en: 'mortgage', ar: 'تمويل عقاري' },
};
const FURNISHED: Values<PropertyFacts['furnished']> = {
  furnished: { en: 'furnished', ar: 'مفروش' },
  semi_furnished: { en: 'semi-furnished', ar: 'نصف مفروش' },
  unfurnished: { en: 'unfurnished', ar: 'غير مفروش' },
};
const FINISHINGS: Values<PropertyFacts['finishing']> = {
  finished: { en: 'finished', ar: 'تشطيب كامل' },
  semi_finished: { en: 'semi-finished', ar: 'نصف تشطيب' },
  core_and_shell: { en: 'core and shell', ar: 'على الطوب' },
};
const READINESS: Values<PropertyFacts['readiness']> = {
  ready: { en: 'ready to move in', ar: 'جاهز للسكن' },
  off_plan: { en: 'off plan', ar: 'تحت الإنشاء' },
};
const FEATURES: Values<Feature> = {
  garden: { en: 'garden', ar: 'حديقة' },
  pool: { en: 'pool', ar: 'مسبح' },
  parking: { en: 'parking', ar: 'موقف سيارة' },
  elevator: { en: 'lift', ar: 'مصعد' },
  balcony: { en: 'balcony', ar: 'شرفة' },
  terrace: { en: 'terrace', ar: 'تراس' },
  sea_view: { en: 'sea view', ar: 'إطلالة على البحر' },
  nile_view: { en: 'Nile view', ar: 'إطلالة على النيل' },
  security: { en: 'security', ar: 'أمن' },
  gym: { en: 'gym', ar: 'صالة رياضية' },
  pets: { en: 'pets allowed', ar: 'يسمح بالحيوانات' },
};
const SQUARE_METRES: Named = { en: 'm²', ar: 'م²' };

const BEDROOMS: Named = { en: 'Bedrooms', ar: 'غرف النوم' };
const DOWN_PAYMENT: Named = { en: 'Down payment', ar: 'المقدم' };

export const shownFacts: Readonly<Record<keyof PropertyFacts, FactField>> = {
  purpose: { label: { en: 'Purpose', ar: 'الغرض' }, values: PURPOSES },
  types: { label: { en: 'Types', ar: 'الأنواع' }, values: TYPE_NAMES },
  excludedTypes: { label: { en: 'Not these types', ar: 'ليس هذه الأنواع' }, values: TYPE_NAMES },
  locations: { label: { en: 'Areas', ar: 'المناطق' }, values: PLACE_NAMES },
  excludedLocations: { label: { en: 'Not these areas', ar: 'ليس هذه المناطق' }, values: PLACE_NAMES },
  bedrooms: { label: BEDROOMS, range: { to: 'bedroomsMax', label: BEDROOMS } },
  bedroomsMax: { label: { en: 'Bedrooms, at most', ar: 'غرف النوم، حد أقصى' } },
  bathrooms: { label: { en: 'Bathrooms, at least', ar: 'الحمامات، حد أدنى' } },
  budgetMin: {
    label: { en: 'Budget, at least', ar: 'الميزانية، حد أدنى' },
    currency: 'currency',
    range: { to: 'budgetMax', label: { en: 'Budget', ar: 'الميزانية' } },
  },
  budgetMax: { label: { en: 'Budget, at most', ar: 'الميزانية، حد أقصى' }, currency: 'currency' },
  currency: { label: { en: 'Currency', ar: 'العملة' } },
  rentPeriod: { label: { en: 'Rent', ar: 'الإيجار' }, values: RENT_PERIODS },
  areaMin: {
    label: { en: 'Area, at least', ar: 'المساحة، حد أدنى' },
    unit: SQUARE_METRES,
    range: { to: 'areaMax', label: { en: 'Area', ar: 'المساحة' } },
  },
  areaMax: { label: { en: 'Area, at most', ar: 'المساحة، حد أقصى' }, unit: SQUARE_METRES },
  moveIn: { label: { en: 'Moving in', ar: 'موعد الاستلام' } },
  urgency: { label: { en: 'Urgency', ar: 'الاستعجال' }, values: URGENCIES },
  payment: { label: { en: 'Payment', ar: 'الدفع' }, values: PAYMENTS },
  downPayment: { label: DOWN_PAYMENT, currency: 'currency' },
  downPaymentPercent: { label: DOWN_PAYMENT, unit: { en: '%', ar: '٪' } },
  installmentYears: { label: { en: 'Years of instalments', ar: 'سنوات التقسيط' } },
  furnished: { label: { en: 'Furniture', ar: 'الفرش' }, values: FURNISHED },
  finishing: { label: { en: 'Finishing', ar: 'التشطيب' }, values: FINISHINGS },
  readiness: { label: { en: 'Readiness', ar: 'الجاهزية' }, values: READINESS },
  floor: { label: { en: 'Floor', ar: 'الدور' } },
  features: { label: { en: 'Features', ar: 'المميزات' }, values: FEATURES },
  viewing: { label: { en: 'Viewing', ar: 'موعد المعاينة' } },
  callBack: { label: { en: 'Call back', ar: 'موعد الاتصال' } },
  name: { label: { en: 'Name', ar: 'الاسم' } },
  phone: { label: { en: 'Phone', ar: 'الهاتف' } },
  email: { label: { en: 'E-mail', ar: 'البريد الإلكتروني' } },
};
