/**
 * State of the conversation from the stream's events. It is a pure reducer, so that duplicates,
 * late and reordered events have one defined outcome each.
 *
 * Invariants
 * 1. Each message id occurs once. Messages of one session are in order of their seq, sessions in
 *    order of appearance.
 * 2. A run's text is shown either as a draft or as its message, never both. A delta after its
 *    message is ignored.
 * 3. A delta that does not continue the known text is ignored. The message, or a restart at offset
 *    0, corrects it.
 * 4. An event that changes nothing returns the same object.
 * 5. A state or a reaction that a resumed stream repeats changes nothing. Its `seq` is not higher
 *    than the last.
 */
import type { FeedEvent, FeedMessage, Reaction, ReceiptStatus } from './protocol.ts';

/** Partial answer. At most one at a time, because one run works for a session. */
export interface PartialMessage {
  readonly runId: string;
  readonly text: string;
  /**
   * The run has ended and its message has not arrived. It was stopped, or the message is on its
   * way.
   */
  readonly ended: boolean;
}

/** A change of handler, or the end of a session, at the place where it was received. */
export interface Notice {
  readonly kind: 'waiting' | 'human' | 'bot' | 'closed';
  /** Message that it came after. Null if it came before all. */
  readonly after: string | null;
  readonly sessionId: string;
  readonly name?: string;
}

export interface SessionState {
  readonly sessionId: string;
  readonly state: string;
  readonly handler: string;
  readonly open: boolean;
  readonly name?: string | undefined;
  /** When the wait for a human began, while it waits. Milliseconds since the epoch. */
  readonly waitingSince?: number | undefined;
  readonly seq?: number | undefined;
}

/** With the last reaction to it. One that was taken back has no emoji. */
export type ReceivedMessage = FeedMessage & { readonly reaction?: Reaction };

export interface FeedState {
  readonly messages: readonly ReceivedMessage[];
  readonly notices: readonly Notice[];
  readonly draft: PartialMessage | null;
  readonly typing: 'assistant' | 'agent' | null;
  /** Since when a tool call of the assistant waits for an approval. Null if none waits. */
  readonly approvalSince: number | null;
  readonly session: SessionState | null;
  /** Runs whose message has come, newest last. */
  readonly finishedRuns: readonly string[];
  /** Id of the last message from the stream, at which a reconnect resumes. */
  readonly lastId: string | undefined;
}

export const EMPTY_FEED: FeedState = {
  messages: [],
  notices: [],
  draft: null,
  typing: null,
  approvalSince: null,
  session: null,
  finishedRuns: [],
  lastId: undefined,
};

/**
 * Late deltas come within moments of their message, so the last few runs are enough to remember.
 */
const REMEMBERED_RUNS = 32;

export function applyEvent(state: FeedState, event: FeedEvent): FeedState {
  switch (event.type) {
    case 'message':
      return withMessage(state, event);
    case 'media':
      return withNews(state, event);
    case 'reaction':
      return withReaction(state, event);
    case 'live':
      return state;
    case 'delivery':
      return withDelivery(state, `${event.sessionId}.${event.seq}`, event.status);
    case 'delta':
      return withDelta(state, event);
    case 'typing':
      return withTyping(state, event.who, event.on);
    case 'approval':
      return state.approvalSince === (event.since ?? null) ? state : { ...state, approvalSince: event.since ?? null };
    case 'state':
      return withSession(state, event);
  }
}

/**
 * New connection. The stream repeats transient state, so older transient state may be out of date.
 */
export function reconnected(state: FeedState): FeedState {
  const { draft, typing, approvalSince } = state;
  return draft === null && typing === null && approvalSince === null ? state : { ...state, draft: null, typing: null, approvalSince: null };
}

export function splitId(id: string): { readonly sessionId: string; readonly seq: number } {
  const dot = id.lastIndexOf('.');
  return { sessionId: id.slice(0, dot), seq: Number(id.slice(dot + 1)) };
}

function withMessage(state: FeedState, message: FeedMessage): FeedState {
  if (state.messages.some((other) => other.id === message.id)) return state;
  const finishedRuns = message.runId === undefined ? state.finishedRuns : [...state.finishedRuns, message.runId].slice(-REMEMBERED_RUNS);
  const answered = message.author === 'assistant' || message.author === 'agent';
  // The next run may have begun before this one's message came.
  const draftGoesOn =
    state.draft !== null &&
    !state.draft.ended &&
    message.author === 'assistant' &&
    message.runId !== undefined &&
    message.runId !== state.draft.runId;
  return {
    ...state,
    messages: inserted(state.messages, message),
    finishedRuns,
    // A customer's message ends nothing. A system notice ends only a draft that is over already.
    draft: (answered && !draftGoesOn) || (message.author === 'system' && state.draft?.ended === true) ? null : state.draft,
    typing: answered && !draftGoesOn ? null : state.typing,
    lastId: message.id,
  };
}

function inserted(messages: readonly ReceivedMessage[], message: FeedMessage): readonly ReceivedMessage[] {
  const { sessionId, seq } = splitId(message.id);
  let at = messages.length;
  // From the end, because a message rarely arrives out of order.
  for (let i = messages.length - 1; i >= 0; i--) {
    const other = messages[i];
    if (other === undefined) break;
    const place = splitId(other.id);
    if (place.sessionId !== sessionId) {
      if (at < messages.length) break;
      continue;
    }
    if (place.seq < seq) return messages.toSpliced(i + 1, 0, message);
    at = i;
  }
  return messages.toSpliced(at, 0, message);
}

/** The visitor's own messages are named by the page. */
function ownIndex({ messages }: FeedState, sessionId: string, clientId: string): number {
  return messages.findLastIndex((one) => one.clientId === clientId && splitId(one.id).sessionId === sessionId);
}

function withReaction(
  state: FeedState,
  { type: _type, sessionId, clientId, ...reaction }: Extract<FeedEvent, { type: 'reaction' }>,
): FeedState {
  const at = ownIndex(state, sessionId, clientId);
  const message = state.messages[at];
  if (message === undefined || (message.reaction?.seq ?? 0) >= reaction.seq) return state;
  return { ...state, messages: state.messages.with(at, { ...message, reaction }) };
}

/** The first news stays. */
function withNews(
  state: FeedState,
  { type: _type, sessionId, clientId, index, ...news }: Extract<FeedEvent, { type: 'media' }>,
): FeedState {
  const at = ownIndex(state, sessionId, clientId);
  const message = state.messages[at];
  const media = message?.media?.[index];
  if (message?.media === undefined || media === undefined || media.file !== undefined || media.lost !== undefined) return state;
  return { ...state, messages: state.messages.with(at, { ...message, media: message.media.with(index, { ...media, ...news }) }) };
}

const RANK: Readonly<Record<ReceiptStatus, number>> = { pending: 0, sent: 1, delivered: 2, read: 3, failed: 4 };

function withDelivery(state: FeedState, id: string, status: ReceiptStatus): FeedState {
  const index = state.messages.findLastIndex((message) => message.id === id);
  const message = state.messages[index];
  if (message === undefined || RANK[message.delivery?.status ?? 'pending'] >= RANK[status]) return state;
  return { ...state, messages: state.messages.with(index, { ...message, delivery: { status } }) };
}

function withDelta(state: FeedState, { runId, offset, text }: { runId: string; offset: number; text: string }): FeedState {
  if (state.finishedRuns.includes(runId)) return state;
  const before = state.draft?.runId === runId ? state.draft.text : '';
  if (offset > before.length) return state;
  const whole = before.slice(0, offset) + text;
  if (state.draft?.runId === runId && whole === before) return state;
  return { ...state, draft: { runId, text: whole, ended: false } };
}

function withTyping(state: FeedState, who: 'assistant' | 'agent', on: boolean): FeedState {
  if (on) return state.typing === who ? state : { ...state, typing: who };
  const draft = who === 'assistant' && state.draft !== null && !state.draft.ended ? { ...state.draft, ended: true } : state.draft;
  const typing = state.typing === who ? null : state.typing;
  return draft === state.draft && typing === state.typing ? state : { ...state, draft, typing };
}

function withSession(state: FeedState, event: SessionState): FeedState {
  const before = state.session;
  const { sessionId, state: name, handler, open, seq, waitingSince } = event;
  if (before?.sessionId === sessionId && seq !== undefined && before.seq !== undefined && seq <= before.seq && before.open === open)
    return state;
  const session: SessionState = { sessionId, state: name, handler, open, name: event.name, waitingSince, seq };
  if (before !== null && JSON.stringify(before) === JSON.stringify(session)) return state;
  const kind = noticeKind(before, session);
  const typing = open ? state.typing : null;
  // A draft belongs to the bot. Once a human has the session, or it is closed, that run sends no
  // message.
  const draft = handler === 'bot' && open ? state.draft : null;
  const approvalSince = handler === 'bot' && open ? state.approvalSince : null;
  if (kind === null) return { ...state, session, typing, draft, approvalSince };
  const notice: Notice = {
    kind,
    after: state.messages.at(-1)?.id ?? null,
    sessionId,
    ...(event.name === undefined ? {} : { name: event.name }),
  };
  return { ...state, session, typing, draft, approvalSince, notices: [...state.notices, notice].slice(-200) };
}

const WAITING = 'WAITING_AGENT';

/** What the visitor waits for. `since` is undefined if the server did not say. */
export interface Wait {
  readonly for: 'agent' | 'approval';
  readonly since: number | undefined;
}

/** Null if the visitor waits for nothing but an answer. */
export function waitOf({ session, approvalSince }: Pick<FeedState, 'session' | 'approvalSince'>): Wait | null {
  if (session?.open === true && session.state === WAITING) return { for: 'agent', since: session.waitingSince };
  return approvalSince === null ? null : { for: 'approval', since: approvalSince };
}

function noticeKind(before: SessionState | null, now: SessionState): Notice['kind'] | null {
  const same = before?.sessionId === now.sessionId ? before : null;
  if (!now.open) return same?.open === false ? null : 'closed';
  if (now.state === WAITING) return same?.state === WAITING ? null : 'waiting';
  // The first state of a session is no change of handler.
  if (same === null) return null;
  if (now.handler === 'human' && (same.handler !== 'human' || now.name !== same.name)) return 'human';
  if (now.handler === 'bot' && (same.handler === 'human' || same.state === WAITING)) return 'bot';
  return null;
}
