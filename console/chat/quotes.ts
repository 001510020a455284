/** What a message answers, as the page shows it above the message and above the composer's field. */
import { quoteLine } from '#machines/session/quote-line.ts';
import { plainText } from '../text/plain-text.ts';
import type { FeedMessage } from './protocol.ts';

export interface Quote {
  /** Key of the row of the message. Undefined if the page does not have it. */
  readonly key: string | undefined;
  readonly author: FeedMessage['author'] | undefined;
  /** The agent that wrote it. */
  readonly name: string | undefined;
  /** On one line. Empty for what has no words. */
  readonly text: string;
}

/** By which `replyTo` names a message. */
export function messageName({ author, clientId, ref }: Pick<FeedMessage, 'author' | 'clientId' | 'ref'>): string | undefined {
  return author === 'customer' ? clientId : ref;
}

export function quoteOf(replyTo: string, messages: readonly FeedMessage[]): Quote {
  const message = messages.findLast((one) => messageName(one) === replyTo);
  if (message === undefined) return { key: undefined, author: undefined, name: undefined, text: '' };
  const { author, name, text, media = [], clientId, id } = message;
  const words = author === 'customer' ? text : plainText(text);
  const said = words.trim() === '' ? media.flatMap(({ fileName }) => fileName ?? []).join(', ') : words;
  return { key: clientId ?? id, author, name, text: quoteLine(said) };
}

export function sameQuote(a: Quote | undefined, b: Quote | undefined): boolean {
  return a?.key === b?.key && a?.author === b?.author && a?.name === b?.name && a?.text === b?.text;
}
