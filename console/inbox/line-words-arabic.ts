/** Arabic lines of a transcript, which say what happened between messages. */
import { EARLIER_ASKED, type Need } from '#machines/session/needs.ts';
import type { FactChange } from './fact-changes.ts';
import type { LineRow } from './rows.ts';
import { type LineWords, named, needed } from './strings.ts';

export const arabicPriority = { low: 'منخفضة', normal: 'عادية', high: 'عالية', urgent: 'عاجلة' } as const;

/** Why a message was not sent. */
const arabicReturned = {
  phone: 'كتب شخص من الهاتف قبل ذلك',
  window: 'آخر رسالة من العميل قديمة',
  customer: 'العميل كتب قبل ذلك',
  holder: 'المحادثة مع شخص آخر الآن',
  closed: 'المحادثة أُغلقت قبل ذلك',
} as const;

const arabicNeeds: Readonly<Record<Need, string>> = {
  'the customer asked for a human': 'العميل طلب التحدث إلى شخص',
  [EARLIER_ASKED]: 'العميل طلب التحدث إلى شخص',
  'the customer came back': 'العميل عاد إلى المحادثة',
  still_waiting: 'العميل ما زال ينتظر',
  'the agent did not answer in time': 'الموظف لم يردّ في الوقت المحدد',
  'the agent is offline': 'الموظف غير متصل',
  'the assistant failed repeatedly': 'المساعد أخفق أكثر من مرة',
  'a budget is spent': 'الميزانية نفدت',
};

export function arabicLine(row: LineRow, words: LineWords): string {
  const { line, name, to, queue, reason, changes = [], until, seconds } = row;
  switch (line) {
    case 'opened':
      return 'بدأت المحادثة';
    case 'needs':
      return `مطلوب شخص${reason === undefined ? '' : `: ${needed(reason, arabicNeeds)}`}`;
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
      return `دوّن ${named(name, 'أحد الموظفين')}: ${changes.map((change) => changed(change, words)).join('، ')}`;
    case 'snoozed':
      return `أجّلها ${named(name, 'أحد الموظفين')}${until === undefined ? '' : ` حتى ${words.time(until)}`}`;
    case 'unsnoozed':
      return `أنهى ${named(name, 'أحد الموظفين')} التأجيل`;
    case 'woke':
      return 'انتهى التأجيل';
    case 'called':
      return `اتصل العميل${seconds === undefined ? '' : ` (${seconds} ث)`}`;
    case 'calling':
      return 'العميل يتصل الآن';
    case 'reacted':
      return `${arabicReacted({ by: row.by, name, emoji: reason ?? '' })}${notArrived(row)}`;
    case 'unreacted':
      return `أزال ${whoReacted(row)} تفاعله${notArrived(row)}`;
    case 'notSent':
      return `لم تُرسل رسالة ${named(name, 'أحد الموظفين')}، لأن ${returnedBecause(reason)}`;
  }
}

type Reacted = Pick<LineRow, 'by' | 'name'>;

export function arabicReacted(reaction: Reacted & { readonly emoji: string }): string {
  return `تفاعل ${whoReacted(reaction)} بـ \u2068${reaction.emoji}\u2069`;
}

function whoReacted({ by, name }: Reacted): string {
  return by === 'agent' ? named(name, 'أحد الموظفين') : by === 'assistant' ? 'المساعد' : 'العميل';
}

function notArrived({ failure }: LineRow): string {
  return failure === undefined ? '' : `. لم يصل إلى العميل${failure === '' ? '' : `: \u2068${failure}\u2069`}`;
}

function changed(change: FactChange, { label, value }: LineWords): string {
  switch (change.what) {
    case 'tag added':
      return `الوسم \u2068${change.tag}\u2069`;
    case 'tag removed':
      return `من دون الوسم \u2068${change.tag}\u2069`;
    case 'priority':
      return `الأولوية ${arabicPriority[change.priority]}`;
    case 'topic':
      return `الموضوع: ${named(change.topic ?? undefined, 'لا شيء')}`;
    case 'fact': {
      const { name, was, is } = change;
      const now = `\u2068${label(name)}\u2069: ${is === null ? 'لا شيء' : `\u2068${value(name, is)}\u2069`}`;
      return was == null ? now : `${now} بدلًا من \u2068${value(name, was)}\u2069`;
    }
  }
}

function returnedBecause(reason: string | undefined): string {
  const known = Object.entries(arabicReturned).find(([name]) => name === reason);
  return known?.[1] ?? arabicReturned.customer;
}
