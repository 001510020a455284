/**
 * Timeline to draw, with days, groups of one author's messages, and lines for a change of handler.
 * Pure.
 */
import type { ShownCard } from '../media/card-schema.ts';
import { type FeedState, type ReceivedMessage, splitId } from './feed-state.ts';
import type { Waiting } from './outbox.ts';
import type { FeedMessage, Reaction, Reply, SentFile, SentMedia } from './protocol.ts';
import { messageName, type Quote, quoteOf } from './quotes.ts';
import { isRating } from './rating.ts';

export type Mark = 'waiting' | 'sent' | 'read' | 'refused';

export interface MessageRow {
  readonly kind: 'message';
  readonly key: string;
  readonly author: FeedMessage['author'];
  readonly name?: string;
  readonly text: string;
  /** Replies that the visitor may choose by one press. */
  readonly replies?: readonly Reply[];
  /** The message is this file, and `text` its name. */
  readonly file?: SentFile;
  /** Shown below `caption`, in place of `text`, which has both as words. */
  readonly card?: ShownCard;
  readonly caption?: string;
  /** Of ours, on the visitor's own only. */
  readonly reaction?: Reaction & { readonly emoji: string };
  /** By which the visitor answers it. */
  readonly answerTo?: string;
  /** The message that it answers. */
  readonly quote?: Quote;
  /** What the visitor sent beside the text. */
  readonly media?: readonly SentMedia[];
  readonly at: number;
  /** First and last of its group, where the name and the time are shown. */
  readonly first: boolean;
  readonly last: boolean;
  /** On the visitor's own only. */
  readonly mark?: Mark;
  readonly refused?: string;
  /** The id in the outbox, while it is there. */
  readonly waitingId?: string;
}

export type Row =
  | MessageRow
  | { readonly kind: 'day'; readonly key: string; readonly at: number }
  | {
      readonly kind: 'line';
      readonly key: string;
      readonly line: 'waiting' | 'human' | 'bot' | 'closed';
      readonly name?: string;
    };

/** Commands that buttons of the page stand for. They are not shown while they are sent. */
const PRESSED = ['/stop', '/assistant', '/agent'];
/** A rating is shown once the server has it, in words. */
const isPress = (text: string): boolean => PRESSED.includes(text) || isRating(text);
/** Gap of five minutes between messages, above which they form separate groups. */
const GROUP_MS = 5 * 60_000;

/**
 * The server has it and its stream has not delivered it yet, which some machines never do. It keeps
 * its place after message `after`. Null means before all.
 */
export type Taken = Waiting & { readonly after: string | null };

/** `answering` means that an answer is being prepared or written. */
export type ShownFeed = Pick<FeedState, 'messages' | 'notices'> & { readonly answering: boolean };

/**
 * @param waiting messages that the server does not have yet. @param taken messages that it has
 * taken and not delivered yet.
 */
export function timeline(feed: ShownFeed, waiting: readonly Waiting[], taken: readonly Taken[], dayOf: (at: number) => string): Row[] {
  const rows: Row[] = [];
  let day = '';
  let who: 'bot' | 'human' = 'bot';
  let humanName: string | undefined;
  const shown = new Set(feed.messages.map((message) => message.clientId));
  const notices = Map.groupBy(feed.notices, (notice) => notice.after);
  const notShown = Map.groupBy(
    taken.filter(({ id }) => !shown.has(id)),
    ({ after }) => after,
  );
  const answeredUpTo = lastAnswered(feed);

  const pushDay = (at: number): void => {
    const next = dayOf(at);
    // The visitor's clock and the server's differ. A day begins once.
    if (next <= day) return;
    day = next;
    rows.push({ kind: 'day', key: `day-${next}`, at });
  };
  const pushNotices = (after: string | null, index: number): void => {
    for (const [i, notice] of (notices.get(after) ?? []).entries()) {
      const key = `${notice.kind}-${after ?? 'start'}-${i}`;
      if (notice.kind === 'human') {
        const name = notice.name ?? nextAgentName(feed.messages, index);
        if (who === 'human' && (name === undefined || name === humanName)) continue;
        who = 'human';
        humanName = name;
        rows.push({ kind: 'line', key, line: 'human', ...(name === undefined ? {} : { name }) });
      } else {
        if (notice.kind !== 'waiting') who = 'bot';
        rows.push({ kind: 'line', key, line: notice.kind });
      }
    }
  };

  const pushOwn = (item: Waiting, mark: Mark): void => {
    if (isPress(item.text) && mark !== 'refused') return;
    pushDay(item.at);
    rows.push({ ...ownRow(item, mark), ...quoting(item, feed.messages) });
  };

  pushNotices(null, -1);
  for (const item of notShown.get(null) ?? []) pushOwn(item, answeredUpTo >= 0 ? 'read' : 'sent');
  for (const [index, message] of feed.messages.entries()) {
    pushDay(message.at);
    if (message.author === 'agent' && who === 'bot') {
      who = 'human';
      humanName = message.name;
      rows.push({ kind: 'line', key: `human-${message.id}`, line: 'human', ...(message.name === undefined ? {} : { name: message.name }) });
    } else if (message.author === 'assistant' && who === 'human') {
      who = 'bot';
      rows.push({ kind: 'line', key: `bot-${message.id}`, line: 'bot' });
    }
    if (!isAnsweredPress(message, feed.messages[index + 1])) {
      rows.push({ ...messageRow(message, index <= answeredUpTo), ...quoting(message, feed.messages) });
    }
    pushNotices(message.id, index);
    for (const item of notShown.get(message.id) ?? []) pushOwn(item, index < answeredUpTo ? 'read' : 'sent');
  }
  for (const item of waiting) if (!shown.has(item.id)) pushOwn(item, item.refused === undefined ? 'waiting' : 'refused');
  return grouped(rows);
}

function quoting({ replyTo }: Pick<Waiting, 'replyTo'>, messages: readonly FeedMessage[]): Pick<MessageRow, 'quote'> {
  return replyTo === undefined ? {} : { quote: quoteOf(replyTo, messages) };
}

/**
 * The notice behind such a command says what it did. The command itself, which is often a button,
 * is not shown beside it. Without a notice, it was a message like others.
 */
function isAnsweredPress(message: FeedMessage, next: FeedMessage | undefined): boolean {
  return message.author === 'customer' && PRESSED.includes(message.text.trim()) && next?.author === 'system';
}

function ownRow({ id, text, files = [], location, at, refused }: Waiting, mark: Mark): MessageRow {
  const reason = refused === undefined ? {} : { refused };
  const media: SentMedia[] = [
    ...files.map(({ name, mimeType, size }) => ({ kind: 'document' as const, fileName: name, mimeType, size })),
    ...(location === undefined ? [] : [{ kind: 'location' as const, ...location }]),
  ];
  const own = { kind: 'message', key: id, author: 'customer', text, at, first: true, last: true, mark, waitingId: id } as const;
  return { ...own, ...(media.length === 0 ? {} : { media }), ...reason };
}

function messageRow(message: ReceivedMessage, answered: boolean): MessageRow {
  const { id, clientId, author, name, text, replies, file, card, caption = '', media, at, delivery, reaction } = message;
  const base = {
    kind: 'message',
    key: clientId ?? id,
    author,
    text,
    at,
    first: true,
    last: true,
    ...(name === undefined ? {} : { name }),
    ...(file === undefined ? {} : { file }),
    ...(replies === undefined ? {} : { replies }),
    ...(card === undefined ? {} : { card, caption }),
    ...(media === undefined ? {} : { media }),
  } as const;
  const answerTo = author === 'system' ? undefined : messageName(message);
  if (author !== 'customer') return answerTo === undefined ? base : { ...base, answerTo };
  const reacted = reaction?.emoji == null ? {} : { reaction: { ...reaction, emoji: reaction.emoji } };
  return { ...base, ...reacted, mark: answered || delivery?.status === 'read' || delivery?.status === 'delivered' ? 'read' : 'sent' };
}

/** A handler that answers, or has begun to, has read the earlier messages. */
function lastAnswered(feed: ShownFeed): number {
  if (feed.answering) return feed.messages.length - 1;
  return feed.messages.findLastIndex((message) => message.author === 'assistant' || message.author === 'agent');
}

function nextAgentName(messages: readonly FeedMessage[], index: number): string | undefined {
  const next = messages.slice(index + 1).find((message) => message.author === 'agent' || message.author === 'assistant');
  return next?.author === 'agent' ? next.name : undefined;
}

function grouped(rows: readonly Row[]): Row[] {
  return rows.map((row, i) => {
    if (row.kind !== 'message') return row;
    const first = !together(rows[i - 1], row);
    const last = !together(row, rows[i + 1]);
    return { ...row, first, last };
  });
}

function together(a: Row | undefined, b: Row | undefined): boolean {
  return (
    a?.kind === 'message' &&
    b?.kind === 'message' &&
    a.author === b.author &&
    a.name === b.name &&
    b.at - a.at < GROUP_MS &&
    a.refused === undefined &&
    a.mark === b.mark
  );
}

/** What a receipt may say of the last message that is not the visitor's own. */
export function lastReceived(messages: readonly FeedMessage[]): string | undefined {
  const last = messages.findLast((message) => message.author !== 'customer');
  return last !== undefined && Number.isInteger(splitId(last.id).seq) ? last.id : undefined;
}
