import { arabicName } from '../facts/names.ts';
import type { PropertyFacts } from '../facts/schema.ts';
import type { Point } from '../listings/match.ts';
import type { Described, ListingResult } from '../tools.ts';
import { momentIn, type Words } from './words.ts';

const number = new Intl.NumberFormat('ar-EG', { maximumFractionDigits: 2, useGrouping: true });
/** A year is not grouped. */
const plain = new Intl.NumberFormat('ar-EG', { useGrouping: false });

const POINTS: Readonly<Record<Point, string>> = {
  place: 'المنطقة',
  type: 'نوع الوحدة',
  bedrooms: 'عدد الغرف',
  bathrooms: 'عدد الحمامات',
  budget: 'الميزانية',
  area: 'المساحة',
  payment: 'التقسيط',
  down_payment: 'المقدم',
  furnished: 'الفرش',
  finishing: 'التشطيب',
  readiness: 'موعد الاستلام',
  floor: 'الدور',
  features: 'كل ما طلبته',
};

const NAMES: Readonly<Record<string, string>> = {
  garden: 'حديقة',
  pool: 'حمام سباحة',
  parking: 'جراج',
  elevator: 'أسانسير',
  balcony: 'بلكونة',
  terrace: 'تراس',
  sea_view: 'إطلالة على البحر',
  nile_view: 'إطلالة على النيل',
  security: 'أمن',
  gym: 'جيم',
  pets: 'السماح بالحيوانات الأليفة',
  furnished: 'مفروشة',
  semi_furnished: 'نصف مفروشة',
  unfurnished: 'غير مفروشة',
  finished: 'كاملة التشطيب',
  semi_finished: 'نصف تشطيب',
  core_and_shell: 'على الطوب',
  buy: 'للشراء',
  rent: 'للإيجار',
  cash: 'كاش',
  installments: 'بالتقسيط',
  mortgage: 'بتمويل عقاري',
  day: 'في اليوم',
  month: 'في الشهر',
  year: 'في السنة',
};
const CURRENCY: Readonly<Record<string, string>> = {
  EGP: 'جنيه',
  USD: 'دولار',
  EUR: 'يورو',
  GBP: 'جنيه إسترليني',
  AED: 'درهم',
  SAR: 'ريال سعودي',
  QAR: 'ريال قطري',
  KWD: 'دينار كويتي',
};

function named(value: string): string {
  return NAMES[value] ?? arabicName(value);
}

function money(amount: number, currency: string): string {
  const shown = amount >= 1_000_000 ? `${number.format(amount / 1_000_000)} مليون` : number.format(amount);
  return `${shown} ${CURRENCY[currency] ?? currency}`;
}

function price({ price: amount, currency, purpose }: Described): string {
  return `${money(amount, currency)}${purpose === 'rent' ? ' في الشهر' : ''}`;
}

/** Arabic counts one and two by the noun itself. */
function counted(count: number, one: string, two: string, few: string): string {
  return count === 1 ? one : count === 2 ? two : count <= 10 ? `${number.format(count)} ${few}` : `${number.format(count)} ${one}`;
}

function rooms(count: number): string {
  return count === 0 ? '' : counted(count, 'غرفة نوم واحدة', 'غرفتا نوم', 'غرف نوم');
}

function bathrooms(count: number): string {
  return counted(count, 'حمام واحد', 'حمامان', 'حمامات');
}

function years(count: number): string {
  return counted(count, 'سنة', 'سنتين', 'سنوات');
}

function area(value: number): string {
  return `${number.format(value)} م²`;
}

function list(values: readonly string[]): string {
  return values.join(' و');
}

function miss(point: Point, one: Described, facts: PropertyFacts): string {
  switch (point) {
    case 'budget':
      return facts.budgetMax !== undefined && one.price > facts.budgetMax
        ? `أعلى من ميزانيتك بـ ${number.format(Math.ceil((one.price / facts.budgetMax - 1) * 100))}٪`
        : 'أقل من السعر الذي ذكرته';
    case 'place':
      return `تقع في ${one.placeName.ar}`;
    case 'type':
      return named(one.type);
    case 'bedrooms':
      return one.bedrooms === 0 ? 'بلا غرفة نوم منفصلة' : `${rooms(one.bedrooms)} بدلًا من ${number.format(facts.bedrooms ?? 0)}`;
    case 'bathrooms':
      return bathrooms(one.bathrooms);
    case 'area':
      return area(one.area);
    case 'payment':
      return one.plan === undefined ? 'بدون تقسيط' : `التقسيط على ${years(one.plan.years)} فقط`;
    case 'down_payment':
      return `المقدم ${number.format(one.plan?.downPercent ?? 100)}٪`;
    case 'readiness':
      return one.delivery === undefined ? 'جاهزة بالفعل' : `الاستلام ${plain.format(one.delivery)}`;
    case 'furnished':
      return named(one.furnished);
    case 'finishing':
      return named(one.finishing);
    case 'floor':
      return one.floor === 0 ? 'في الدور الأرضي' : `في الدور ${number.format(one.floor ?? 0)}`;
    case 'features': {
      const missing = (facts.features ?? []).filter((feature) => !one.features.includes(feature));
      return `بدون ${missing.map(named).join(' أو ')}`;
    }
  }
}

function facts(known: PropertyFacts): string {
  const { types, bedrooms, bedroomsMax, locations, excludedLocations, excludedTypes, areaMin, areaMax, budgetMin, budgetMax } = known;
  const {
    currency = 'EGP',
    payment,
    installmentYears,
    downPayment,
    downPaymentPercent,
    furnished,
    finishing,
    readiness,
    floor,
    urgency,
  } = known;
  const period = known.rentPeriod === undefined ? '' : ` ${named(known.rentPeriod)}`;
  const said = [
    known.purpose === undefined ? '' : named(known.purpose),
    types === undefined ? '' : types.map(named).join(' أو '),
    bedrooms === undefined
      ? ''
      : bedroomsMax === undefined
        ? rooms(bedrooms) || 'بلا غرف نوم'
        : `من ${number.format(bedrooms)} إلى ${number.format(bedroomsMax)} غرف نوم`,
    known.bathrooms === undefined ? '' : bathrooms(known.bathrooms),
    locations === undefined ? '' : `في ${locations.map(named).join(' أو ')}`,
    excludedLocations === undefined ? '' : `ليس في ${excludedLocations.map(named).join(' أو ')}`,
    excludedTypes === undefined ? '' : `بدون ${excludedTypes.map(named).join(' أو ')}`,
    budgetMax === undefined
      ? budgetMin === undefined
        ? ''
        : `من ${money(budgetMin, currency)}${period}`
      : budgetMin === undefined
        ? `حتى ${money(budgetMax, currency)}${period}`
        : `من ${money(budgetMin, currency)} إلى ${money(budgetMax, currency)}${period}`,
    areaMin === undefined
      ? areaMax === undefined
        ? ''
        : `حتى ${area(areaMax)}`
      : areaMax === undefined
        ? area(areaMin)
        : `من ${number.format(areaMin)} إلى ${area(areaMax)}`,
    payment === undefined ? '' : named(payment),
    installmentYears === undefined ? '' : `على ${years(installmentYears)}`,
    downPayment === undefined ? '' : `مقدم ${money(downPayment, currency)}`,
    downPaymentPercent === undefined ? '' : `مقدم ${number.format(downPaymentPercent)}٪`,
    furnished === undefined ? '' : named(furnished),
    finishing === undefined ? '' : named(finishing),
    readiness === undefined ? '' : readiness === 'ready' ? 'جاهزة للسكن' : 'تحت الإنشاء',
    floor === undefined ? '' : floor === 0 ? 'الدور الأرضي' : `الدور ${number.format(floor)}`,
    known.features === undefined ? '' : `مع ${list(known.features.map(named))}`,
    known.moveIn === undefined ? '' : `الاستلام ${known.moveIn}`,
    known.viewing === undefined ? '' : `معاينة ${momentIn('ar-EG', known.viewing)}`,
    known.callBack === undefined ? '' : `مكالمة ${momentIn('ar-EG', known.callBack)}`,
    urgency === undefined ? '' : urgency === 'flexible' ? 'بلا استعجال' : 'باستعجال',
  ];
  return said.filter((one) => one !== '').join('، ');
}

const ON_THE_MAP: Readonly<Record<ListingResult['map'], string>> = {
  property: ' هذا موقعها على الخريطة.',
  area: ' تُظهر الخريطة وسط المنطقة. ولمعرفة العنوان بالتحديد قل إنك تريد معاينة.',
  unknown: ' ليس لديّ موقعها على الخريطة. ولمعرفة العنوان بالتحديد قل إنك تريد معاينة.',
  not_shown: '',
};

export const arabic: Words = {
  greeting: 'أهلًا بك، أنا مساعدك العقاري. أجد لك سكنًا للشراء أو للإيجار.',
  ask: {
    purpose: 'هل تبحث عن شراء أم إيجار؟',
    locations: 'ما المنطقة التي تفضلها؟',
    budget: 'ما ميزانيتك؟',
    bedrooms: 'كم غرفة نوم تحتاج؟',
  },
  understood: (said) => `سجّلت: ${said}.`,
  notUnderstood: 'لم أفهم ذلك.',
  canDo: 'أستطيع البحث بالمنطقة والميزانية وعدد الغرف وغيرها، والمقارنة بين الوحدات، وتحويلك إلى أحد الزملاء.',
  received: 'وصلني ما أرسلته، وهو محفوظ لأحد الزملاء. لا أستطيع أنا مشاهدته أو الاستماع إليه، فاكتب لي المهم منه.',
  thanks: 'على الرحب والسعة. هل هناك شيء آخر تريده في السكن؟',
  goodbye: 'مع السلامة! راسلني متى شئت، فأنا أحتفظ بما تبحث عنه.',
  nothingKnown: 'لا أعرف بعد ما الذي تبحث عنه.',
  known: (said) => `هذا ما سجّلته: ${said}. أخبرني بما تغيّر.`,
  offers: (count) =>
    count === 1 ? 'هذه أنسب وحدة لك:' : count === 2 ? 'هاتان أنسب وحدتين لك:' : `هذه أنسب ${number.format(count)} وحدات لك:`,
  nearest: 'لا توجد وحدة تناسب كل ما طلبت، وهذه هي الأقرب:',
  afterOffers: 'اسأل عن أي وحدة برقمها، أو قل «أرخص» أو «أكبر» أو «غيرها». ولزيارة إحداها قل إنك تريد معاينة.',
  noOffers: 'لا يوجد لدي شيء كهذا حاليًا.',
  noneBefore: 'لم أعرض عليك أي وحدة بعد.',
  where: ({ title, ref, placeName, map }) => `**${title.ar}** (${ref}) تقع في ${placeName.ar}.${ON_THE_MAP[map]}`,
  which: 'أي وحدة تقصد؟ اسأل برقمها، مثل «فين رقم ٢؟».',
  office: 'هذه بيانات التواصل مع مكتبنا.',
  handedOver: 'هذا يخص أحد الزملاء، وقد سجّلته له.',
  viewingNamed: (moment) => `تريد معاينة ${moment}. سجّلت ذلك لأحد الزملاء ليؤكد لك الموعد.`,
  callNamed: (moment) => `تريد أن نتصل بك ${moment}. سجّلت ذلك لأحد الزملاء.`,
  notReached: 'لا أستطيع الوصول إلى الوحدات الآن. من فضلك حاول بعد دقيقة.',
  comma: '، ',
  money,
  listing: (one) =>
    `**${one.title.ar}** (${one.ref}): ${[price(one), rooms(one.bedrooms), area(one.area), one.placeName.ar].filter((part) => part !== '').join('، ')}`,
  details: (one) => [
    price(one),
    [rooms(one.bedrooms), bathrooms(one.bathrooms), area(one.area)].filter((part) => part !== '').join('، '),
    `${one.placeName.ar}${one.floor === undefined ? '' : one.floor === 0 ? '، الدور الأرضي' : `، الدور ${number.format(one.floor)}`}`,
    `${named(one.finishing)}، ${named(one.furnished)}`,
    one.delivery === undefined ? 'جاهزة للسكن' : `الاستلام ${plain.format(one.delivery)}`,
    ...(one.features.length === 0 ? [] : [`مع ${list(one.features.map(named))}`]),
    one.purpose === 'rent'
      ? 'للإيجار'
      : one.plan === undefined
        ? 'الدفع كاش'
        : `مقدم ${number.format(one.plan.downPercent)}٪ والباقي على ${years(one.plan.years)}`,
  ],
  fits: (points) => `تناسبك في ${list(points.map((point) => POINTS[point]))}`,
  misses: ({ listing, misses }, known) => `لكن ${list(misses.map((point) => miss(point, listing, known)))}`,
  facts,
};
