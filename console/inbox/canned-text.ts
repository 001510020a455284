/** The texts of canned responses: which one is meant, in which language, and what is filled in. */
import * as z from 'zod/mini';
import type { CannedResponse } from '../client/library.ts';
import type { Saved } from './library.ts';

export const VARIABLES = ['customer.name', 'customer.handle', 'customer.phone', 'agent.name', 'session.queue'] as const;
export type Values = Readonly<Partial<Record<string, string>>>;

const VARIABLE = /\{\{\s*([\w.]+)\s*\}\}/g;

/** The text with every variable that has a value. The others stay as they are written. */
export function filled(text: string, values: Values): string {
  return text.replaceAll(VARIABLE, (written, name: string) => (Object.hasOwn(values, name) ? (values[name] ?? written) : written));
}

/** Names of the variables that a text still has, each once. */
export function missingIn(text: string): readonly string[] {
  return [...new Set([...text.matchAll(VARIABLE)].map(([, name = '']) => name))];
}

/** Where the first variable is that a text still has. */
export function firstMissing(text: string): readonly [number, number] | undefined {
  const at = text.search(VARIABLE);
  const [found] = text.match(VARIABLE) ?? [];
  return found === undefined ? undefined : [at, at + found.length];
}

/**
 * The text in the first of the languages that there is, by its tag or the language in it, else the
 * first text.
 */
export function textIn({ texts }: CannedResponse, locales: readonly (string | undefined)[]): string {
  const language = (tag: string): string => tag.toLowerCase().split('-')[0] ?? '';
  for (const wanted of locales) {
    if (wanted === undefined) continue;
    const found =
      texts.find(({ locale }) => locale.toLowerCase() === wanted.toLowerCase()) ??
      texts.find(({ locale }) => language(locale) === language(wanted));
    if (found !== undefined) return found.text;
  }
  return texts[0]?.text ?? '';
}

/** What is typed after a slash at the beginning. Undefined if the text is something else. */
export function shortcutIn(text: string): string | undefined {
  return /^\/([\p{L}\p{N}\p{M}_-]*)$/u.exec(text)?.[1];
}

/** Those that a query finds, the ones whose shortcut begins with it first. */
export function found(responses: readonly Saved<CannedResponse>[], query: string): readonly Saved<CannedResponse>[] {
  const wanted = folded(query);
  const begins = responses.filter(({ item }) => folded(item.name).startsWith(wanted));
  const has = responses.filter(
    (one) =>
      !begins.includes(one) &&
      [one.item.title, one.item.name, ...one.item.texts.map(({ text }) => text)].some((text) => folded(text).includes(wanted)),
  );
  return [...begins, ...has];
}

/** Without case and marks, so that أحمد is found as احمد. */
export function folded(text: string): string {
  return text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
}

const known = z.object({
  snapshot: z.object({
    context: z.object({
      customer: z.object({
        name: z.optional(z.string()),
        handle: z.optional(z.string()),
        phone: z.optional(z.string()),
        locale: z.optional(z.string()),
      }),
    }),
  }),
});

export type KnownCustomer = z.infer<typeof known>['snapshot']['context']['customer'];

/**
 * The customer as the session machine keeps it in a stored snapshot. Other machines may keep none.
 */
export function customerIn(stored: unknown): KnownCustomer {
  return known.safeParse(stored).data?.snapshot.context.customer ?? {};
}

export function valuesOf(customer: KnownCustomer, agentName: string, queue: string | null): Values {
  const given = {
    'customer.name': customer.name,
    'customer.handle': customer.handle,
    'customer.phone': customer.phone,
    'agent.name': agentName,
    'session.queue': queue ?? undefined,
  };
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => (value === undefined || value.trim() === '' ? [] : [[name, value]])),
  );
}
