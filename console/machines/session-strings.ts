/** Every word of the pages of a session, in each language. A missing one does not compile. */
import type { ChatLanguage } from '../chat/strings.ts';
import type { TimelineEntry } from './session-api.ts';

export interface SessionStrings {
  readonly title: string;
  readonly failed: string;
  readonly loading: string;
  readonly hidden: string;
  readonly machine: string;
  readonly timeline: string;
  readonly realTime: string;
  readonly step: string;
  readonly stepOf: (seq: number, last: number, kind: string) => string;
  readonly first: string;
  readonly before: string;
  readonly after: string;
  readonly last: string;
  readonly lanes: Readonly<Record<TimelineEntry['lane'] | 'deliveries', string>>;
  readonly cause: string;
  readonly by: string;
  readonly event: string;
  readonly ignored: string;
  readonly refused: string;
  readonly parked: string;
  readonly follows: (seq: number) => string;
  readonly changes: string;
  readonly noChanges: string;
  readonly path: string;
  readonly was: string;
  readonly is: string;
  readonly context: string;
  readonly runs: string;
  readonly prompt: string;
  readonly effects: string;
  readonly timers: string;
  readonly compare: string;
  readonly compareWith: string;
  readonly differences: string;
  readonly same: string;
  readonly fork: string;
  readonly share: string;
  readonly shared: string;
  readonly sandbox: string;
  readonly sandboxMore: string;
  readonly back: string;
  readonly send: string;
  readonly eventType: string;
  readonly clock: string;
  readonly advance: string;
  readonly seconds: string;
  readonly waiting: string;
  readonly output: string;
  readonly settle: string;
  readonly failRun: string;
  readonly runWith: (model: string) => string;
  readonly guards: string;
  readonly guardOwn: string;
  readonly guardTrue: string;
  readonly guardFalse: string;
  readonly nothingSent: string;
  readonly journal: string;
  readonly result: string;
  readonly save: string;
  readonly badJson: string;
}

const english: SessionStrings = {
  title: 'A session’s life',
  failed: 'This could not be loaded.',
  loading: 'Loading…',
  hidden: 'Personal data is hidden.',
  machine: 'Machine',
  timeline: 'Timeline',
  realTime: 'Real time',
  step: 'Step',
  stepOf: (seq, last, kind) => `Step ${seq} of ${last}: ${kind}`,
  first: 'First step',
  before: 'Step before',
  after: 'Next step',
  last: 'Last step',
  lanes: {
    customer: 'Customer',
    assistant: 'Assistant',
    agent: 'Agent',
    timers: 'Timers',
    runs: 'Runs',
    effects: 'Effects',
    machine: 'Machine',
    deliveries: 'Deliveries',
  },
  cause: 'Cause',
  by: 'By',
  event: 'Event',
  ignored: 'Ignored',
  refused: 'Refused',
  parked: 'Put aside',
  follows: (seq) => `It moved nothing. It follows from step ${seq}.`,
  changes: 'Changes of the context',
  noChanges: 'The context stayed as it was.',
  path: 'Place',
  was: 'Before',
  is: 'After',
  context: 'Context',
  runs: 'Runs that began',
  prompt: 'What the model received',
  effects: 'Effects',
  timers: 'Timers',
  compare: 'Compare',
  compareWith: 'Id of another session',
  differences: 'Differences of the contexts',
  same: 'The contexts are the same.',
  fork: 'Try from here',
  share: 'Share this step',
  shared: 'Link, without personal data',
  sandbox: 'Sandbox',
  sandboxMore: 'Nothing leaves it. It ends by itself.',
  back: 'Back to the session',
  send: 'Send',
  eventType: 'Event to send',
  clock: 'Clock',
  advance: 'Let time go by',
  seconds: 'Seconds',
  waiting: 'Waits for an outcome',
  output: 'Outcome as JSON',
  settle: 'End with this',
  failRun: 'Let it fail',
  runWith: (model) => (model === 'real' ? 'Run with the real model' : 'Run with the offline model'),
  guards: 'Guards',
  guardOwn: 'as it is',
  guardTrue: 'always true',
  guardFalse: 'always false',
  nothingSent: 'Would have happened. None of it did.',
  journal: 'Journal',
  result: 'Result',
  save: 'Save as a test',
  badJson: 'This is no JSON.',
};

const arabic: SessionStrings = {
  title: 'حياة الجلسة',
  failed: 'تعذّر التحميل.',
  loading: 'جارٍ التحميل…',
  hidden: 'البيانات الشخصية مخفية.',
  machine: 'آلة الحالات',
  timeline: 'الخط الزمني',
  realTime: 'الزمن الحقيقي',
  step: 'الخطوة',
  stepOf: (seq, last, kind) => `الخطوة ${seq} من ${last}: ${kind}`,
  first: 'الخطوة الأولى',
  before: 'الخطوة السابقة',
  after: 'الخطوة التالية',
  last: 'الخطوة الأخيرة',
  lanes: {
    customer: 'العميل',
    assistant: 'المساعد',
    agent: 'الموظف',
    timers: 'المؤقتات',
    runs: 'التشغيلات',
    effects: 'الآثار',
    machine: 'الآلة',
    deliveries: 'التسليم',
  },
  cause: 'السبب',
  by: 'من',
  event: 'الحدث',
  ignored: 'تُجوهل',
  refused: 'رُفض',
  parked: 'وُضع جانبًا',
  follows: (seq) => `لم يحرّك شيئًا، وهو نتيجة الخطوة ${seq}.`,
  changes: 'تغيّرات السياق',
  noChanges: 'بقي السياق كما كان.',
  path: 'الموضع',
  was: 'قبل',
  is: 'بعد',
  context: 'السياق',
  runs: 'تشغيلات بدأت',
  prompt: 'ما تلقّاه النموذج',
  effects: 'الآثار',
  timers: 'المؤقتات',
  compare: 'قارن',
  compareWith: 'معرّف جلسة أخرى',
  differences: 'الفروق بين السياقين',
  same: 'السياقان متطابقان.',
  fork: 'جرّب من هنا',
  share: 'شارك هذه الخطوة',
  shared: 'رابط بلا بيانات شخصية',
  sandbox: 'بيئة تجربة',
  sandboxMore: 'لا يخرج منها شيء، وتنتهي من تلقاء نفسها.',
  back: 'العودة إلى الجلسة',
  send: 'أرسل',
  eventType: 'الحدث المراد إرساله',
  clock: 'الساعة',
  advance: 'دع الوقت يمرّ',
  seconds: 'ثوانٍ',
  waiting: 'ينتظر نتيجة',
  output: 'النتيجة بصيغة JSON',
  settle: 'أنهِ بهذه النتيجة',
  failRun: 'دعه يفشل',
  runWith: (model) => (model === 'real' ? 'شغّل بالنموذج الحقيقي' : 'شغّل بالنموذج المحلي'),
  guards: 'الشروط',
  guardOwn: 'كما هو',
  guardTrue: 'صحيح دائمًا',
  guardFalse: 'خطأ دائمًا',
  nothingSent: 'ما كان سيحدث، ولم يحدث منه شيء.',
  journal: 'السجل',
  result: 'النتيجة',
  save: 'احفظ كاختبار',
  badJson: 'هذا ليس JSON.',
};

export const SESSION_STRINGS: Readonly<Record<ChatLanguage, SessionStrings>> = { en: english, ar: arabic };
