/**
 * Removes secrets from tool results at any depth, under names that suggest a secret and inside
 * strings by their form. Pure. It removes too much rather than too little. A removed value reads
 * `[redacted]`, and the model can say so.
 *
 * The filter knows the form of a secret, not its meaning. A password without a name beside it
 * passes. Tools must not give away known secrets, and this filter is the net below.
 * docs/decisions/0051-redaction.md says why it is our own.
 */
import type { Json } from '#machines/definition.ts';

export const REDACTED = '[redacted]';

/** Values deeper than this are removed whole. Real data is not so deep, and a stack is finite. */
const MAX_DEPTH = 200;
/** JSON inside JSON strings, and so on. */
const MAX_NESTED_TEXT = 8;

/** The words of a property's name, `apiKey` being `api key`, that make its value a secret. */
const SECRET_NAME = new RegExp(
  `(?:^| )(?:${[
    'pass ?(?:word|wd|phrase|code)s?|pwd|secrets?|credentials?|authorization|(?:set )?cookies?|jwt|bearer|mnemonic|seed phrase|connection string|dsn',
    '(?:api|apis?|private|access|secret|signing|encryption|session|master|shared|subscription|service|account) ?keys?',
    '(?:access|refresh|id|auth|api|bearer|session|bot|oauth|security|csrf|xsrf|client|personal|webhook|push|verify|sas|x) ?tokens?',
    '(?<!page |next |continuation |sync )token$',
  ].join('|')})(?: |$)`,
);
/** Names that are secret only as a whole. Beside other words they mean something else. */
const SECRET_WHOLE = /^(?:x )?(?:auth|pass|sig|pin|otp|cvv|cvc)$/;
/** Headers whose value goes to the end of the line. */
const WHOLE_LINE = /cookie|authorization/i;

/** Kinds of keys that name a secret. All are without spaces, so that plain words never match. */
const KEYS = [
  /-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|$)/g,
  /\b(?:sk|pk|rk)-(?:ant-|proj-|or-|svcacct-|live-|test-)?[A-Za-z0-9_-]{16,}/g,
  /\b(?:sk|pk|rk|whsec)_(?:live_|test_)?[A-Za-z0-9]{16,}/g,
  /\b(?:gh[opusr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,})/g,
  /\bxox[abeoprs]-[A-Za-z0-9-]{10,}|\bxapp-[A-Za-z0-9-]{10,}/g,
  /\b(?:AKIA|ASIA|AGPA|AIDA|AROA|ANPA)[A-Z0-9]{16}\b/g,
  /\bAIza[A-Za-z0-9_-]{30,}|\bya29\.[A-Za-z0-9_-]{16,}/g,
  /\b(?:npm|hf|dop_v1|shpat|shpss|shpca|tskey|pypi|r8|gsk|xai|lin_api|PMAK|SG)[_.-][A-Za-z0-9_.-]{20,}/g,
  /\b\d{8,10}:AA[A-Za-z0-9_-]{30,}/g,
  /\bEAA[A-Za-z0-9]{30,}/g,
  /\b[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}/g,
  /\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)*/g,
];

/** `Bearer …`, and `Basic …` if it looks encoded. "basic earnings" does not match. */
const SCHEME =
  /\b(bearer\s+["']?)[A-Za-z0-9+/=_.~-]{8,}|\b((?:basic|token|digest|apikey)\s+["']?)(?=[A-Za-z0-9+/_.~-]*[0-9=])[A-Za-z0-9+/=_.~-]{16,}/gi;
/**
 * `scheme://name:password@host`. A port does not match. The password extends to the last `@`,
 * because it may contain one.
 */
const URL_PASSWORD = /([a-z][a-z0-9+.-]{0,30}:\/\/)([^\s/?#:@"'<>]{0,200}):(?!\d{1,5}(?:[/?#]|$))[^\s"'<>]{0,2000}@/gi;
/** `https://token@host`. */
const URL_USER = /(https?:\/\/)[^\s/?#:@"'<>]{8,500}@/gi;
/**
 * `name=`, `name: `, `"name": `, with escaped quotes, in query strings, headers, .env files and
 * code.
 */
const NAMED = /([?&]?)([A-Za-z][A-Za-z0-9_.-]{1,60})(?:\\*["'])?\s*(?:=>|[=:])[^\S\r\n]*/g;
const OPENING_QUOTE = /\\*["']/y;
const PLAIN_VALUE = /(?:\[redacted\]|[^\s&,;"'<>})\]\\])*/y;
const LINE = /[^\r\n]*/y;

/** A copy without secrets. Objects keep their properties' names, arrays their places. */
export function redactSecrets(value: Json): Json {
  return redact(value, 0, 0);
}

/** The same for a text. */
export function redactText(text: string): string {
  return redactString(text, 0);
}

/**
 * Error for the log, with its message and stack without secrets, and none of its other properties.
 */
export function redactError(error: unknown): Error {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  const clean = new Error(redactText(message));
  clean.name = name;
  clean.stack = redactText(stack ?? '');
  return clean;
}

function redact(value: Json, depth: number, nested: number): Json {
  if (typeof value === 'string') return redactString(value, nested);
  if (value === null || typeof value !== 'object') return value;
  if (depth >= MAX_DEPTH) return REDACTED;
  if (isArray(value)) return value.map((item) => redact(item, depth + 1, nested));
  const entries = Object.entries(value).map(([name, item]) => [
    redactString(name, nested),
    isSecretName(name) && item !== null && typeof item !== 'boolean' && item !== ''
      ? REDACTED
      : item === undefined
        ? item
        : redact(item, depth + 1, nested),
  ]);
  return Object.fromEntries(entries);
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

export function isSecretName(name: string): boolean {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .replaceAll(/[^A-Za-z0-9]+/g, ' ')
    .trim()
    .toLowerCase();
  return SECRET_NAME.test(words) || SECRET_WHOLE.test(words);
}

function redactString(text: string, nested: number): string {
  // JSON in a string is parsed, because each value has its name beside it there.
  const inside = nested < MAX_NESTED_TEXT ? jsonIn(text) : undefined;
  if (inside !== undefined) {
    const clean = JSON.stringify(redact(inside, 0, nested + 1));
    // Rewritten only if necessary. Numbers that JavaScript cannot represent keep their text.
    if (clean !== JSON.stringify(inside)) return clean;
  }
  let clean = text;
  for (const kind of KEYS) clean = clean.replaceAll(kind, REDACTED);
  clean = clean.replaceAll(URL_PASSWORD, `$1$2:${REDACTED}@`).replaceAll(URL_USER, `$1${REDACTED}@`).replaceAll(SCHEME, `$1$2${REDACTED}`);
  return redactNamed(clean);
}

function redactNamed(text: string): string {
  let clean = '';
  let at = 0;
  for (const found of text.matchAll(NAMED)) {
    const [all, before, name = ''] = found;
    if (found.index < at || !(isSecretName(name) || (before !== '' && name === 'key'))) continue;
    const start = found.index + all.length;
    const quote = matchAt(OPENING_QUOTE, text, start);
    const from = start + quote.length;
    const to = quote === '' ? from + matchAt(WHOLE_LINE.test(name) ? LINE : PLAIN_VALUE, text, from).length : closing(text, quote, from);
    if (to === from) continue;
    clean += text.slice(at, from) + REDACTED;
    at = to;
  }
  return clean + text.slice(at);
}

function matchAt(pattern: RegExp, text: string, at: number): string {
  const sticky = new RegExp(pattern);
  sticky.lastIndex = at;
  return sticky.exec(text)?.[0] ?? '';
}

/**
 * End of the quoted value. It is the same quote with the same escaping and no deeper. Without one,
 * the value ends with the text.
 */
function closing(text: string, quote: string, from: number): number {
  for (let at = text.indexOf(quote, from); at >= 0; at = text.indexOf(quote, at + quote.length)) {
    if (text[at - 1] !== '\\') return at;
  }
  return text.length;
}

function jsonIn(text: string): Json | undefined {
  if (!/^\s*[[{"]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
