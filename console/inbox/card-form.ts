/**
 * What agents type into the forms of cards, and what is wrong with it. The limits are those of the
 * server.
 */
import * as z from 'zod/mini';
import { MAX_LINE, MAX_URL, ONE_LINE, PHONE } from '#machines/session/card-rules.ts';
import { isVisible } from '#machines/text.ts';

export type FieldFault = 'needed' | 'tooLong' | 'place' | 'shortLink' | 'phone' | 'email' | 'url';

interface Degrees {
  readonly latitude: number;
  readonly longitude: number;
}

const NUMBER = String.raw`([-+]?\d{1,3}(?:\.\d+)?)`;
const PAIR = new RegExp(String.raw`^\(?${NUMBER}°?\s*[,;\s]\s*${NUMBER}°?\)?$`);
/** Where the pin of a place is. The part behind an `@` is the middle of what the map shows. */
const PIN = new RegExp(`!3d${NUMBER}!4d${NUMBER}`);
const MIDDLE = new RegExp(String.raw`@${NUMBER},\s*${NUMBER}`);
const QUERIES = ['query', 'q'] as const;

/** The place of two numbers or of a link to Google Maps. Undefined if it has none. */
export function placeIn(text: string): Degrees | undefined {
  const typed = western(text).trim();
  const [link] = /https?:\/\/\S+/i.exec(typed) ?? [];
  const found = link === undefined ? PAIR.exec(typed) : pairIn(link);
  if (found === null || found === undefined) return undefined;
  const [latitude, longitude] = [Number(found[1]), Number(found[2])];
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? { latitude, longitude } : undefined;
}

function pairIn(link: string): RegExpExecArray | undefined {
  if (!URL.canParse(link)) return undefined;
  const { pathname, searchParams } = new URL(link);
  const pin = PIN.exec(pathname);
  if (pin !== null) return pin;
  for (const name of QUERIES) {
    const pair = PAIR.exec((searchParams.get(name) ?? '').replace(/^loc:/, '').trim());
    if (pair !== null) return pair;
  }
  return MIDDLE.exec(pathname) ?? undefined;
}

/** Digits and separators of Arabic and Persian as those of ASCII. */
function western(text: string): string {
  return text
    .replaceAll(/[\u0660-\u0669]/g, (digit) => String(digit.charCodeAt(0) - 0x660))
    .replaceAll(/[\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) - 0x6f0))
    .replaceAll('٫', '.')
    .replaceAll(/[،؛]/g, ',')
    .replaceAll('−', '-')
    .replaceAll(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '');
}

export function placeFault(text: string): FieldFault | undefined {
  if (!isVisible(text)) return 'needed';
  if (placeIn(text) !== undefined) return undefined;
  return /goo\.gl/i.test(text) ? 'shortLink' : 'place';
}

/** Of a text of one line. One that shows nothing is no fault unless it is `needed`. */
export function lineFault(text: string, field: keyof typeof MAX_LINE, needed = false): FieldFault | undefined {
  if (!isVisible(text)) return needed ? 'needed' : undefined;
  const typed = text.trim();
  return typed.length > MAX_LINE[field] || !ONE_LINE.test(typed) ? 'tooLong' : undefined;
}

export function phoneIn(text: string): string {
  return western(text).trim();
}

export function phoneFault(text: string): FieldFault | undefined {
  if (!isVisible(text)) return 'needed';
  return PHONE.test(phoneIn(text)) ? undefined : 'phone';
}

const email = z.email();

export function emailFault(text: string): FieldFault | undefined {
  const typed = optional(text);
  if (typed === undefined) return undefined;
  return email.safeParse(typed).success ? lineFault(typed, 'email') : 'email';
}

const page = z.url({ protocol: /^https?$/ });

/** An address without its beginning is one of the web. */
export function urlIn(text: string): string {
  const typed = text.trim();
  return /^[a-z][a-z\d+.-]*:/i.test(typed) ? typed : `https://${typed}`;
}

export function urlFault(text: string): FieldFault | undefined {
  if (!isVisible(text)) return 'needed';
  const typed = urlIn(text);
  if (typed.length > MAX_URL) return 'tooLong';
  return page.safeParse(typed).success ? undefined : 'url';
}

/** What an optional field has. The server takes no text that shows nothing. */
export function optional(text: string): string | undefined {
  return isVisible(text) ? text.trim() : undefined;
}
