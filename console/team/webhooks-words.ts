/** Every word of the page of webhooks. A missing one does not compile. */
import type { ChatLanguage } from '../chat/strings.ts';

export interface WebhooksWords {
  readonly intro: string;
  readonly empty: string;
  readonly add: string;
  readonly url: string;
  readonly urlHint: string;
  readonly needsUrl: string;
  readonly description: string;
  readonly descriptionHint: string;
  readonly events: string;
  readonly needsEvent: string;
  readonly eventNames: Readonly<Record<string, string>>;
  readonly assistants: string;
  readonly channels: string;
  readonly allHint: string;
  readonly create: string;
  readonly save: string;
  readonly saved: string;
  readonly changedMeanwhile: string;
  readonly secret: string;
  readonly secretOnce: string;
  readonly copySecret: string;
  readonly states: Readonly<Record<'on' | 'failing' | 'disabled', string>>;
  readonly disabledBecause: Readonly<Record<'by_hand' | 'gone' | 'failing', (when: string) => string>>;
  readonly failingSince: (when: string, failures: string) => string;
  readonly lastSuccess: (when: string) => string;
  readonly noSuccess: string;
  readonly waiting: (count: string) => string;
  readonly bothSign: (until: string) => string;
  readonly ping: string;
  readonly pinged: (status: string, ms: string) => string;
  readonly pingFailed: (reason: string) => string;
  readonly rotate: string;
  readonly disable: string;
  readonly enableSend: string;
  readonly enableSkip: string;
  readonly edit: string;
  readonly remove: string;
  readonly removeSure: string;
  readonly cancel: string;
  readonly log: string;
  readonly logOf: (host: string) => string;
  readonly noLog: string;
  readonly onlyFailed: string;
  readonly more: string;
  readonly at: string;
  readonly event: string;
  readonly result: string;
  readonly attempt: string;
  readonly took: string;
  readonly answer: string;
  readonly ms: (count: string) => string;
  readonly again: string;
  readonly sendAgain: string;
  readonly sendAgainOf: (event: string, when: string) => string;
  readonly replayed: (count: string) => string;
  readonly from: string;
  readonly to: string;
  readonly sendRange: string;
  readonly rangeHint: string;
  readonly badRange: string;
}

const isolated = (text: string): string => `\u2068${text}\u2069`;

const english: WebhooksWords = {
  intro: 'Your own programs can receive what happens in conversations, as signed requests in the order of each conversation.',
  empty: 'No program receives anything yet. Add the first one below.',
  add: 'Add an endpoint',
  url: 'URL',
  urlHint: 'An https address of the public internet.',
  needsUrl: 'Enter the URL that receives the requests.',
  description: 'Description',
  descriptionHint: 'For you and your colleagues, such as the name of the program.',
  events: 'Events',
  needsEvent: 'Choose one event at least.',
  eventNames: {
    'session.opened': 'A conversation begins',
    'session.state_changed': 'Its state changes',
    'session.escalated': 'It waits for an agent',
    'session.closed': 'It ends',
    'message.received': 'A customer writes',
    'message.sent': 'A message is sent to a customer',
    'message.failed': 'A message cannot be delivered',
    'rating.given': 'A customer rates',
    'webhook.ping': 'Test',
  },
  assistants: 'Assistants',
  channels: 'Channels',
  allHint: 'Names with commas between them. Empty stands for all.',
  create: 'Add',
  save: 'Save',
  saved: 'Saved.',
  changedMeanwhile: 'A colleague changed it meanwhile. This is how it is now.',
  secret: 'Secret',
  secretOnce: 'The receiver verifies signatures with it. It is shown only now.',
  copySecret: 'Copy the secret',
  states: { on: 'On', failing: 'Failing', disabled: 'Disabled' },
  disabledBecause: {
    by_hand: (when) => `Disabled ${when}.`,
    gone: (when) => `The receiver answered ${when} that it is gone for good (410).`,
    failing: (when) => `Disabled ${when}, after three days without success.`,
  },
  failingSince: (when, failures) => `Failing since ${when}, ${failures} times in a row.`,
  lastSuccess: (when) => `Last success ${when}`,
  noSuccess: 'No success so far',
  waiting: (count) => `${count} conversations with events to send`,
  bothSign: (until) => `The old secret signs too until ${until}.`,
  ping: 'Send a test',
  pinged: (status, ms) => `It answered ${status} after ${ms}.`,
  pingFailed: (reason) => `It failed: ${isolated(reason)}`,
  rotate: 'New secret',
  disable: 'Disable',
  enableSend: 'Enable, and send what was missed',
  enableSkip: 'Enable, and skip what was missed',
  edit: 'Change',
  remove: 'Remove',
  removeSure: 'Remove it with its log',
  cancel: 'Cancel',
  log: 'Deliveries',
  logOf: (host) => `Deliveries to ${isolated(host)}`,
  noLog: 'Nothing was sent yet.',
  onlyFailed: 'Failed ones only',
  more: 'Show older ones',
  at: 'When',
  event: 'Event',
  result: 'Result',
  attempt: 'Attempt',
  took: 'Took',
  answer: 'Answer',
  ms: (count) => `${count} ms`,
  again: 'again',
  sendAgain: 'Send again',
  sendAgainOf: (event, when) => `Send ${isolated(event)} of ${isolated(when)} again`,
  replayed: (count) => `${count} events are being sent again.`,
  from: 'From',
  to: 'To',
  sendRange: 'Send again what is between',
  rangeHint: 'Events keep their ids, so a receiver can tell that it has them.',
  badRange: 'Choose a beginning that is before the end.',
};

const arabic: WebhooksWords = {
  intro: 'تستطيع برامجك أن تستقبل ما يحدث في المحادثات، كطلبات موقّعة بترتيب كل محادثة.',
  empty: 'لا يستقبل أي برنامج شيئًا بعد. أضف الأول أدناه.',
  add: 'إضافة وجهة',
  url: 'العنوان (URL)',
  urlHint: 'عنوان https على الإنترنت العام.',
  needsUrl: 'أدخل العنوان الذي يستقبل الطلبات.',
  description: 'الوصف',
  descriptionHint: 'لك ولزملائك، مثل اسم البرنامج.',
  events: 'الأحداث',
  needsEvent: 'اختر حدثًا واحدًا على الأقل.',
  eventNames: {
    'session.opened': 'تبدأ محادثة',
    'session.state_changed': 'تتغيّر حالتها',
    'session.escalated': 'تنتظر موظفًا',
    'session.closed': 'تنتهي',
    'message.received': 'يكتب عميل',
    'message.sent': 'تُرسل رسالة إلى عميل',
    'message.failed': 'يتعذّر تسليم رسالة',
    'rating.given': 'يقيّم عميل',
    'webhook.ping': 'تجربة',
  },
  assistants: 'المساعدون',
  channels: 'القنوات',
  allHint: 'أسماء تفصل بينها فواصل. الفراغ يعني الكل.',
  create: 'إضافة',
  save: 'حفظ',
  saved: 'حُفظ.',
  changedMeanwhile: 'غيّرها زميل في هذه الأثناء. هذه حالتها الآن.',
  secret: 'السر',
  secretOnce: 'يتحقّق به المستقبِل من التوقيعات. يظهر الآن فقط.',
  copySecret: 'نسخ السر',
  states: { on: 'تعمل', failing: 'تفشل', disabled: 'معطّلة' },
  disabledBecause: {
    by_hand: (when) => `عُطّلت ${when}.`,
    gone: (when) => `أجاب المستقبِل ${when} بأنه أُزيل نهائيًا (410).`,
    failing: (when) => `عُطّلت ${when} بعد ثلاثة أيام بلا نجاح.`,
  },
  failingSince: (when, failures) => `تفشل منذ ${when}، ${failures} مرات متتالية.`,
  lastSuccess: (when) => `آخر نجاح ${when}`,
  noSuccess: 'لا نجاح حتى الآن',
  waiting: (count) => `${count} من المحادثات لها أحداث لم تُرسل`,
  bothSign: (until) => `يوقّع السر القديم أيضًا حتى ${until}.`,
  ping: 'إرسال تجربة',
  pinged: (status, ms) => `أجاب ${status} بعد ${ms}.`,
  pingFailed: (reason) => `فشل: ${isolated(reason)}`,
  rotate: 'سر جديد',
  disable: 'تعطيل',
  enableSend: 'تفعيل وإرسال ما فات',
  enableSkip: 'تفعيل وتخطّي ما فات',
  edit: 'تعديل',
  remove: 'حذف',
  removeSure: 'حذفها مع سجلّها',
  cancel: 'إلغاء',
  log: 'عمليات التسليم',
  logOf: (host) => `عمليات التسليم إلى ${isolated(host)}`,
  noLog: 'لم يُرسل شيء بعد.',
  onlyFailed: 'الفاشلة فقط',
  more: 'عرض الأقدم',
  at: 'متى',
  event: 'الحدث',
  result: 'النتيجة',
  attempt: 'المحاولة',
  took: 'المدة',
  answer: 'الجواب',
  ms: (count) => `${count} م.ث`,
  again: 'إعادة',
  sendAgain: 'إرسال ثانية',
  sendAgainOf: (event, when) => `إرسال ${isolated(event)} بتاريخ ${isolated(when)} ثانية`,
  replayed: (count) => `يُعاد إرسال ${count} من الأحداث.`,
  from: 'من',
  to: 'إلى',
  sendRange: 'إرسال ما بينهما ثانية',
  rangeHint: 'تحتفظ الأحداث بمعرّفاتها، فيعرف المستقبِل أنها عنده.',
  badRange: 'اختر بداية تسبق النهاية.',
};

export const webhooksWords: Readonly<Record<ChatLanguage, WebhooksWords>> = { en: english, ar: arabic };
