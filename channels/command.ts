/**
 * Reads a command where people write it. It may stand behind a mention of the bot, in any case,
 * with full-width letters, with invisible or no-break characters, in quotes, and before
 * punctuation. A path such as `/home/mona` is no command, and neither is one that a sentence
 * quotes. Pure.
 */
import { saidBy } from '#machines/session/saying.ts';

export interface WrittenCommand {
  /** Lower case, as `customer.command` has it. */
  readonly name: string;
  /** What follows, as it was written. */
  readonly args: string;
  /** The bot that it was addressed to (`/name@bot`), without the @. */
  readonly bot?: string;
}

/**
 * Longest `args` in UTF-16 units that a session takes. They are words, not a document. A channel
 * decides what becomes of a longer one.
 */
export const MAX_COMMAND_ARGS = 4_000;

/** Invisible characters, such as a zero-width joiner or a mark of direction. */
const UNSEEN = String.raw`\p{Default_Ignorable_Code_Point}`;
const SPACE = String.raw`[\s${UNSEEN}]`;
/** A zero-width space ends a word, as a space does. */
const END = String.raw`(?=[\s\u200b]|$)`;
const STOPS = '[.…。．,;:!?،؛؟，；：！？]';

const LEADING = new RegExp(`^${SPACE}+`, 'u');
const ALL_UNSEEN = new RegExp(`[${UNSEEN}]`, 'gu');
const MENTION = new RegExp(`^${SPACE}*[@＠](\\w{1,64})[,:،]?${SPACE}+`, 'u');
const SOLIDUS = '[/／⁄∕]';
/** Any letters, because full-width ones become Latin ones. Others make it no command. */
const NAME = String.raw`(?:(?!\u200b)[\p{L}\p{M}\p{N}_＿${UNSEEN}]){1,100}`;
/** A point needs a space behind it, because `/etc.d` is a path. A comma does not. */
const COMMAND = new RegExp(
  String.raw`^${SPACE}*${SOLIDUS}[${UNSEEN}]*(${NAME})(?:[@＠](${NAME}))?(?:${STOPS}*${END}|[,;:!?،؛؟，；：！？]+)([\s\S]*)$`,
  'u',
);
const QUOTED = new RegExp(String.raw`^${SPACE}*["'“„«‘\x60*]+(${SOLIDUS}[^\s"'”»’\x60*]+)["'”“»’\x60*]+${STOPS}*${SPACE}*$`, 'u');

/**
 * Undefined if the text is no command. `self` is the bot's username. Without it the chat has one
 * reader, so any mention before the command is passed over.
 */
export function readCommand(text: string, self?: string): WrittenCommand | undefined {
  const unmentioned = withoutMention(text, self);
  const [, written, bot, rest = ''] = COMMAND.exec(QUOTED.exec(unmentioned)?.[1] ?? unmentioned) ?? [];
  if (written === undefined) return undefined;
  const name = plain(written).toLowerCase();
  if (!/^[a-z0-9_]{1,32}$/.test(name)) return undefined;
  return { name, args: trimmed(rest), ...(bot === undefined ? {} : { bot: plain(bot) }) };
}

function withoutMention(text: string, self: string | undefined): string {
  const mentioned = MENTION.exec(text);
  if (mentioned === null) return text;
  const [all, name = ''] = mentioned;
  return self === undefined || sameName(name, self) ? text.slice(all.length) : text;
}

/** Usernames do not differ in case. */
export function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function plain(written: string): string {
  return written.normalize('NFKC').replaceAll(ALL_UNSEEN, '');
}

/** Unseen characters inside stay, because joiners and directions are part of what was written. */
function trimmed(args: string): string {
  const begun = args.replace(LEADING, '');
  let end = begun.length;
  while (/[\s\u200b\u2060\ufeff]/.test(begun.charAt(end - 1))) end--;
  return begun.slice(0, end);
}

/**
 * What the press of a button means. The button `say TEXT` is the customer's message TEXT. Any other
 * id is a command, `name` or `name args`, and what is none is the argument of `button`.
 */
export function eventOfPress<C extends object>(id: string, common: C) {
  const text = saidBy(id);
  if (text !== undefined) return { type: 'message' as const, ...common, text };
  const [, name, args = ''] = /^\/?([a-z0-9_]{1,32})(?:\s+([\s\S]*))?$/i.exec(id) ?? [];
  if (name === undefined) return { type: 'command' as const, ...common, name: 'button', args: id };
  return { type: 'command' as const, ...common, name: name.toLowerCase(), args: args.trim() };
}
