/** Words of the agent's tools in Arabic. */
import type { ShownCard } from '../media/card-schema.ts';
import { arabicReacted } from './line-words-arabic.ts';
import type { ToolWords } from './tool-words.ts';

/** One, two, three to ten, and more. */
const count = (number: number, [one, two, few, many]: readonly [string, string, string, string]): string =>
  number === 1 ? one : number === 2 ? two : number >= 3 && number <= 10 ? `${number} ${few}` : `${number} ${many}`;

function arabicChip(card: ShownCard): string {
  switch (card.kind) {
    case 'location':
      return `مكان: \u2068${card.name ?? card.street ?? `${card.latitude}, ${card.longitude}`}\u2069`;
    case 'contact':
      return `جهة اتصال: \u2068${card.name}\u2069`;
    case 'link':
      return `زر: \u2068${card.label}\u2069`;
    case 'location_request':
      return 'زر: إرسال موقعي';
    case 'whatsapp':
      return `واتساب: \u2068${card.interactive.type}\u2069`;
  }
}

export const arabicTools: ToolWords = {
  availability: {
    available: 'متاح',
    away: 'غائب',
    availableMore: 'تصلك المحادثات بحسب قواعد قوائم الانتظار. اضغط لتصبح غائبًا',
    awayMore: 'لا تصلك محادثات بحسب القواعد. اضغط لتصبح متاحًا',
    nowAvailable: 'أنت متاح الآن.',
    nowAway: 'أنت غائب الآن.',
    failed: 'لم يتغيّر. حاول مرة أخرى',
  },
  save: 'حفظ',
  edit: 'تعديل',
  remove: 'حذف',
  confirmRemove: 'احذفه نهائيًا',
  shared: 'لكل الموظفين',
  personal: 'لي وحدي',
  share: 'مشاركة مع كل الموظفين',
  refused: (message) => `رفض الخادم ذلك: \u2068${message}\u2069`,
  notLoaded: 'الخادم لا يجيب. أعد المحاولة.',
  canned: {
    title: 'الردود المحفوظة',
    none: 'لا يوجد رد محفوظ مطابق.',
    add: 'رد جديد',
    shortcut: 'الاختصار',
    shortcutHint: 'اكتبه بعد شرطة مائلة في خانة الكتابة، مثل \u2068/greet\u2069.',
    name: 'العنوان',
    language: 'اللغة',
    text: 'النص',
    addLanguage: 'إضافة لغة',
    removeLanguage: (language) => `حذف النص بلغة \u2068${language}\u2069`,
    variables: 'تُملأ عند الإدراج:',
    suggestions: (number) => count(number, ['رد محفوظ واحد', 'ردّان محفوظان', 'ردود محفوظة', 'ردًا محفوظًا']),
    missing: (names) => `غير معروف هنا: \u2068${names}\u2069. استبدله قبل الإرسال.`,
  },
  macros: {
    title: 'الماكرو',
    none: 'لا يوجد ماكرو بعد.',
    add: 'ماكرو جديد',
    name: 'الاسم',
    steps: 'الخطوات',
    addStep: 'إضافة خطوة',
    removeStep: (number) => `حذف الخطوة ${number}`,
    moveUp: (number) => `رفع الخطوة ${number}`,
    kind: 'الخطوة',
    kinds: {
      canned: 'إرسال رد محفوظ',
      send: 'إرسال نص',
      note: 'إضافة ملاحظة',
      update: 'تغيير الوسوم أو الأولوية أو البيانات',
      snooze: 'تأجيل',
      claim: 'تولّي المحادثة',
      transfer: 'تحويل إلى قائمة انتظار',
      release: 'إعادة إلى المساعد',
      close: 'إغلاق',
    },
    response: 'الرد',
    queue: 'قائمة الانتظار',
    reason: 'السبب',
    run: 'تنفيذ',
    runAndSend: 'إرسال وتنفيذ',
    sendsText: 'يُرسل هذا إلى العميل:',
    running: 'جارٍ التنفيذ…',
    missing: (names) => `غير معروف هنا: \u2068${names}\u2069`,
    noText: 'حُذف الرد المحفوظ.',
    unknown: 'لا تعرف هذه الصفحة الخطوة. أعد تحميلها.',
    done: (number) => (number === 1 ? 'نُفّذت الخطوة.' : `نُفّذت كل الخطوات (${number}).`),
    stopped: (done, all, why) => `نُفّذ ${done} من ${all}. ثم: ${why}`,
  },
  mentions: {
    title: 'الإشارات إليك',
    none: 'لا توجد ملاحظة تشير إليك.',
    unseen: (number) => count(number, ['إشارة جديدة', 'إشارتان جديدتان', 'إشارات جديدة', 'إشارة جديدة']),
    by: (name) => `أشار إليك \u2068${name}\u2069`,
    seeAll: 'تعليم الكل كمقروء',
    suggestions: (number) => count(number, ['زميل واحد', 'زميلان', 'زملاء', 'زميلًا']),
    news: 'ملاحظة تشير إليك',
  },
  filter: {
    title: 'تصفية',
    state: 'الحالة',
    channel: 'القناة',
    assistant: 'المساعد',
    queue: 'القائمة',
    tag: 'الوسم',
    holder: 'من يرد',
    waiting: 'ينتظر منذ أكثر من',
    any: 'الكل',
    minutes: (number) => count(number, ['دقيقة', 'دقيقتين', 'دقائق', 'دقيقة']),
    clear: 'إزالة التصفية',
    saved: 'تصفيات محفوظة',
    saveAs: 'حفظ هذه التصفية',
    name: 'اسم التصفية',
    active: (number) => count(number, ['شرط واحد', 'شرطان', 'شروط', 'شرطًا']),
    none: 'لا شيء يطابق التصفية.',
  },
  search: {
    title: 'البحث في المحادثات',
    label: 'اسم أو هاتف أو عنوان أو وسم أو نص',
    hint: 'يشمل البحث المحادثات المفتوحة والمغلقة. ضع الكلمات بين "علامتي تنصيص" للعثور عليها متجاورة.',
    within: 'في هذه المحادثة فقط',
    withinHint: 'يشمل البحث هذه المحادثة كلها مع ملاحظاتها.',
    searching: 'جارٍ البحث…',
    none: 'لا توجد نتائج.',
    more: 'قد توجد نتائج أخرى. أضف كلمة لتضييق البحث.',
    failed: 'تعذّر البحث. أعد المحاولة.',
    results: (number) => count(number, ['نتيجة واحدة', 'نتيجتان', 'نتائج', 'نتيجة']),
    closed: 'مغلقة',
    fields: { name: 'الاسم', handle: 'المعرّف', phone: 'الهاتف', address: 'العنوان', tag: 'الوسم', text: 'النص' },
  },
  templates: {
    title: 'القوالب',
    none: 'لا قوالب لهذه القناة. إما أنها تقبل النص الحر دائمًا، أو لم يُعتمد لها قالب بعد.',
    noneFound: 'لا يوجد قالب بهذا النص.',
    failed: 'تعذّر تحميل القوالب.',
    parameter: (number) => `قيمة {{${number}}}`,
    preview: 'هذا ما يقرؤه العميل:',
  },
  reactions: { react: 'تفاعل', reacted: arabicReacted, failed: 'لم يصل التفاعل إلى العميل' },
  cards: {
    add: 'إضافة',
    menu: { attach: 'ملف', addPlace: 'مكان', addContact: 'جهة اتصال', addLink: 'زر رابط', askLocation: 'طلب الموقع' },
    place: 'إضافة مكان',
    where: 'الإحداثيات أو رابط خرائط جوجل',
    whereHint: 'مثل \u206830.0444, 31.2357\u2069',
    placeName: 'اسم المكان (اختياري)',
    street: 'الشارع والمدينة (اختياري)',
    contact: 'إضافة جهة اتصال',
    name: 'الاسم',
    phone: 'الهاتف',
    phoneHint: 'مثل \u2066+20 100 123 4567\u2069',
    email: 'البريد الإلكتروني (اختياري)',
    organization: 'الشركة (اختياري)',
    link: 'إضافة زر رابط',
    label: 'نص الزر',
    labelHint: '80 حرفًا على الأكثر',
    url: 'العنوان الذي يفتحه',
    submit: 'إضافة إلى الرد',
    faults: {
      needed: 'هذا الحقل مطلوب.',
      tooLong: 'النص أطول من اللازم. اختصره.',
      place: 'لم نجد موقعًا في هذا النص. الصق رقمين، أو رابط خرائط جوجل يحتويهما.',
      shortLink: 'لا يدل الرابط القصير على المكان. افتحه ثم الصق العنوان الذي يظهر في المتصفح.',
      phone: 'هذا ليس رقم هاتف. اكتبه مثل \u2066+20 100 123 4567\u2069.',
      email: 'هذا ليس بريدًا إلكترونيًا.',
      url: 'هذا ليس عنوان صفحة. اكتبه مثل \u2066https://example.com/plan\u2069.',
    },
    chip: arabicChip,
    needsText: 'اكتب ما يقرؤه العميل فوق الزر.',
  },
  files: {
    attached: 'الملفات المرفقة',
    drop: 'أفلت الملفات هنا',
    uploading: (name, percent) => `\u2068${name}\u2069: ${percent}٪`,
    cancel: (name) => `إلغاء \u2068${name}\u2069`,
    remove: (name) => `إزالة \u2068${name}\u2069`,
    download: (name) => `حفظ \u2068${name}\u2069`,
    tooLarge: (size) => `أكبر من ${size}.`,
    empty: 'الملف فارغ.',
    tooMany: (most) => `تتسع الرسالة لعدد ${most} من الملفات.`,
    gone: 'تعذّر تحميل الملف.',
    sendsLater: 'ستُرسل الرسالة بعد اكتمال رفع الملفات. يلغي مفتاح Escape الإرسال.',
    doNotSend: 'عدم الإرسال الآن',
  },
};
