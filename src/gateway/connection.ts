/**
 * Connection is one console at the gateway, from its token to its last message.
 *
 * Owns: who is behind it, its topics, the order of its commands, its limits. Does not own: what a
 * command does (src/operations), what is said to others (inbox-topics.ts, presence-board.ts).
 *
 * Invariants
 * 1. Nothing is read and nothing is done before a valid token came, nor after it expired. A token
 *    that was revoked ends the connection at the next check.
 * 2. Commands run in the order in which they came, one at a time, and each is answered once. A
 *    presence waits for the commands before it, so it may name a session that they watch.
 * 3. A command runs under an idempotency key made of the agent and its `requestId`, so that sending
 *    it again after a lost connection does nothing twice.
 */
import type { WebSocket } from 'ws';
import type { Actors } from '#actors/contract/api.ts';
import { CLOSE, type ClientMessage, type Command, clientMessage, PROTOCOL, type ServerMessage } from '#console/client/protocol.ts';
import type { SessionPreview } from '#machines/definition.ts';
import { StatechatError } from '#machines/errors.ts';
import type { SessionRow } from '#storage/port.ts';
import type { Caller } from '../operations/caller.ts';
import type { OperationContext, OperationPorts } from '../operations/context.ts';
import { runOperation } from '../operations/operation.ts';
import { operations } from '../operations/operations.ts';
import { existingSession } from '../operations/sessions.ts';
import type { Log } from '../telemetry/log.ts';
import type { InboxTopics } from './inbox-topics.ts';
import { Outgoing } from './outgoing.ts';
import type { PresenceBoard } from './presence-board.ts';
import { SessionFeed } from './session-feed.ts';

/** Milliseconds in which the token has to come. */
const AUTH_MS = 10_000;
/** How often it is checked that the token is still valid, in milliseconds. */
const CHECK_MS = 5_000;
/** Commands that wait for the ones before them. */
const MOST_WAITING = 100;
/** Messages that a connection may send at once, and each second from then on. */
const BURST = 100;
const PER_SECOND = 20;
/** Characters of the older entries in one answer. */
const HISTORY_BYTES = 1_048_576;
/** Sessions and inbox topics that one console follows. */
const MOST_TOPICS = 50;

export interface ConnectionParts {
  readonly callerOf: (token: string) => Promise<Caller | undefined>;
  readonly ports: OperationPorts;
  readonly actors: Pick<Actors, 'watch' | 'partialAnswer'>;
  readonly preview: (row: SessionRow) => SessionPreview | null;
  readonly topics: InboxTopics;
  readonly board: PresenceBoard;
  readonly log: Log;
  /** Silence after which a client takes the connection for dead, in milliseconds. */
  readonly silenceMs: number;
}

export class Connection {
  readonly #socket: WebSocket;
  readonly #parts: ConnectionParts;
  /** Its name in presences. */
  readonly #viewer: string;
  readonly #network: string;
  readonly #out: Outgoing;
  readonly #inbox = new Map<string, () => void>();
  readonly #feeds = new Map<string, SessionFeed>();
  /** A token came. What follows it waits until it is checked. */
  #greeted = false;
  #caller: Caller | undefined;
  #token = '';
  #check: NodeJS.Timeout;
  #work: Promise<void> = Promise.resolve();
  #waiting = 0;
  #tokens = BURST;
  #filledAt: number;
  #closed = false;

  constructor(socket: WebSocket, viewer: string, network: string, parts: ConnectionParts) {
    this.#socket = socket;
    this.#viewer = viewer;
    this.#network = network;
    this.#parts = parts;
    this.#filledAt = parts.ports.now();
    this.#out = new Outgoing({
      socket,
      caughtUp: () => this.#resume(),
      tooSlow: () => this.close(CLOSE.slow, 'read faster, or follow less'),
    });
    this.#check = setTimeout(() => this.close(CLOSE.late, 'send auth first'), AUTH_MS);
    socket.on('message', (data, isBinary) => this.#message(isBinary ? undefined : String(data)));
    socket.once('close', () => this.#end());
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
    this.#end();
  }

  /** A heartbeat, or what else all connections are sent. */
  event(text: string): void {
    if (this.#caller !== undefined) this.#out.event(text);
  }

  #message(text: string | undefined): void {
    if (this.#closed) return;
    if (!this.#takeToken()) return this.close(CLOSE.tooMany, 'too many messages');
    const message = decode(text);
    if (message.type === 'auth') this.#greeted = true;
    if (!this.#greeted) return this.close(CLOSE.unauthorized, 'send auth first');
    if (message.type === 'unreadable') return this.#out.send({ ...message.error, type: 'error' });
    if (this.#waiting >= MOST_WAITING) return this.close(CLOSE.tooMany, 'too many commands wait');
    this.#waiting += 1;
    this.#work = this.#work.then(async () => {
      this.#waiting -= 1;
      if (this.#closed) return;
      if (message.type === 'auth') await this.#auth(message.token);
      else if (!this.#isExpired()) await (message.type === 'presence' ? this.#look(message) : this.#answer(message));
    });
  }

  async #auth(token: string): Promise<void> {
    const caller = await this.#parts.callerOf(token).catch((error: unknown) => this.#fail(error));
    if (this.#closed || caller === null) return;
    // Another agent in the same connection would inherit the topics of the first.
    const isOther = this.#caller !== undefined && this.#caller.agent.id !== caller?.agent.id;
    if (caller === undefined || isOther || !caller.scopes.has('sessions:read'))
      return this.close(CLOSE.unauthorized, 'the token is not valid');
    this.#caller = { ...caller, network: this.#network };
    this.#token = token;
    clearTimeout(this.#check);
    this.#check = setInterval(() => void this.#recheck(), CHECK_MS).unref();
    const { silenceMs, ports } = this.#parts;
    const { agent, role } = caller;
    this.#out.send({ type: 'ready', protocol: PROTOCOL, agent, role, viewer: this.#viewer, silenceMs, at: ports.now() });
  }

  /** A token may expire between two checks. */
  #isExpired(): boolean {
    const isExpired = (this.#caller?.validUntil ?? Number.POSITIVE_INFINITY) <= this.#parts.ports.now();
    if (isExpired) this.close(CLOSE.unauthorized, 'the token has expired');
    return isExpired;
  }

  /** A store that is away says nothing about the token. */
  #fail(error: unknown): null {
    this.#parts.log.warn({ error }, 'a token could not be checked');
    this.close(CLOSE.restart, 'try again');
    return null;
  }

  async #recheck(): Promise<void> {
    try {
      const caller = await this.#parts.callerOf(this.#token);
      if (caller === undefined) this.close(CLOSE.unauthorized, 'the token has expired or was revoked');
      else if (!this.#closed) this.#caller = { ...caller, network: this.#network };
    } catch (error) {
      this.#parts.log.warn({ error }, 'a token could not be checked');
    }
  }

  async #answer(command: Command): Promise<void> {
    const { requestId } = command;
    try {
      const result = await this.#run(command);
      this.#out.send({ type: 'ack', requestId, ...result });
      if (command.type === 'subscribe') void this.#sendList(result.topic ?? '');
    } catch (error) {
      const follows = command.type === 'subscribe' || command.type === 'watch';
      // A client follows again what it followed when it connects again, and not before.
      if (follows && error instanceof StatechatError && error.retryable) this.close(CLOSE.restart, 'try again');
      else this.#out.send(this.#errorOf(requestId, error));
    }
  }

  async #run(command: Command): Promise<Omit<Extract<ServerMessage, { readonly type: 'ack' }>, 'type' | 'requestId'>> {
    const context = this.#context();
    switch (command.type) {
      case 'subscribe': {
        this.#checkRoom();
        await runOperation(operations['sessions.list'], context, () => ({ ...command.filter, limit: 1 }));
        const reader = { event: (text: string) => void this.#out.event(text), gap: () => void this.#sendList(id) };
        const { id, stop } = this.#parts.topics.follow(command.filter, reader);
        this.#inbox.get(id)?.();
        this.#inbox.set(id, stop);
        return { topic: id };
      }
      case 'unsubscribe':
        this.#inbox.get(command.topic)?.();
        this.#inbox.delete(command.topic);
        return {};
      case 'watch': {
        this.#checkRoom();
        await runOperation(operations['sessions.get'], context, () => ({ sessionId: command.sessionId }));
        const { id, address } = await existingSession(context, command.sessionId);
        const { actors, preview, board, log, ports } = this.#parts;
        this.#unwatch(id);
        const feed = new SessionFeed(
          {
            actors,
            preview,
            store: ports.store,
            viewersOf: (ids) => board.viewersOf(ids),
            out: this.#out,
            onError: (error) => log.warn({ error, sessionId: id }, 'a transcript was not read'),
          },
          { id, address },
        );
        this.#feeds.set(id, feed);
        // Read after watching began.
        const row = await existingSession(context, id);
        await feed.begin(row, command.after);
        return { version: row.version };
      }
      case 'unwatch':
        this.#unwatch(command.sessionId.toLowerCase());
        return {};
      case 'history': {
        const { sessionId, before, limit } = command;
        const after = Math.max(0, before - 1 - limit);
        const { entries } = await runOperation(operations['sessions.history'], context, () => ({ sessionId, after, limit }));
        return {
          entries: nearest(entries.filter(({ seq }) => seq < before).map((entry) => ({ ...entry, delivery: entry.delivery ?? null }))),
        };
      }
      case 'approve': {
        const { approvalId, decision, comment } = command;
        await runOperation(operations['approvals.decide'], context, () => ({
          approvalId,
          decision,
          ...(comment === undefined ? {} : { comment }),
        }));
        return {};
      }
      default:
        return this.#act(context, command);
    }
  }

  /** What an agent does in a session. */
  async #act(context: OperationContext, command: SessionCommand) {
    const idempotencyKey = `console:${context.caller.agent.id}:${command.requestId}`;
    const { version, duplicate, ignored } = await runOperation(operations['sessions.send_event'], context, () => ({
      sessionId: command.sessionId,
      event: eventOf(command),
      idempotencyKey,
      ...(command.type === 'send' ? { seen: command.seen } : {}),
    }));
    return { version, ...(duplicate === undefined ? {} : { duplicate }), ...(ignored === undefined ? {} : { ignored }) };
  }

  #look({ sessionId, typing }: Extract<ClientMessage, { readonly type: 'presence' }>): void {
    if (this.#caller === undefined) return;
    const id = sessionId?.toLowerCase() ?? null;
    // Only a session that it follows exists for it.
    if (id !== null && !this.#feeds.has(id)) return;
    this.#parts.board.set(this.#viewer, this.#caller.agent, id, typing);
  }

  #unwatch(id: string): void {
    this.#feeds.get(id)?.stop();
    this.#feeds.delete(id);
  }

  #context(): OperationContext {
    const { ports } = this.#parts;
    if (this.#caller === undefined) throw new StatechatError('defect', 'a command ran before its token', { expose: false });
    return { ...ports, caller: this.#caller };
  }

  #checkRoom(): void {
    if (this.#inbox.size + this.#feeds.size < MOST_TOPICS) return;
    throw new StatechatError('rate_limited', `A console follows at most ${MOST_TOPICS} lists and sessions. Leave one first.`);
  }

  async #sendList(topic: string): Promise<void> {
    try {
      const texts = await this.#parts.topics.list(topic);
      if (this.#inbox.has(topic)) for (const text of texts) this.#out.event(text);
    } catch (error) {
      this.#parts.log.warn({ error }, 'a list of sessions was not loaded');
      // The client connects again, and loads it then.
      this.close(CLOSE.restart, 'try again');
    }
  }

  /** The reader was behind. What it follows is sent anew. */
  #resume(): void {
    for (const topic of this.#inbox.keys()) void this.#sendList(topic);
    for (const feed of this.#feeds.values()) feed.refresh();
  }

  #errorOf(requestId: string, error: unknown): Extract<ServerMessage, { readonly type: 'error' }> {
    if (error instanceof StatechatError && error.expose) {
      const { holder, seq } = error.facts;
      return {
        type: 'error',
        requestId,
        code: error.code,
        message: error.message,
        ...(typeof holder === 'string' ? { holder } : {}),
        ...(typeof seq === 'number' ? { seq } : {}),
        ...(error.retryable ? { retryAfterMs: 1_000 } : {}),
      };
    }
    this.#parts.log.error({ error, requestId }, 'a command failed');
    return { type: 'error', requestId, code: 'internal', message: 'Something failed that should not. The log has it under this request.' };
  }

  #takeToken(): boolean {
    const now = this.#parts.ports.now();
    this.#tokens = Math.min(BURST, this.#tokens + (Math.max(0, now - this.#filledAt) * PER_SECOND) / 1_000) - 1;
    this.#filledAt = now;
    return this.#tokens >= 0;
  }

  #end(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#check);
    this.#out.stop();
    for (const stop of this.#inbox.values()) stop();
    for (const feed of this.#feeds.values()) feed.stop();
    if (this.#caller !== undefined) this.#parts.board.set(this.#viewer, this.#caller.agent, null, false);
  }
}

type SessionCommand = Extract<Command, { readonly type: 'claim' | 'send' | 'note' | 'release' | 'transfer' | 'close' }>;

/** The entries nearest to the newest of them, as many as one answer takes, and at least one. */
function nearest<Entry>(entries: readonly Entry[]): Entry[] {
  let size = 0;
  const tooMany = entries.findLastIndex((entry, index) => {
    size += JSON.stringify(entry).length;
    return index < entries.length - 1 && size > HISTORY_BYTES;
  });
  return entries.slice(tooMany + 1);
}

function eventOf(command: SessionCommand): object {
  switch (command.type) {
    case 'claim':
    case 'release':
      return { type: `agent.${command.type}` };
    case 'send':
      return { type: 'agent.message', text: command.text };
    case 'note':
      return { type: 'note', text: command.text };
    case 'transfer':
      return {
        type: 'agent.transfer',
        ...(command.to === undefined ? {} : { to: command.to }),
        ...(command.queue === undefined ? {} : { queue: command.queue }),
      };
    case 'close':
      return { type: 'close', ...(command.reason === undefined ? {} : { reason: command.reason }) };
  }
}

interface Unreadable {
  readonly type: 'unreadable';
  readonly error: { readonly requestId?: string; readonly code: 'invalid_input'; readonly message: string };
}

function decode(text: string | undefined): ClientMessage | Unreadable {
  let value: unknown;
  try {
    value = JSON.parse(text ?? '');
  } catch {
    return { type: 'unreadable', error: { code: 'invalid_input', message: 'A message is one JSON text.' } };
  }
  const parsed = clientMessage.safeParse(value);
  if (parsed.success) return parsed.data;
  const given: unknown = Reflect.get(Object(value), 'requestId');
  const faults = parsed.error.issues.map(({ path, message }) => `${path.map(String).join('.') || 'message'}: ${message}`);
  return {
    type: 'unreadable',
    error: {
      ...(typeof given === 'string' && given.length <= 64 ? { requestId: given } : {}),
      code: 'invalid_input',
      message: `${faults.slice(0, 5).join('; ')}.`,
    },
  };
}
