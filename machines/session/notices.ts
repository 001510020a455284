/**
 * Short texts of the machine itself for customers. English and Arabic. An assistant overrides any
 * of them.
 */
import * as z from 'zod';
import { sayingId } from './saying.ts';

export const noticeName = z.enum([
  'welcome',
  'help',
  'stopped',
  'nothingToStop',
  'reset',
  'escalated',
  'transferred',
  'queued',
  'queuedFor',
  'expectedWait',
  'reassigned',
  'agentsAway',
  'agentsAbsent',
  'stillWaiting',
  'backToBot',
  'returned',
  'withAssistant',
  'apology',
  'cannotAnswer',
  'tooLong',
  'declined',
  'confirmAnalysis',
  'analysisFailed',
  'cannotAnalyse',
  'fileNotShown',
  'fileNotSent',
  'statusNone',
  'statusRunning',
  'statusCompleted',
  'rateUs',
  'rated',
  'rateCommented',
  'rateLate',
]);
export type NoticeName = z.infer<typeof noticeName>;

/**
 * By language (`en`, `ar`, …), then by notice. `{subject}` is replaced by the subject of an
 * analysis, or the name of a file, `{place}` by the place in the queue, `{back}` by the day and
 * time at which agents are back, and `{wait}` by how long the wait will be.
 */
export const noticeOverrides = z.record(z.string().max(35), z.partialRecord(noticeName, z.string().min(1).max(4_000)));
export type NoticeOverrides = z.infer<typeof noticeOverrides>;

type Catalogue = Readonly<Record<NoticeName, string>>;

const EN: Catalogue = {
  welcome: 'Hello! Write to me and I will answer. /agent brings a human, /help shows what else I can do.',
  help: 'Just write what you need. /stop cancels what I am doing, /reset starts over, /agent brings a human.',
  stopped: 'Stopped.',
  nothingToStop: 'There is nothing to stop.',
  reset: 'Done. This conversation is cleared; your preferences, and what I noted of earlier talk, are kept.',
  escalated: 'I am passing you to a colleague. They will see everything you write here. /assistant brings you back to me.',
  transferred: 'A colleague from another team will be with you shortly.',
  queued: 'You are number {place} in line.',
  queuedFor: 'You are number {place} in line. The wait is about {wait} right now.',
  expectedWait: 'The wait for a colleague is about {wait} right now.',
  reassigned: 'Your colleague cannot answer right now. You are back in line and keep your place, and /assistant brings you back to me.',
  agentsAway:
    'Our colleagues are away right now. They are back on {back}. They will read what you write here, and /assistant brings you back to me.',
  agentsAbsent: 'Our colleagues are away right now. They will read what you write here, and /assistant brings you back to me.',
  stillWaiting: 'All colleagues are still busy. You keep your place; please stay with us, or write /assistant to come back to me.',
  backToBot: 'No colleague is free right now, so I will go on helping you myself.',
  returned: 'I am with you again. You no longer wait for a colleague.',
  withAssistant: 'You are talking to the assistant. Just write what you need.',
  apology: 'Sorry, something went wrong and I could not answer. Please try again.',
  cannotAnswer:
    'Sorry, I cannot answer at the moment. The fault is on our side, and sending it again will not help. /agent brings a colleague.',
  tooLong:
    'Sorry, this is more than I can read at once. Send me a shorter message or /reset to start over, or /agent to bring a colleague.',
  declined: 'I cannot help with that. I am glad to help with something else, and /agent brings a colleague.',
  confirmAnalysis: 'An analysis is still open. Shall I start a new one for {subject}? Answer "yes" to start it.',
  analysisFailed: 'Sorry, the analysis failed. Please try again later.',
  cannotAnalyse:
    'Sorry, I cannot make this analysis. The fault is on our side, and another attempt will not help. /agent brings a colleague.',
  fileNotShown: 'There is a file for you, {subject}, but it cannot be shown here.',
  fileNotSent: 'Sorry, a file for you could not be sent. Please ask for it again, or /agent brings a colleague.',
  statusNone: 'No analysis is open.',
  statusRunning: 'The analysis of {subject} is running.',
  statusCompleted: 'The analysis of {subject} is complete. Ask me about it.',
  rateUs: 'This conversation is closed. How was our help? Choose from 1 to 5.',
  rated: 'Thank you for your rating. You can add a comment: write /comment and your words.',
  rateCommented: 'Thank you. We read every comment.',
  rateLate: 'Thank you. The time to rate that conversation has passed.',
};

const AR: Catalogue = {
  welcome: 'مرحبًا! اكتب لي وسأجيبك. ‎/agent للتحدث مع موظف، و‎/help لمعرفة المزيد.',
  help: 'اكتب ما تحتاج إليه. ‎/stop يوقف ما أقوم به، ‎/reset يبدأ من جديد، ‎/agent للتحدث مع موظف.',
  stopped: 'تم الإيقاف.',
  nothingToStop: 'لا يوجد شيء لإيقافه.',
  reset: 'تم. مسحت هذه المحادثة، واحتفظت بتفضيلاتك وبما دوّنته من حديثنا السابق.',
  escalated: 'سأحوّلك إلى أحد الزملاء، وسيرى كل ما تكتبه هنا. ‎/assistant يعيدك إليّ.',
  transferred: 'سيكون معك زميل من فريق آخر بعد قليل.',
  queued: 'ترتيبك في الانتظار: {place}.',
  queuedFor: 'ترتيبك في الانتظار: {place}. مدة الانتظار الآن نحو {wait}.',
  expectedWait: 'مدة انتظار أحد الزملاء الآن نحو {wait}.',
  reassigned: 'لا يستطيع زميلنا الرد الآن. عدتَ إلى قائمة الانتظار ودورك محفوظ، و‎/assistant يعيدك إليّ.',
  agentsAway: 'زملاؤنا غير متاحين الآن، وموعد عودتهم: {back}. سيقرؤون ما تكتبه هنا، و‎/assistant يعيدك إليّ.',
  agentsAbsent: 'زملاؤنا غير متاحين الآن. سيقرؤون ما تكتبه هنا، و‎/assistant يعيدك إليّ.',
  stillWaiting: 'ما زال جميع الزملاء مشغولين. دورك محفوظ، نرجو الانتظار، أو اكتب ‎/assistant للعودة إليّ.',
  backToBot: 'لا يوجد زميل متاح الآن، لذلك سأواصل مساعدتك بنفسي.',
  returned: 'عدتُ إليك، ولم تعد في انتظار أحد الزملاء.',
  withAssistant: 'أنت تتحدث مع المساعد. اكتب ما تحتاج إليه.',
  apology: 'عذرًا، حدث خطأ ولم أتمكن من الإجابة. حاول مرة أخرى من فضلك.',
  cannotAnswer: 'عذرًا، لا أستطيع الإجابة حاليًا. الخلل من جهتنا، ولن تفيد إعادة الإرسال. ‎/agent للتحدث مع موظف.',
  tooLong: 'عذرًا، هذا أكثر مما أستطيع قراءته مرة واحدة. أرسل رسالة أقصر أو ‎/reset للبدء من جديد، أو ‎/agent للتحدث مع موظف.',
  declined: 'لا أستطيع المساعدة في هذا الطلب. يسعدني أن أساعدك في أمر آخر، و‎/agent للتحدث مع موظف.',
  confirmAnalysis: 'هناك تحليل ما زال مفتوحًا. هل أبدأ تحليلًا جديدًا لـ {subject}؟ أجب بـ "نعم" للبدء.',
  analysisFailed: 'عذرًا، فشل التحليل. حاول لاحقًا من فضلك.',
  cannotAnalyse: 'عذرًا، لا أستطيع إجراء هذا التحليل. الخلل من جهتنا، ولن تفيد المحاولة مرة أخرى. ‎/agent للتحدث مع موظف.',
  fileNotShown: 'لدي ملف لك ({subject})، لكن لا يمكن عرضه هنا.',
  fileNotSent: 'عذرًا، تعذّر إرسال ملف لك. اطلبه مرة أخرى من فضلك، أو ‎/agent للتحدث مع زميل.',
  statusNone: 'لا يوجد تحليل مفتوح.',
  statusRunning: 'تحليل {subject} قيد التنفيذ.',
  statusCompleted: 'اكتمل تحليل {subject}. اسألني عنه.',
  rateUs: 'أُغلقت هذه المحادثة. كيف تقيّم مساعدتنا؟ اختر من 1 إلى 5.',
  rated: 'شكرًا على تقييمك. يمكنك إضافة تعليق: اكتب ‎/comment ثم تعليقك.',
  rateCommented: 'شكرًا لك. نقرأ كل التعليقات.',
  rateLate: 'شكرًا لك. انتهت مدة تقييم تلك المحادثة.',
};

/** Button of a reply that needs no typing. `id` is what `Button` of the channel port takes. */
type Reply = 'assistant' | 'agent' | 'yes' | 'no';

/** Replies that a notice offers. The others offer none. */
const REPLIES: Partial<Record<NoticeName, readonly Reply[]>> = {
  escalated: ['assistant'],
  transferred: ['assistant'],
  queued: ['assistant'],
  queuedFor: ['assistant'],
  expectedWait: ['assistant'],
  reassigned: ['assistant'],
  agentsAway: ['assistant'],
  agentsAbsent: ['assistant'],
  stillWaiting: ['assistant'],
  apology: ['agent'],
  analysisFailed: ['agent'],
  fileNotSent: ['agent'],
  confirmAnalysis: ['yes', 'no'],
};

const LABELS: Readonly<Record<'en' | 'ar', Readonly<Record<Reply, string>>>> = {
  en: { assistant: 'Back to the assistant', agent: 'Talk to a person', yes: 'Yes', no: 'No' },
  ar: { assistant: 'العودة إلى المساعد', agent: 'التحدث مع شخص', yes: 'نعم', no: 'لا' },
};

/** Buttons of a notice in the customer's language. */
export function noticeButtons(name: NoticeName, locale: string): { id: string; label: string }[] {
  const labels = LABELS[languageOf(locale) === 'ar' ? 'ar' : 'en'];
  return (REPLIES[name] ?? []).map((reply) => {
    const label = labels[reply];
    return { id: reply === 'yes' || reply === 'no' ? sayingId(label) : reply, label };
  });
}

export type RatedScore = 1 | 2 | 3 | 4 | 5;

const SCORE_WORDS: Readonly<Record<'en' | 'ar', Readonly<Record<RatedScore, string>>>> = {
  en: { 5: 'Very good', 4: 'Good', 3: 'Fair', 2: 'Poor', 1: 'Very poor' },
  ar: { 5: 'ممتازة', 4: 'جيدة', 3: 'مقبولة', 2: 'ضعيفة', 1: 'سيئة' },
};

/** Label of a score in the customer's language, such as `5 – Very good`. */
export function scoreLabel(score: RatedScore, locale: string): string {
  return `${score} – ${SCORE_WORDS[languageOf(locale) === 'ar' ? 'ar' : 'en'][score]}`;
}

const PLACEHOLDER = /\{(subject|place|back|wait)\}/g;
/** What stands for the placeholders of a notice. */
export type NoticeValues = Readonly<Partial<Record<'subject' | 'place' | 'back' | 'wait', string>>>;

/**
 * Text of a notice for a customer. The assistant's words come before ours, the customer's language
 * before English.
 */
export function noticeText(name: NoticeName, locale: string, overrides: NoticeOverrides, values: NoticeValues = {}): string {
  const language = languageOf(locale);
  const catalogue = language === 'ar' ? AR : EN;
  const template = overrides[locale]?.[name] ?? overrides[language]?.[name] ?? catalogue[name];
  return template.replaceAll(PLACEHOLDER, (_, value: keyof NoticeValues) => values[value] ?? '');
}

/**
 * The locale in which a customer's notices are written. It is English where neither we nor the
 * assistant have words in the customer's language.
 */
export function noticeLocale(locale: string, overrides: NoticeOverrides): string {
  const language = languageOf(locale);
  return language === 'ar' || language === 'en' || locale in overrides || language in overrides ? locale : 'en';
}

function languageOf(locale: string): string {
  return locale.toLowerCase().split('-')[0] ?? 'en';
}

/** How long a wait is, as a text in the language of the notice. */
export function waitText(minutes: number, locale: string): string {
  const [count, unit] = minutes < 60 ? [minutes, 'minute' as const] : [Math.round(minutes / 60), 'hour' as const];
  if (languageOf(locale) !== 'ar') return count === 1 ? `${unit === 'hour' ? 'an' : 'a'} ${unit}` : `${count} ${unit}s`;
  const [one, two, few, many] = ARABIC_UNITS[unit];
  return count === 1 ? one : count === 2 ? two : `${count} ${count <= 10 ? few : many}`;
}

/** In the genitive, as they stand after the word for "about". */
const ARABIC_UNITS = {
  minute: ['دقيقة واحدة', 'دقيقتين', 'دقائق', 'دقيقة'],
  hour: ['ساعة واحدة', 'ساعتين', 'ساعات', 'ساعة'],
} as const;
