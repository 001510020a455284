/** Every word of the page. A missing one does not compile. */
import type { ChatLanguage } from '../chat/strings.ts';
import type { Figure, Measured } from './analytics-api.ts';
import type { FilterName, RangeName } from './place.ts';
import type { ValueFormat } from './value-format.ts';

export interface AnalyticsWords {
  readonly title: string;
  readonly console: string;
  readonly range: string;
  readonly lastDays: (days: string) => string;
  readonly ranges: Readonly<Record<Exclude<RangeName, '7' | '28' | '90'>, string>>;
  readonly from: string;
  readonly to: string;
  readonly zone: string;
  /** Says a number of percentage points. */
  readonly points: (number: string) => string;
  readonly filters: Readonly<Record<FilterName, string>>;
  readonly any: string;
  readonly compare: string;
  readonly csv: string;
  readonly overview: string;
  readonly measures: Readonly<Record<string, string>>;
  readonly changed: (change: string) => string;
  readonly before: string;
  readonly chartKeys: (title: string) => string;
  readonly chartHint: string;
  readonly asTable: string;
  readonly when: string;
  readonly reading: (unit: Measured['unit'], figure: Figure, format: ValueFormat) => string;
  readonly loading: string;
  readonly failed: string;
  readonly retry: string;
  readonly nothing: string;
  readonly empty: string;
  readonly unavailable: string;
  readonly behindCount: (backTo: string) => string;
  readonly panels: Readonly<
    Record<
      'outcomes' | 'handovers' | 'channels' | 'waits' | 'questions' | 'intents' | 'subjects' | 'errors' | 'ratings' | 'queues' | 'agents',
      string
    >
  >;
  readonly sections: Readonly<Record<'conversations' | 'people' | 'assistant' | 'customers', string>>;
  readonly keys: Readonly<Record<string, string>>;
  readonly stars: (score: string, most: string) => string;
  readonly onAverage: (duration: string) => string;
  readonly customers: Readonly<Record<'daily' | 'weekly' | 'monthly' | 'fresh', string>>;
  readonly customersHint: string;
  readonly retention: string;
  readonly week: string;
  readonly newCustomers: string;
  readonly weeksLater: (weeks: string) => string;
  readonly behind: (name: string) => string;
  readonly openSession: string;
  readonly lifeOf: string;
  readonly more: string;
  readonly close: string;
  readonly forbidden: string;
}

const english: AnalyticsWords = {
  title: 'Analytics',
  console: 'Console',
  range: 'Range',
  lastDays: (days) => `Last ${days} days`,
  ranges: {
    month: 'This month',
    'last-month': 'Last month',
    custom: 'From … to …',
  },
  from: 'From',
  to: 'To',
  zone: 'Time zone',
  points: (number) => `${number} pts`,
  filters: { channel: 'Channel', assistant: 'Assistant', queue: 'Queue', agent: 'Agent' },
  any: 'All',
  compare: 'Compare with the period before',
  csv: 'Save as CSV',
  overview: 'Overview',
  measures: {
    sessions: 'Conversations',
    completion_rate: 'Completed',
    abandonment_rate: 'Abandoned',
    duration: 'Duration',
    bot_first_response: 'First answer of the bot',
    human_first_response: 'First answer of a person',
    wait: 'Wait for a person',
    service_level: 'Answered in time',
    handover_rate: 'Handed over',
    satisfaction: 'Satisfied customers',
    questions_per_session: 'Questions per conversation',
    tool_calls: 'Tool calls',
    cache_hit_rate: 'Cache hits',
    error_rate: 'Failed runs',
    tokens: 'Tokens',
    cost: 'Cost',
    cost_per_session: 'Cost per conversation',
    active_customers_daily: 'Customers per day',
    new_customers: 'New customers',
    analysis_time: 'Time of an analysis',
  },
  changed: (change) => `${change} compared with the period before`,
  before: 'before',
  chartKeys: (title) => `${title} over time. The arrow keys read each step.`,
  chartHint: 'Point at the chart or use the arrow keys to read a value.',
  asTable: 'As a table',
  when: 'When',
  reading: (unit, { value, n, p90, mean }, format) =>
    unit === 'milliseconds' && value !== null && p90 != null
      ? `median ${format.value(unit, value)}, nine of ten within ${format.value(unit, p90)}, average ${format.value(unit, mean ?? null)}, of ${format.count(n)}`
      : unit === 'share' || unit === 'score'
        ? `${format.value(unit, value)}, of ${format.count(n)}`
        : format.value(unit, value),
  loading: 'Loading …',
  failed: 'The figures could not be loaded.',
  retry: 'Try again',
  nothing: 'Nothing in this range.',
  empty: 'There are no conversations in this range. They appear here within seconds after they begin.',
  unavailable: 'Not available for a queue or an agent.',
  behindCount: (backTo) => `Older conversations are still being counted. Everything since ${backTo} is in these figures.`,
  panels: {
    outcomes: 'How conversations ended',
    handovers: 'Why conversations were handed over',
    channels: 'Channels',
    waits: 'How waits ended',
    questions: 'Questions and commands',
    intents: 'Topics',
    subjects: 'Most analysed',
    errors: 'Errors',
    ratings: 'Ratings',
    queues: 'Queues of handed over conversations',
    agents: 'Conversations by agent',
  },
  sections: { conversations: 'Conversations', people: 'People', assistant: 'Assistants', customers: 'Customers' },
  keys: {
    completed: 'Completed',
    abandoned: 'Abandoned by the customer',
    empty: 'Without a message',
    merged: 'Continued in another',
    customer: 'The customer asked',
    assistant: 'The assistant decided',
    failure: 'The assistant failed',
    request: 'Requested by a program',
    transfer: 'An agent transferred it',
    offline: 'The agent went offline',
    no_answer: 'The agent did not answer',
    other: 'Other',
    agent: 'An agent took it',
    bot: 'Back to the bot',
    closed: 'Closed while waiting',
    answer: 'Answers',
    analyse: 'Analyses',
    summarise: 'Summaries',
    'message.send': 'Messages not delivered',
    'file.send': 'Files not delivered',
    parked: 'Events that failed',
    '': 'Free text',
    '-': 'Default queue',
    '…': 'Others',
  },
  stars: (score, most) => `${score} of ${most}`,
  onAverage: (duration) => `${duration} each`,
  customers: {
    daily: 'Customers per day, on average',
    weekly: 'Customers per week',
    monthly: 'Customers per month',
    fresh: 'New customers',
  },
  customersHint: 'Days, weeks and months of customers are those of UTC.',
  retention: 'Customers who came back',
  week: 'First week',
  newCustomers: 'New',
  weeksLater: (weeks) => `+${weeks} wk`,
  behind: (name) => `Conversations: ${name}`,
  openSession: 'Open',
  lifeOf: 'Step by step',
  more: 'More',
  close: 'Close',
  forbidden: 'Analytics are for supervisors and admins.',
};

const arabic: AnalyticsWords = {
  title: 'التحليلات',
  console: 'لوحة الموظفين',
  range: 'الفترة',
  lastDays: (days) => `عدد الأيام الأخيرة: ${days}`,
  ranges: {
    month: 'هذا الشهر',
    'last-month': 'الشهر الماضي',
    custom: 'من … إلى …',
  },
  from: 'من',
  to: 'إلى',
  zone: 'المنطقة الزمنية',
  points: (number) => `${number} نقطة`,
  filters: { channel: 'القناة', assistant: 'المساعد', queue: 'قائمة الانتظار', agent: 'الموظف' },
  any: 'الكل',
  compare: 'مقارنة بالفترة السابقة',
  csv: 'حفظ كملف CSV',
  overview: 'نظرة عامة',
  measures: {
    sessions: 'المحادثات',
    completion_rate: 'المكتملة',
    abandonment_rate: 'المتروكة',
    duration: 'المدة',
    bot_first_response: 'أول رد من البوت',
    human_first_response: 'أول رد من موظف',
    wait: 'انتظار الموظف',
    service_level: 'ردود في موعدها',
    handover_rate: 'المحوّلة إلى موظف',
    satisfaction: 'رضا العملاء',
    questions_per_session: 'الأسئلة لكل محادثة',
    tool_calls: 'استخدام الأدوات',
    cache_hit_rate: 'الاستفادة من الذاكرة المؤقتة',
    error_rate: 'العمليات الفاشلة',
    tokens: 'الرموز',
    cost: 'التكلفة',
    cost_per_session: 'تكلفة المحادثة',
    active_customers_daily: 'العملاء في اليوم',
    new_customers: 'عملاء جدد',
    analysis_time: 'مدة التحليل',
  },
  changed: (change) => `${change} مقارنة بالفترة السابقة`,
  before: 'سابقًا',
  chartKeys: (title) => `${title} عبر الزمن. اقرأ كل خطوة بمفاتيح الأسهم.`,
  chartHint: 'أشر إلى الرسم أو استخدم مفاتيح الأسهم لقراءة خطوة.',
  asTable: 'عرض كجدول',
  when: 'متى',
  reading: (unit, { value, n, p90, mean }, format) =>
    unit === 'milliseconds' && value !== null && p90 != null
      ? `الوسيط ${format.value(unit, value)}، تسعة من عشرة خلال ${format.value(unit, p90)}، المتوسط ${format.value(unit, mean ?? null)}، من ${format.count(n)}`
      : unit === 'share' || unit === 'score'
        ? `${format.value(unit, value)} من ${format.count(n)}`
        : format.value(unit, value),
  loading: 'جارٍ التحميل …',
  failed: 'تعذّر تحميل الأرقام.',
  retry: 'إعادة المحاولة',
  nothing: 'لا شيء في هذه الفترة.',
  empty: 'لا محادثات في هذه الفترة. تظهر المحادثات هنا بعد ثوانٍ من بدئها.',
  unavailable: 'غير معروف لقائمة انتظار أو لموظف.',
  behindCount: (backTo) => `ما زال عدّ المحادثات الأقدم جاريًا. هذه الأرقام تشمل كل شيء منذ ${backTo}.`,
  panels: {
    outcomes: 'كيف انتهت المحادثات',
    handovers: 'لماذا حُوّلت المحادثات',
    channels: 'القنوات',
    waits: 'كيف انتهى الانتظار',
    questions: 'الأسئلة والأوامر',
    intents: 'المواضيع',
    subjects: 'الأكثر تحليلًا',
    errors: 'الأخطاء',
    ratings: 'التقييمات',
    queues: 'قوائم انتظار المحادثات المحوّلة',
    agents: 'المحادثات حسب الموظف',
  },
  sections: { conversations: 'المحادثات', people: 'الموظفون', assistant: 'المساعدون', customers: 'العملاء' },
  keys: {
    completed: 'مكتملة',
    abandoned: 'تركها العميل',
    empty: 'بلا رسالة',
    merged: 'تابعت في محادثة أخرى',
    customer: 'طلب العميل',
    assistant: 'قرر المساعد',
    failure: 'أخفق المساعد',
    request: 'طلب من جهة أخرى',
    transfer: 'حوّلها موظف',
    offline: 'انقطع الموظف',
    no_answer: 'لم يرد الموظف',
    other: 'أخرى',
    agent: 'أخذها موظف',
    bot: 'عادت إلى البوت',
    closed: 'أُغلقت أثناء الانتظار',
    answer: 'الردود',
    analyse: 'التحليلات',
    summarise: 'الملخصات',
    'message.send': 'رسائل لم تصل',
    'file.send': 'ملفات لم تصل',
    parked: 'وُضعت جانبًا',
    '': 'نص حر',
    '-': 'القائمة الافتراضية',
    '…': 'غير ذلك',
  },
  stars: (score, most) => `${score} من ${most}`,
  onAverage: (duration) => `${duration} لكل تحليل`,
  customers: { daily: 'متوسط العملاء في اليوم', weekly: 'العملاء في الأسبوع', monthly: 'العملاء في الشهر', fresh: 'عملاء جدد' },
  customersHint: 'أيام العملاء وأسابيعهم وشهورهم بالتوقيت العالمي.',
  retention: 'العملاء العائدون',
  week: 'الأسبوع الأول',
  newCustomers: 'جدد',
  weeksLater: (weeks) => `بعد ${weeks} أ`,
  behind: (name) => `المحادثات: ${name}`,
  openSession: 'فتح',
  lifeOf: 'خطوة بخطوة',
  more: 'المزيد',
  close: 'إغلاق',
  forbidden: 'التحليلات للمشرفين والمديرين.',
};

export const ANALYTICS_WORDS: Readonly<Record<ChatLanguage, AnalyticsWords>> = { en: english, ar: arabic };
