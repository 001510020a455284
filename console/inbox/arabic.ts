/** The console's words in Arabic. */
import type { FactChange } from './fact-changes.ts';
import { named, type Strings } from './strings.ts';
import { arabicTools } from './tool-words-arabic.ts';

const priority = { low: 'منخفضة', normal: 'عادية', high: 'عالية', urgent: 'عاجلة' } as const;
const returned = {
  customer: 'العميل كتب قبل ذلك',
  holder: 'المحادثة مع شخص آخر الآن',
  closed: 'المحادثة أُغلقت قبل ذلك',
} as const;

export const arabic: Strings = {
  title: 'لوحة الموظفين',
  justNow: 'الآن',
  today: 'اليوم',
  yesterday: 'أمس',
  loading: 'جارٍ التحميل…',
  cancel: 'إلغاء',
  dismiss: 'إخفاء',
  newTab: 'يُفتح في تبويب جديد',
  image: 'صورة',
  table: 'جدول',
  code: 'شيفرة',
  copy: 'نسخ',
  copied: 'تم النسخ',
  notCopied: 'تعذّر النسخ. حدّد النص لنسخه.',
  signIn: {
    title: 'تسجيل الدخول',
    login: 'اسم الدخول',
    password: 'كلمة المرور',
    show: 'إظهار كلمة المرور',
    hide: 'إخفاء كلمة المرور',
    submit: 'دخول',
    busy: 'لحظة…',
    wrong: 'اسم الدخول أو كلمة المرور غير صحيح. إن فقدت كلمة المرور فاطلب دعوة جديدة من أحد المديرين.',
    tooMany: 'محاولات كثيرة. انتظر بضع دقائق ثم أعد المحاولة.',
    later: 'الخادم لا يجيب. تحقق من اتصالك ثم أعد المحاولة.',
    ended: 'انتهى تسجيل دخولك. سجّل الدخول من جديد. ما كتبته محفوظ.',
    firstTitle: 'ليس لديك حساب؟',
    first: 'الرابط الأول في الطرفية التي شُغّل منها البرنامج، ويتجدد مع كل تشغيل حتى ينضم أحد.',
    lost: 'ومن بعده ينضم الجميع بدعوة من أحد المديرين.',
    unreachable: 'الخادم لا يجيب.',
    retry: 'أعد المحاولة',
    required: 'هذا الحقل مطلوب.',
    with: (name) => `الدخول عبر ${named(name, '')}`,
    or: 'أو',
    errors: {
      oidc_expired: 'استغرق ذلك وقتًا طويلًا، أو بدأ في نافذة أخرى. ابدأ من جديد.',
      oidc_denied: 'لم يسمح لك مزوّد الهوية بالدخول.',
      oidc_failed: 'جاء من مزوّد الهوية رد لا يمكن الوثوق به. أخبر أحد المديرين، فالسبب في سجل الخادم.',
      oidc_unavailable: 'تعذّر الوصول إلى مزوّد الهوية. أعد المحاولة، أو ادخل بكلمة مرور.',
      not_invited: 'لا يوجد هنا حساب لهذه الهوية. اطلب دعوة من أحد المديرين وافتح رابطها أولًا.',
      no_invitation: 'استُخدمت الدعوة أو سُحبت أو انتهت مدتها. اطلب دعوة جديدة من أحد المديرين.',
      disabled: 'حسابك موقوف. راجع أحد المديرين.',
      taken: 'اسم دخولك مستخدم لدى موظف آخر. راجع أحد المديرين.',
    },
  },
  join: {
    title: 'انضم إلى لوحة الموظفين',
    role: (role) => ({ agent: 'تنضم بصفة موظف.', supervisor: 'تنضم بصفة مشرف.', admin: 'تنضم بصفة مدير.' })[role],
    login: 'اسم الدخول',
    loginHint: 'من دون مسافات، مثل بريدك الإلكتروني.',
    name: 'اسمك',
    nameHint: 'يراه العملاء بجانب ردودك.',
    passwordHint: '15 حرفًا على الأقل. بضع كلمات أسهل تذكرًا من الرموز.',
    submit: 'انضمام',
    passwordTitle: (name) => `كلمة مرور جديدة للحساب \u2068${name}\u2069`,
    passwordMore: 'ينتهي تسجيل دخولك على الأجهزة الأخرى.',
    passwordSubmit: 'حفظ كلمة المرور',
    taken: 'اسم الدخول هذا لموظف آخر. اختر غيره.',
    goneTitle: 'لا يمكن استخدام هذه الدعوة',
    gone: 'استُخدمت أو سُحبت أو انتهت مدتها. اطلب دعوة جديدة من أحد المديرين. وإن كانت من الطرفية فشغّل البرنامج من جديد للحصول على رابط جديد.',
    haveAccount: 'لدي حساب',
    with: (name) => `الانضمام عبر ${named(name, '')}`,
    until: (time) => `يمكن استخدام الدعوة حتى ${time}.`,
  },
  tabs: { waiting: 'الانتظار', mine: 'لديّ', snoozed: 'المؤجلة', open: 'المفتوحة', closed: 'المغلقة' },
  tabsLabel: 'القوائم',
  empty: {
    waiting: { title: 'لا أحد ينتظر', more: 'كل عميل يطلب شخصًا يظهر هنا فورًا.' },
    mine: { title: 'ليست لديك محادثات', more: 'تولَّ واحدة من «الانتظار» أو «المفتوحة».' },
    snoozed: { title: 'لا شيء مؤجل', more: 'ما تؤجله ينتظر هنا حتى موعده أو حتى يصل رد.' },
    open: { title: 'لا توجد محادثات مفتوحة', more: 'تظهر هنا حالما يكتب عميل.' },
    closed: { title: 'لم تُغلق محادثة بعد', more: 'تُقرأ المحادثات المغلقة هنا.' },
  },
  more: (count) => `تُعرض أول ${count} محادثة.`,
  waited: 'ينتظر منذ',
  due: (what, urgency, time) => {
    const name = what === 'answer' ? 'الرد' : 'الإنهاء';
    return urgency === 'late'
      ? `تأخر ${name} ${time}`
      : urgency === 'soon'
        ? `${name} مطلوب قريبًا، خلال ${time}`
        : `${name} مطلوب خلال ${time}`;
  },
  unanswered: (count) =>
    count === 1 ? 'رسالة بلا رد' : count === 2 ? 'رسالتان بلا رد' : count <= 10 ? `${count} رسائل بلا رد` : `${count} رسالة بلا رد`,
  priority,
  heldBy: (name) => `مع \u2068${name}\u2069`,
  heldByMe: 'معك',
  takeOver: 'استلام المحادثة',
  answeredByBot: 'المساعد',
  looking: (names) => `${names} هنا الآن`,
  writing: (names) => `${names} يكتب الآن`,
  customerTyping: 'يكتب الآن…',
  someone: 'زميل',
  unnamed: (code) => `العميل \u2068${code}\u2069`,
  noMessages: 'لا رسائل بعد',
  you: 'أنت',
  authors: { customer: 'العميل', assistant: 'المساعد', agent: 'موظف', system: 'إشعار' },
  connection: { connecting: 'جارٍ الاتصال…', offline: 'لا يوجد اتصال. ما ترسله محفوظ ويُرسل عند عودة الاتصال.' },
  nothingSelected: { title: 'اختر محادثة', more: 'تنقّل بالمفتاحين J وK، ويعرض المفتاح ? كل المفاتيح.' },
  missing: { title: 'هذه المحادثة غير موجودة', more: 'ربما حُذفت. اختر محادثة أخرى.' },
  back: 'العودة إلى القائمة',
  transcript: 'المحادثة',
  loadOlder: 'جارٍ تحميل ما سبق…',
  toBottom: 'إلى أحدث رسالة',
  newMessages: (count) =>
    count === 1 ? 'رسالة جديدة' : count === 2 ? 'رسالتان جديدتان' : count <= 10 ? `${count} رسائل جديدة` : `${count} رسالة جديدة`,
  newLine: 'جديد منذ أن كتبت',
  thinking: 'المساعد يفكر…',
  usingTool: 'المساعد يستخدم أداة…',
  note: 'ملاحظة',
  noteBy: (name) => `ملاحظة من \u2068${name}\u2069`,
  edited: 'معدّلة',
  sending: 'جارٍ الإرسال…',
  marks: { pending: 'لم تُرسل بعد', sent: 'أُرسلت', delivered: 'وصلت', read: 'قُرئت', failed: 'لم تصل' },
  line: ({ line, name, to, queue, reason, changes = [], until }, time) => {
    switch (line) {
      case 'opened':
        return 'بدأت المحادثة';
      case 'needs':
        return `مطلوب شخص${reason === undefined ? '' : `: \u2068${reason}\u2069`}`;
      case 'claimed':
        return `تولّى ${named(name, 'أحد الموظفين')} المحادثة`;
      case 'assigned':
        return `أسندها النظام إلى ${named(name, 'أحد الموظفين')}`;
      case 'released':
        return `أعادها ${named(name, 'أحد الموظفين')} إلى المساعد`;
      case 'transferred':
        return `حوّلها ${named(name, 'أحد الموظفين')} إلى ${to === undefined ? (queue === undefined ? 'قائمة الانتظار' : `قائمة \u2068${queue}\u2069`) : `\u2068${to}\u2069`}`;
      case 'back':
        return 'عاد العميل إلى المساعد';
      case 'closed':
        return `${name === undefined ? 'أُغلقت' : `أغلقها \u2068${name}\u2069`}${reason === undefined ? '' : `: \u2068${reason}\u2069`}`;
      case 'updated':
        return `دوّن ${named(name, 'أحد الموظفين')}: ${changes.map(changed).join('، ')}`;
      case 'snoozed':
        return `أجّلها ${named(name, 'أحد الموظفين')}${until === undefined ? '' : ` حتى ${time(until)}`}`;
      case 'unsnoozed':
        return `أنهى ${named(name, 'أحد الموظفين')} التأجيل`;
      case 'woke':
        return 'انتهى التأجيل';
      case 'notSent':
        return `لم تُرسل رسالة ${named(name, 'أحد الموظفين')}، لأن ${returnedBecause(reason)}`;
    }
  },
  actions: {
    claim: 'تولّي',
    release: 'إعادة',
    transfer: 'تحويل…',
    close: 'إغلاق…',
    reply: 'كتابة رد',
    note: 'كتابة ملاحظة',
    sendLater: 'إرسال لاحقًا…',
    undo: 'تراجع',
    snooze: 'تأجيل…',
    unsnooze: 'إنهاء التأجيل',
    unread: 'وضع علامة «غير مقروءة»',
    priority: 'تحديد الأولوية',
    tags: 'إضافة وسم',
    suggest: 'اقتراح رد',
    next: 'المحادثة التالية',
    previous: 'المحادثة السابقة',
    open: 'الانتقال إلى المحادثة',
    palette: 'كل الأوامر',
    help: 'المفاتيح',
    panel: 'العميل',
    floor: 'من يتولّى ماذا',
    team: 'الفريق',
    account: 'حسابك',
    signOut: 'تسجيل الخروج',
    settings: 'الإعدادات',
    language: 'English',
    search: 'بحث',
    mentions: 'الإشارات إليك',
    filter: 'تصفية القائمة',
    attach: 'إرفاق ملفات',
    canned: 'إدراج رد محفوظ',
    macros: 'تنفيذ ماكرو',
    library: 'الردود المحفوظة والماكرو',
    away: 'التبديل بين متاح وغائب',
  },
  composer: {
    reply: 'رد',
    note: 'ملاحظة',
    replyLabel: 'رد على العميل',
    noteLabel: 'ملاحظة للزملاء',
    replyPlaceholder: 'اكتب إلى العميل…',
    notePlaceholder: 'لا يراها إلا الزملاء…',
    hint: 'مفتاح الإدخال للإرسال، ومع Shift لسطر جديد',
    send: 'إرسال',
    addNote: 'إضافة الملاحظة',
    sendAgain: 'أرسل من جديد',
    claimFirst: 'تولَّ المحادثة لترد.',
    claimFromBot: 'المساعد يرد. تولَّ المحادثة لترد بنفسك.',
    held: (name) => `المحادثة مع \u2068${name}\u2069. يمكنك كتابة ملاحظة.`,
    closed: 'هذه المحادثة مغلقة. إن كتب العميل من جديد بدأت محادثة أخرى.',
    tooLong: (length, most) => `${length} من ${most} حرفًا. اختصر النص أو أرسله على أجزاء.`,
  },
  suggestion: {
    writing: 'تُكتب مسودة الآن…',
    stop: 'إيقاف',
    written: 'مسودة كتبها النموذج. راجعها قبل الإرسال.',
    offline: 'مسودة دون نموذج لغوي، مما كتبه العميل. أكملها قبل الإرسال.',
    stopped: 'أُوقفت المسودة، وبقي ما كُتب منها.',
    undo: 'تراجع',
    failed: {
      budget: 'لا توجد مسودة لأن الميزانية نفدت. اكتب الرد بنفسك، أو اطلب من مشرف رفعها.',
      declined: 'لم يكتب النموذج شيئًا. اكتب الرد بنفسك أو حاول من جديد.',
      passing: 'الخادم لا يرد. حاول بعد قليل.',
      other: 'لا يمكن كتابة مسودة في هذه المحادثة.',
    },
  },
  brief: {
    title: 'الملخص',
    loading: 'يُكتب الملخص الآن…',
    make: 'لخّص المحادثة',
    refresh: 'ملخص جديد',
    failed: 'لا يوجد ملخص الآن. اقرأ المحادثة أو حاول من جديد.',
    offline: 'مقتطفات أُعدّت دون نموذج لغوي',
    behind: (count) => `رسائل بعده: ${count}`,
  },
  rating: {
    title: 'التقييم',
    of: (score) => `${score} من 5`,
    none: 'بلا تقييم',
    asked: 'سُئل العميل ولم يجب بعد',
    line: ({ score, comment, late }) =>
      late
        ? 'قيّم العميل بعد انتهاء المدة'
        : `تقييم العميل${score === null ? '' : ` ${score} من 5`}${comment === null ? '' : `: \u2068${comment}\u2069`}`,
  },
  problems: {
    held: (name) => `المحادثة مع ${named(name === '' ? undefined : name, 'زميل')}. لم يتغير شيء.`,
    unseen: 'لم تُرسل، لأن شيئًا جديدًا وصل ولم تره. اقرأه أعلاه، وعدّل ردك إن لزم، ثم أرسل من جديد.',
    closed: 'أُغلقت المحادثة في هذه الأثناء. نصك محفوظ هنا.',
    returned: {
      customer: 'لم تُرسل رسالتك، لأن العميل كتب قبل ذلك. نصها هنا من جديد.',
      holder: 'لم تُرسل رسالتك، لأن المحادثة مع شخص آخر الآن. نصها هنا من جديد.',
      closed: 'لم تُرسل رسالتك، لأن المحادثة أُغلقت قبل ذلك. نصها هنا من جديد.',
    },
    tooLate: 'أُرسلت من قبل.',
    refused: (message) => `رفض الخادم ذلك: \u2068${message}\u2069`,
  },
  transfer: {
    title: 'تحويل المحادثة',
    colleague: 'إلى زميل',
    nobody: 'لا يوجد موظف آخر بعد.',
    queue: 'إلى قائمة انتظار',
    queueHint: 'اسم القائمة',
    toQueue: 'ضعها في القائمة',
  },
  times: {
    snoozeTitle: 'تأجيل حتى',
    snoozeMore: 'تعود في موعدها أو حين يرد العميل. كلمة شكر وحدها لا تعيدها.',
    laterTitle: 'إرسال لاحقًا',
    laterMore: 'إن كتب العميل قبل ذلك فلن تُرسل وستعود إليك.',
    names: { inAnHour: 'بعد ساعة', thisEvening: 'هذا المساء', tomorrowMorning: 'صباح الغد', nextMonday: 'الاثنين القادم' },
    other: 'التاريخ والوقت',
    otherHint: 'موعد خلال 24 يومًا.',
    snoozeSubmit: 'تأجيل',
    laterSubmit: 'أرسل حينها',
  },
  scheduled: {
    at: (time) => `تُرسل في ${time}`,
    by: (name, time) => `من \u2068${name}\u2069، تُرسل في ${time}`,
    soon: (seconds) => `تُرسل بعد ${seconds} ث`,
    edit: 'تعديل',
    now: 'أرسل الآن',
    cancel: 'لا ترسل',
  },
  snoozed: (time) => `مؤجلة حتى ${time}`,
  unread: (count) => (count === 1 ? 'واحدة غير مقروءة' : count === 2 ? 'اثنتان غير مقروءتين' : `${count} غير مقروءة`),
  close: {
    title: 'إغلاق المحادثة',
    more: 'تنتهي عند العميل أيضًا. إن كتب من جديد بدأت محادثة أخرى.',
    reason: 'السبب (لا يراه إلا الزملاء)',
    submit: 'أغلقها',
  },
  panel: {
    title: 'العميل',
    address: 'العنوان',
    channel: 'القناة',
    assistant: 'المساعد',
    state: 'الحالة',
    holder: 'من يرد',
    nobody: 'لا أحد بعد',
    bot: 'المساعد',
    since: 'بدأت',
    waiting: 'ينتظر منذ',
    queue: 'القائمة',
    tags: 'الوسوم',
    addTag: 'إضافة وسم',
    removeTag: (tag) => `إزالة الوسم ${tag}`,
    priority: 'الأولوية',
    topic: 'الموضوع',
    known: 'ما نعرفه',
    editValue: (name) => `تغيير ${name}`,
    removeValue: (name) => `إزالة ${name}`,
    addValue: 'إضافة معلومة',
    valueName: 'الاسم',
    value: 'القيمة',
    save: 'حفظ',
    none: 'لا شيء',
    looking: 'هنا أيضًا',
    alone: 'لا أحد غيرك',
    states: { NEW: 'جديدة', ACTIVE: 'نشطة', WAITING_AGENT: 'في انتظار شخص', IDLE: 'خاملة', CLOSED: 'مغلقة' },
    past: 'محادثات سابقة',
    noPast: 'هذه أول محادثة.',
    loading: 'جارٍ التحميل…',
    unavailable: 'غير متاح الآن.',
    context: 'سياق النموذج',
    contextOf: (total, limit) => `${total} من ${limit} رمز`,
    contextAll: (total) => `${total} رمز`,
    shown: (messages, summaries) => `الرسائل: ${messages}، الملخصات: ${summaries}`,
    cost: 'التكلفة',
    tokens: (into, out) => `الرموز الداخلة ${into}، والخارجة ${out}`,
    runs: 'مرات التشغيل',
    toolCalls: 'استدعاءات الأدوات',
    errors: 'أخطاء',
    messages: 'الرسائل',
    chart: 'الحالات',
    chartOf: (state, next) => `الآن: ${state}. منها إلى: ${next}.`,
    parts: { bot: 'المساعد', human: 'شخص' },
  },
  palette: { label: 'أمر أو عميل', placeholder: 'اكتب أمرًا أو اسمًا…', none: 'لا شيء يطابق.' },
  help: {
    title: 'المفاتيح',
    keys: 'تعمل حيثما لا تكتب، وعلى أي تخطيط، لأنها بحسب مكانها على لوحة المفاتيح.',
    keysOff: 'المفاتيح المفردة موقفة. شغّلها من الإعدادات.',
    change: 'لتغيير مفتاح اضغط عليه هنا ثم اضغط المفتاح الجديد. مفتاح المسح للخلف يزيله.',
    changeOf: (action, key) => `${action}: ${key}. تغيير`,
    press: 'اضغط مفتاحًا…',
    none: 'لا يوجد',
    reserved: 'لا يمكن اختيار هذا المفتاح.',
    reset: 'استعادة كل المفاتيح',
  },
  settings: {
    title: 'الإعدادات',
    notifications: 'إشعارات هذا الجهاز',
    notificationsRefused: 'يمنع المتصفح إشعارات هذا الموقع. اسمح بها من إعداداته.',
    sound: 'صوت عندما يحتاجك أحد',
    keys: 'المفاتيح المفردة كأوامر',
    undo: 'مهلة التراجع عن رد',
    undoSeconds: { 0: 'من دون مهلة', 5: '5 ثوانٍ', 10: '10 ثوانٍ', 20: '20 ثانية' },
  },
  news: {
    attention: 'عميل يحتاج إلى شخص',
    woke: 'عادت محادثة مؤجلة',
    notSent: 'لم تُرسل رسالتك',
    message: (name) => `رسالة من \u2068${name}\u2069`,
  },
  tools: arabicTools,
};

function changed(change: FactChange): string {
  switch (change.what) {
    case 'tag added':
      return `الوسم \u2068${change.tag}\u2069`;
    case 'tag removed':
      return `من دون الوسم \u2068${change.tag}\u2069`;
    case 'priority':
      return `الأولوية ${priority[change.priority]}`;
    case 'value': {
      const { name, was, is } = change;
      const label = name === undefined ? 'الموضوع' : `\u2068${name}\u2069`;
      const value = is === undefined ? 'لا شيء' : `\u2068${is}\u2069`;
      return was === undefined ? `${label}: ${value}` : `${label}: ${value} بدلًا من \u2068${was}\u2069`;
    }
  }
}

function returnedBecause(reason: string | undefined): string {
  return reason === 'holder' || reason === 'closed' ? returned[reason] : returned.customer;
}
