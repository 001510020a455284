/** Every word of the machines' page. A missing one does not compile. */

import type { Detail } from '#machines/drawing/diagram.ts';
import type { OutlineWords } from '#machines/drawing/outline.ts';
import type { ChatLanguage } from '../chat/strings.ts';

export interface MachineStrings {
  readonly title: string;
  readonly console: string;
  readonly machines: string;
  readonly version: (version: number) => string;
  readonly usedBy: (assistants: string) => string;
  readonly unused: string;
  readonly total: (count: number) => string;
  readonly none: string;
  readonly detail: string;
  readonly details: Readonly<Record<Detail, string>>;
  readonly search: string;
  readonly hits: (at: number, of: number) => string;
  readonly noHits: string;
  readonly view: string;
  readonly zoomIn: string;
  readonly zoomOut: string;
  readonly fit: string;
  readonly pictureKeys: (title: string) => string;
  readonly drawing: string;
  readonly notDrawn: string;
  readonly failed: string;
  /** What was loaded before is still shown. */
  readonly away: string;
  readonly noSuch: (machine: string) => string;
  readonly childMachines: string;
  readonly retry: string;
  readonly states: string;
  readonly sessionsIn: (state: string) => string;
  readonly newest: string;
  readonly close: string;
  readonly outline: string;
  readonly save: string;
  readonly compareWith: string;
  readonly noComparison: string;
  readonly changes: string;
  readonly noChanges: string;
  readonly kinds: Readonly<Record<'added' | 'removed' | 'changed', string>>;
  readonly migration: string;
  readonly migrationMore: string;
  readonly tryMigration: string;
  readonly stays: (count: number, version: number) => string;
  readonly migrates: (count: number, from: number, to: number) => string;
  readonly unreadable: (count: number) => string;
  readonly nothingLive: string;
  readonly notWhole: string;
  readonly outlineWords: OutlineWords;
}

const english: MachineStrings = {
  title: 'Machines',
  console: 'Console',
  machines: 'Machines',
  version: (version) => `version ${version}`,
  usedBy: (assistants) => `used by ${assistants}`,
  unused: 'used by no assistant',
  total: (count) => (count === 1 ? '1 open conversation' : `${count} open conversations`),
  none: 'There is no machine.',
  detail: 'Detail',
  details: { overview: 'Overview', normal: 'Transitions', full: 'Everything' },
  search: 'Search a state or an event',
  hits: (at, of) => `${at} of ${of}. Enter shows the next one.`,
  noHits: 'Nothing found',
  view: 'View',
  zoomIn: 'Zoom in',
  zoomOut: 'Zoom out',
  fit: 'Fit',
  pictureKeys: (title) => `Picture of ${title}. Arrow keys move it, + and − zoom, 0 shows all of it. The outline below tells the same.`,
  drawing: 'Drawing …',
  notDrawn: 'The machine could not be drawn. The outline below tells the same.',
  failed: 'That could not be loaded.',
  away: 'The program does not answer. What is shown may be old.',
  noSuch: (machine) => `There is no machine ${machine}. Choose one of the list.`,
  childMachines: 'Machines in this machine',
  retry: 'Try again',
  states: 'Conversations by state',
  sessionsIn: (state) => `Conversations in ${state}`,
  newest: 'The newest 20 are listed.',
  close: 'Close',
  outline: 'Outline',
  save: 'Save as',
  compareWith: 'Compare with',
  noComparison: 'nothing',
  changes: 'What changed',
  noChanges: 'Nothing changed.',
  kinds: { added: 'added', removed: 'removed', changed: 'changed' },
  migration: 'Migration',
  migrationMore: 'What the migrations would do to the open conversations of this version. Nothing is changed.',
  tryMigration: 'Try it',
  stays: (count, version) => `${count} would stay at version ${version}`,
  migrates: (count, from, to) => `${count} would move from version ${from} to version ${to}`,
  unreadable: (count) => `${count} cannot be read and would be handed to a person:`,
  nothingLive: 'No open conversation has this version.',
  notWhole: 'Only the newest 2,000 open conversations were read.',
  outlineWords: {
    kinds: { atomic: 'state', compound: 'state with states', parallel: 'parallel state', final: 'final state', history: 'history' },
    initial: 'initial',
    active: 'active',
    entry: 'on entry',
    exit: 'on exit',
    initially: 'at first',
    stays: 'stays',
    again: 'enters itself again',
    to: (states) => `to ${states}`,
    sessions: (count) => (count === 1 ? '1 conversation' : `${count} conversations`),
  },
};

const arabic: MachineStrings = {
  title: 'آلات الحالات',
  console: 'لوحة المحادثات',
  machines: 'الآلات',
  version: (version) => `الإصدار ${version}`,
  usedBy: (assistants) => `يستخدمها ${assistants}`,
  unused: 'لا يستخدمها أي مساعد',
  total: (count) => `المحادثات المفتوحة: ${count}`,
  none: 'لا توجد آلات.',
  detail: 'التفاصيل',
  details: { overview: 'نظرة عامة', normal: 'الانتقالات', full: 'كل شيء' },
  search: 'ابحث عن حالة أو حدث',
  hits: (at, of) => `${at} من ${of}. يعرض مفتاح الإدخال النتيجة التالية.`,
  noHits: 'لا نتائج',
  view: 'العرض',
  zoomIn: 'تكبير',
  zoomOut: 'تصغير',
  fit: 'ملاءمة',
  pictureKeys: (title) => `رسم ${title}. تحركه مفاتيح الأسهم، ويكبّره + ويصغّره −، ويعرضه 0 كاملًا. ويقول المخطط النصي أدناه الشيء نفسه.`,
  drawing: 'جارٍ الرسم …',
  notDrawn: 'تعذّر رسم الآلة. يقول المخطط النصي أدناه الشيء نفسه.',
  failed: 'تعذّر التحميل.',
  away: 'البرنامج لا يستجيب. قد يكون المعروض قديمًا.',
  noSuch: (machine) => `لا توجد آلة باسم ${machine}. اختر واحدة من القائمة.`,
  childMachines: 'آلات داخل هذه الآلة',
  retry: 'إعادة المحاولة',
  states: 'المحادثات حسب الحالة',
  sessionsIn: (state) => `المحادثات في الحالة ${state}`,
  newest: 'تُعرض أحدث 20 محادثة.',
  close: 'إغلاق',
  outline: 'المخطط النصي',
  save: 'حفظ بصيغة',
  compareWith: 'مقارنة مع',
  noComparison: 'لا شيء',
  changes: 'ما الذي تغيّر',
  noChanges: 'لم يتغيّر شيء.',
  kinds: { added: 'أُضيف', removed: 'حُذف', changed: 'تغيّر' },
  migration: 'الترقية',
  migrationMore: 'ما الذي ستفعله الترقيات بالمحادثات المفتوحة لهذا الإصدار. لا يتغيّر أي شيء.',
  tryMigration: 'تجربة',
  stays: (count, version) => `ستبقى ${count} على الإصدار ${version}`,
  migrates: (count, from, to) => `ستنتقل ${count} من الإصدار ${from} إلى الإصدار ${to}`,
  unreadable: (count) => `تتعذّر قراءة ${count} وستُحال إلى موظف:`,
  nothingLive: 'لا توجد محادثة مفتوحة بهذا الإصدار.',
  notWhole: 'قُرئت أحدث 2000 محادثة مفتوحة فقط.',
  outlineWords: {
    kinds: { atomic: 'حالة', compound: 'حالة تضم حالات', parallel: 'حالة متوازية', final: 'حالة نهائية', history: 'سجل الحالة' },
    initial: 'ابتدائية',
    active: 'نشطة',
    entry: 'عند الدخول',
    exit: 'عند الخروج',
    initially: 'في البداية',
    stays: 'تبقى كما هي',
    again: 'تدخل نفسها من جديد',
    to: (states) => `إلى ${states}`,
    sessions: (count) => `المحادثات: ${count}`,
  },
};

export const machineStrings: Readonly<Record<ChatLanguage, MachineStrings>> = { en: english, ar: arabic };
