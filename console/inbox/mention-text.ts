/** Mentions in the text of a note. They are written as `@` and the colleague's name. */
import { folded } from './canned-text.ts';

export interface Mentioned {
  readonly id: string;
  readonly name: string;
}

/** A mention that is being typed. */
export interface OpenMention {
  /** Where its `@` is. */
  readonly start: number;
  readonly query: string;
}

/** The mention before the caret. Undefined if none is being typed there. */
export function mentionAt(text: string, caret: number): OpenMention | undefined {
  const [, query] = /(?:^|[\s\p{P}])@([^@\n]{0,60})$/u.exec(text.slice(0, caret)) ?? [];
  return query === undefined ? undefined : { start: caret - query.length - 1, query };
}

/** Colleagues whose name has a word that begins with the query. */
export function colleaguesFor<Colleague extends Mentioned>(colleagues: readonly Colleague[], query: string): readonly Colleague[] {
  const wanted = folded(query);
  return colleagues.filter(({ name }) => {
    const own = folded(name);
    return own.startsWith(wanted) || (wanted !== '' && own.split(/\s+/).some((word) => word.startsWith(wanted)));
  });
}

/** The text with the name in place of what was typed, and where the caret goes. */
export function withMention(text: string, { start, query }: OpenMention, name: string): { readonly text: string; readonly caret: number } {
  const before = `${text.slice(0, start)}@${name} `;
  return { text: before + text.slice(start + 1 + query.length).replace(/^ /, ''), caret: before.length };
}

/** Ids of the chosen colleagues whose mention is still in the text, each once. */
export function mentionedIn(text: string, chosen: readonly Mentioned[]): readonly string[] {
  return [...new Set(chosen.filter(({ name }) => text.includes(`@${name}`)).map(({ id }) => id))];
}

export interface NotePart {
  readonly text: string;
  readonly isMention: boolean;
}

/** A text in its parts. Of two names that begin alike, the longer one is meant. */
export function notePartsOf(text: string, names: readonly string[]): readonly NotePart[] {
  const written = names.map((name) => `@${name}`).toSorted((a, b) => b.length - a.length);
  const parts: NotePart[] = [];
  let plainFrom = 0;
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    const found = written.find((one) => text.startsWith(one, at));
    if (found === undefined) continue;
    if (at > plainFrom) parts.push({ text: text.slice(plainFrom, at), isMention: false });
    parts.push({ text: found, isMention: true });
    plainFrom = at + found.length;
    at = plainFrom - 1;
  }
  if (plainFrom < text.length) parts.push({ text: text.slice(plainFrom), isMention: false });
  return parts;
}
