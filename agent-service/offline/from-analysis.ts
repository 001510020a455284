/**
 * Answers a question from an open analysis with the lines that share most words with it. Pure.
 * Nothing is invented, and a question without a match is not answered.
 */

import type { SystemPart } from '#machines/session/built-context.ts';
import { unframed } from '../data-frame.ts';
import { UNDER_WAY } from '../prompt.ts';
import { recordOf } from './plan.ts';

export interface KnownAnalysis {
  readonly args: string;
  readonly summary: string;
}

/** Analysis that the prompt contains, if there is one. */
export function analysisIn(system: readonly SystemPart[]): KnownAnalysis | undefined {
  for (const { text } of system) {
    const { args, summary } = recordOf(unframed('analysis', text));
    if (typeof summary === 'string') return { args: typeof args === 'string' ? args : '', summary };
  }
  return undefined;
}

/** Subject of the analysis that is being made now, if the prompt names one. */
export function underWayIn(system: readonly SystemPart[]): string | undefined {
  for (const { text } of system) {
    const { args, command } = recordOf(unframed(UNDER_WAY, text));
    if (typeof command === 'string') return typeof args === 'string' ? args : '';
  }
  return undefined;
}

const MOST_LINES = 4;

/** Words that ask, join or occur in every line. */
const EMPTY = new Set(
  'executive is of to in on it be by or as at an if so me my we us am he she they their them the and for are was what which who why how much many does did this that with about its your you tell give show please can could would should have has there than more into from من في على عن ما هو هي كم كيف لماذا هل هذا هذه التي الذي إلى الى مع أو'.split(
    ' ',
  ),
);

/** Customers use other words than an analysis. Each word of a group matches all of the group. */
const GROUPS = [
  'risk risks risky danger dangers threat downside weakness weaknesses',
  'strength strengths strong good advantage advantages',
  'price cost costs expensive cheap dear costly overvalued undervalued valued value worth fair valuation',
  'debt debts owe owes borrow leverage cash balance',
  'growth grow grows grew growing revenue sales',
  'profit profits profitable margin margins income earnings earn earns',
  'assume assumes assumed assumption assumptions rate discount discounted dcf',
  'future outlook forecast next expect',
  'source sources data sample real',
  'المخاطر مخاطر خطر مخاطرة',
  'القوة قوة نقاط مزايا',
  'السعر سعر القيمة قيمة التقييم تقييم غال رخيص',
  'الدين دين ديون النقد نقد',
  'النمو نمو الإيرادات إيرادات ايرادات',
  'الربح ربح أرباح الأرباح هامش الدخل',
  'الافتراضات افتراضات افتراض معدل الخصم',
  'المستقبل النظرة المستقبلية توقعات',
].map((group) => new Set(group.split(' ')));

/** Undefined if nothing matches. */
export function fromAnalysis({ summary }: KnownAnalysis, question: string): readonly string[] | undefined {
  const questionWords = wordsOf(question);
  if (questionWords.length === 0) return undefined;
  const rows = rowsOf(summary);
  const scored = rows.map((row, index) => {
    // The words of a heading match its section.
    const own = score(questionWords, wordsOf(row.text));
    return { ...row, index, score: own === 0 && row.heading === '' ? 0 : own * 2 + score(questionWords, wordsOf(row.heading)) };
  });
  const best = scored
    .filter((row) => row.score > 0)
    .toSorted((a, b) => b.score - a.score || a.index - b.index)
    .slice(0, MOST_LINES)
    .toSorted((a, b) => a.index - b.index);
  return best.length === 0 ? undefined : best.map(({ text }) => text);
}

/** The first lines, for a question that none of it answers. */
export function beginningOf({ summary }: KnownAnalysis): readonly string[] {
  return rowsOf(summary)
    .slice(0, 3)
    .map(({ text }) => text);
}

interface Row {
  readonly heading: string;
  readonly text: string;
}

/**
 * Lines with their heading, paragraphs by sentence. Rules of tables and the headings themselves are
 * left out.
 */
function rowsOf(summary: string): readonly Row[] {
  let heading = '';
  return summary.split('\n').flatMap((line): Row[] => {
    const title = /^#{1,6}\s+(.*)$/.exec(line)?.[1];
    if (title !== undefined) heading = title;
    const text = line.replace(/^\s*(?:[-*•]|\d+\.)\s+/, '').trim();
    if (title !== undefined || text === '' || text.startsWith('|')) return [];
    return text.split(/(?<=[.!?؟])\s+(?=[\p{Lu}\p{Script=Arabic}*])/u).map((sentence) => ({ heading, text: sentence }));
  });
}

/** In lower case, without their endings as far as that is simple. */
function wordsOf(text: string): readonly string[] {
  return (text.toLowerCase().match(/[\p{L}\p{N}]{2,}/gu) ?? []).filter((word) => !EMPTY.has(word));
}

function score(question: readonly string[], words: readonly string[]): number {
  return question.filter((one) => words.some((word) => alike(one, word))).length;
}

function alike(a: string, b: string): boolean {
  if (a === b || GROUPS.some((group) => group.has(a) && group.has(b))) return true;
  // "margins" matches "margin", "valuation" matches "valuations". Short words must be equal.
  return Math.min(a.length, b.length) >= 5 && (a.startsWith(b) || b.startsWith(a));
}
