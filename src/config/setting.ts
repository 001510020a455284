/** One name of the environment: what its documentation and its schema are made of. */
import * as z from 'zod';
import { Secret } from './secret.ts';

export interface Name {
  readonly group:
    | 'HTTP'
    | 'Storage'
    | 'Sessions'
    | 'Assistants'
    | 'Telegram'
    | 'Model'
    | 'Agent process'
    | 'Market data'
    | 'Budgets'
    | 'Logs';
  /** Takes the text. Of an absent name only `fallback` is taken. */
  readonly schema: z.ZodType;
  /** As one would write it. Absent: unset, and `about` says what that means. */
  readonly fallback?: string;
  /** What it does, what it trades, when to leave it alone. One or two sentences. */
  readonly about: string;
  readonly secret?: true;
}

export function name<const D extends Name>(definition: D): D {
  return definition;
}

/** A number in a range, with the unit in its message. */
export function quantity(unit: string, min: number, max: number, whole = false) {
  const expected = `expected ${whole ? 'a whole number' : 'a number'}${unit && ` of ${unit}`} from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d+(\.\d+)?$/, expected)
    .transform(Number)
    .refine((value) => value >= min && value <= max && (!whole || Number.isInteger(value)), expected);
}

export const secret = (schema: z.ZodType<string>) => schema.transform((value) => new Secret(value));

export function url(protocols: readonly string[], example: string) {
  const expected = `expected a URL such as ${example}`;
  return z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), expected);
}

/** Of a server that is spoken to, without a slash at the end. */
export const HTTP_URL = url(['http:', 'https:'], 'https://api.example.com').transform((text) => text.replace(/\/+$/, ''));
