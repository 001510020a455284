/**
 * Labelled messages of customers, and how well a reader does on them. The labels were written
 * before the rules. Every third message is held out. The rules were never tuned on those.
 */
import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import type { Extraction } from '#assistants/index.ts';

const row = z.tuple([z.string(), z.string(), z.record(z.string(), z.json()), z.string().optional()]);

export interface Labelled {
  readonly kind: string;
  readonly text: string;
  readonly facts: Readonly<Record<string, z.infer<ReturnType<typeof z.json>>>>;
  /** The field that our message before asked for. */
  readonly asked: string | undefined;
  readonly isHeldOut: boolean;
}

export async function labelledMessages(): Promise<readonly Labelled[]> {
  const rows = z.array(row).parse(JSON.parse(await readFile(new URL('labelled-messages.json', import.meta.url), 'utf8')));
  return rows.map(([kind, text, facts, asked], index) => ({ kind, text, facts, asked, isHeldOut: index % 3 === 2 }));
}

/** Sunday morning in Cairo. */
export const SENT_AT = Date.parse('2026-11-29T08:00:00Z');

/** Our question for each field, as the concierge asks it. */
const QUESTIONS: Readonly<Record<string, string>> = {
  bedrooms: 'How many bedrooms do you need?',
  budget: 'What is your budget?',
  locations: 'Which area do you have in mind?',
  purpose: 'Would you like to buy or to rent?',
  types: 'Are you looking for an apartment, a villa, or something else?',
  moveIn: 'When would you like to move in?',
  name: 'May I have your name?',
};

export function readLabelled({ byRules }: Extraction, { text, asked }: Labelled) {
  const before = asked === undefined ? [] : [{ role: 'assistant' as const, text: QUESTIONS[asked] ?? '' }];
  return byRules?.({ messages: [{ id: 'm1', text, at: SENT_AT }], before, known: {} }) ?? {};
}

export type Readings = ReadonlyMap<Labelled, ReturnType<typeof readLabelled>>;

export interface Score {
  right: number;
  wrong: number;
  missed: number;
}

function isSame(a: unknown, b: unknown): boolean {
  const sorted = (value: unknown): unknown => (Array.isArray(value) ? value.map(String).toSorted() : value);
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

/** Counts by field. A wrong value is wrong, and the right one missed. */
export function scored(messages: readonly Labelled[], readings: Readings): ReadonlyMap<string, Score> {
  const scores = new Map<string, Score>();
  const of = (field: string): Score => {
    const score = scores.get(field) ?? { right: 0, wrong: 0, missed: 0 };
    scores.set(field, score);
    return score;
  };
  for (const message of messages) {
    const read = readings.get(message) ?? {};
    for (const field of new Set([...Object.keys(read), ...Object.keys(message.facts)])) {
      const [given, label] = [read[field]?.value, message.facts[field]];
      if (given !== undefined && isSame(given, label)) of(field).right += 1;
      else {
        if (given !== undefined) of(field).wrong += 1;
        if (label !== undefined) of(field).missed += 1;
      }
    }
  }
  return scores;
}

export function total(scores: ReadonlyMap<string, Score>): Score {
  const sum = { right: 0, wrong: 0, missed: 0 };
  for (const { right, wrong, missed } of scores.values()) {
    sum.right += right;
    sum.wrong += wrong;
    sum.missed += missed;
  }
  return sum;
}

export function precision({ right, wrong }: Score): number {
  return right + wrong === 0 ? 1 : right / (right + wrong);
}

export function recall({ right, missed }: Score): number {
  return right + missed === 0 ? 1 : right / (right + missed);
}
