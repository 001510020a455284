/**
 * Where a bare link in a text ends. Libraries know the punctuation
 * of ASCII and take a closing curly quote or an Arabic comma into the address. Pure.
 *
 * Invariants (`test/machines/links.test.ts`)
 * 1. The host is letters, digits, hyphens and dots. A name before an `@` makes it no link, because
 *    what looks like the host would be another.
 * 2. Punctuation of any script is no part of a link at its end, and neither is a bracket or a quote
 *    that was opened before it. Brackets within a link stay in it, as in `/wiki/Actor_(model)`.
 */

/** A link begins like this, behind any character that `continues` does not name. */
const BEGINNING = /^(?:https?:\/\/|www\.)/i;
/**
 * The last label is of one script. Text without spaces may follow it at once, as in
 * `https://example.com谢谢`.
 */
const HOST = /^(?:[\p{L}\p{M}\p{N}_-]+\.)*(?:[a-z0-9-]+(?![\p{Script=Latin}\p{M}\p{N}])|[\p{L}\p{M}\p{N}_-]+)(?::\d{1,5})?/iu;
/**
 * What comes before is a name, as in `https://user:word@host/`, and the host is another. No name is
 * longer, so a long text is not read to its end for each of its links.
 */
const NAMED = /^[^\s/?#@]{0,2000}@/;
/** White space, controls, marks that steer the direction, emoji, and what no address has. */
const STOP = /[\s\p{Cc}\p{Cs}\p{Emoji_Presentation}\u061C\u200B\u200E\u200F\u202A-\u202E\u2060-\u2069\uFEFF<>"`\\|^＜＞＂｜]/u;
/** Brackets and quotes, which open and close apart. German closes with what English opens with. */
const PAIRS = [
  { opening: /\p{Ps}/u, closing: /\p{Pe}/u },
  { opening: /\p{Pi}/u, closing: /\p{Pf}/u },
];
/** What is closed within the link stays at its end. */
const TRAILING = /(?:&[a-z0-9]{1,32};|[!'*,.:;?_~]|(?![\x20-\x7E])[\p{Po}\p{Pd}\p{Pc}\p{Cf}]|[\p{Ps}\p{Pi}])$/iu;
const LONGEST_TRAILING = 34;

/** Length of the link with which the text begins, in UTF-16 units. 0 if it begins with none. */
export function linkLength(text: string): number {
  const [beginning = ''] = BEGINNING.exec(text) ?? [];
  if (beginning === '') return 0;
  const [host = ''] = HOST.exec(text.slice(beginning.length)) ?? [];
  const authority = beginning.length + host.length;
  if (!/[\p{L}\p{N}]/u.test(host) || NAMED.test(text.slice(authority))) return 0;
  // Names of mixed directions, and ports beyond the last, lead nowhere.
  if (!URL.canParse(`http://${text.slice(/^www/i.test(beginning) ? 0 : beginning.length, authority)}`)) return 0;
  if (!/[/?#]/.test(text[authority] ?? '')) return authority;
  return Math.max(authority, trimmed(text, endOfPath(text, authority)));
}

/** Whether a link cannot begin after this text, because the text's last word continues. */
export function continues(before: string): boolean {
  return /[a-z0-9@./:_-]$/i.test(before);
}

function endOfPath(text: string, from: number): number {
  const open = PAIRS.map(() => 0);
  let end = from;
  for (const character of text.slice(from)) {
    if (STOP.test(character) || endsBehind(text[end - 1] ?? '', character)) return end;
    for (const [kind, { opening, closing }] of PAIRS.entries()) {
      const depth = open[kind] ?? 0;
      if (opening.test(character)) open[kind] = depth + 1;
      else if (closing.test(character) && !isApostrophe(character, text.slice(end + 1))) {
        if (depth === 0) return end;
        open[kind] = depth - 1;
      }
    }
    end += character.length;
  }
  return end;
}

/**
 * Punctuation of another script behind ASCII belongs to the sentence, as in
 * `https://example.com/a。谢谢`. Within a title of that script it belongs to the title.
 */
function endsBehind(before: string, character: string): boolean {
  return /[\x21-\x7E]/.test(before) && before !== '/' && /(?![\x20-\x7E\u00B7])\p{Po}/u.test(character);
}

/** The apostrophe of `L’Oréal` is a closing quote too. */
function isApostrophe(character: string, after: string): boolean {
  return character === '\u2019' && /^\p{L}/u.test(after);
}

function trimmed(text: string, from: number): number {
  let end = from;
  for (;;) {
    const [trailing = ''] = TRAILING.exec(text.slice(Math.max(0, end - LONGEST_TRAILING), end)) ?? [];
    if (trailing === '') return end;
    end -= trailing.length;
  }
}
