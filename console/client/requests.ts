/**
 * Requests are the commands that wait for an answer, and what the console follows, over all
 * connections of a client.
 *
 * Owns which command is sent when, sending it again, following again, the view of the agent. Does
 * not own the connection (client.ts), how fast messages are sent (pace.ts).
 *
 * Invariants
 * 1. A command is answered once, however often it had to be sent. It keeps its `requestId`. It is
 *    sent only as the agent that gave it.
 * 2. What is followed is followed again on each new connection, a session from the last entry that
 *    came, so nothing is missed and nothing comes twice. What fails in passing is tried again.
 */
import { Pace } from './pace.ts';
import { type ClientMessage, type Command, LIMITS, type ServerMessage } from './protocol.ts';
import { type Ack, CommandError, type ErrorMessage, keyOf, type Request } from './request.ts';

interface Waiting {
  readonly command: Command;
  readonly resolve: (ack: Ack) => void;
  readonly reject: (error: unknown) => void;
  /** The client follows again what it followed. Nobody awaits the answer. */
  readonly isRepeated: boolean;
  /** It was sent over the connection of now. */
  isSent: boolean;
  /** It failed in passing, and is sent again after a while. */
  isDelayed: boolean;
}

/** Below the gateway's bound, with room for `presence` and `auth`. */
const MOST_UNANSWERED = LIMITS.waiting / 2;
/** Wait before something is followed again whose error has no time, in milliseconds. */
const FOLLOW_AGAIN_MS = 5_000;

export class Requests {
  readonly #write: (message: ClientMessage) => void;
  readonly #waiting = new Map<string, Waiting>();
  /** By topic or session: the command that follows it. */
  readonly #followed = new Map<string, Request>();
  /** The key of each inbox topic in `#followed`. */
  readonly #topics = new Map<string, string>();
  /** The last entry that came, by session. */
  readonly #seqs = new Map<string, number>();
  readonly #pace = new Pace(() => this.send());
  /** Of commands that are sent again over the connection of now. */
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  #isOpen = false;
  /** The agent of the last connection. */
  #agentId: string | undefined;
  #viewed: Extract<ClientMessage, { readonly type: 'presence' }> | undefined;
  #isViewedSent = true;

  constructor(write: (message: ClientMessage) => void) {
    this.#write = write;
  }

  /** See `ConsoleClient.send`. */
  add(request: Request): Promise<Ack> {
    if (request.type === 'watch') this.#followed.set(request.sessionId, request);
    if (request.type === 'subscribe') this.#followed.set(keyOf(request), request);
    if (request.type === 'unwatch') this.#leave(request.sessionId);
    if (request.type === 'unsubscribe') this.#leave(this.#topics.get(request.topic) ?? '');
    return new Promise((resolve, reject) => {
      this.#wait(request, { resolve, reject, isRepeated: false });
      this.send();
    });
  }

  look(sessionId: string | null, typing: boolean): void {
    this.#viewed = { type: 'presence', sessionId, typing };
    this.#isViewedSent = false;
    this.send();
  }

  /** A message that is sent in any case, such as `auth`. */
  spend(): void {
    this.#pace.spend();
  }

  /** A connection of this agent is ready. What is followed comes before the commands that wait. */
  open(agentId: string): void {
    if (this.#agentId !== undefined && this.#agentId !== agentId) this.#forgetAgent();
    this.#agentId = agentId;
    this.#isOpen = true;
    this.#isViewedSent = false;
    const given = [...this.#waiting.entries()];
    const keys = new Set(given.map(([, { command }]) => keyOf(command)));
    this.#waiting.clear();
    for (const [key, request] of this.#followed) if (!keys.has(key)) this.#follow(key, request);
    for (const [requestId, waiting] of given) this.#waiting.set(requestId, waiting);
  }

  /** The connection is lost. */
  close(): void {
    this.#isOpen = false;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#pace.reset();
    for (const [requestId, waiting] of this.#waiting) {
      waiting.isSent = false;
      waiting.isDelayed = false;
      if (waiting.isRepeated) this.#waiting.delete(requestId);
    }
  }

  receive(message: ServerMessage): void {
    switch (message.type) {
      case 'transcript':
        this.#came(message.session.id, message.from + message.entries.length - 1);
        // The gateway knows a presence only in a session that is watched.
        if (message.session.id === this.#viewed?.sessionId) this.#isViewedSent = false;
        break;
      case 'entry':
        this.#came(message.sessionId, message.entry.seq);
        break;
      case 'ack':
        this.#acknowledged(message);
        break;
      case 'error':
        this.#refused(message);
    }
  }

  /** Sends what waits, as fast as the gateway allows. */
  send(): void {
    if (!this.#isOpen) return;
    let unanswered = 0;
    for (const waiting of this.#waiting.values()) {
      if (waiting.isDelayed) continue;
      if (unanswered === MOST_UNANSWERED) return;
      unanswered += 1;
      if (waiting.isSent) continue;
      if (!this.#pace.take()) return;
      waiting.isSent = true;
      this.#write(waiting.command);
    }
    // After the commands, because it is known only in a session that is watched.
    if (this.#isViewedSent || this.#viewed === undefined || !this.#pace.take()) return;
    this.#isViewedSent = true;
    this.#write(this.#viewed);
  }

  reject(message: string): void {
    const rejected = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { command, reject } of rejected) {
      if (keyOf(command) !== '') this.#forget(keyOf(command));
      reject(new Error(message));
    }
  }

  /** What still comes of a session that is not followed any more is no place to go on from. */
  #came(sessionId: string, seq: number): void {
    if (this.#followed.has(sessionId)) this.#seqs.set(sessionId, seq);
  }

  #acknowledged(ack: Ack): void {
    const waiting = this.#settle(ack.requestId);
    if (waiting?.command.type === 'subscribe' && ack.topic !== undefined) this.#topics.set(ack.topic, keyOf(waiting.command));
    waiting?.resolve(ack);
  }

  #refused(error: ErrorMessage): void {
    const waiting = this.#waiting.get(error.requestId ?? '');
    if (waiting === undefined) return;
    const key = keyOf(waiting.command);
    const isGone = error.code === 'not_found' || error.code === 'forbidden';
    if (key !== '' && !isGone && (waiting.isRepeated || error.retryAfterMs !== undefined))
      return this.#delay(waiting, error.retryAfterMs ?? FOLLOW_AGAIN_MS);
    this.#settle(waiting.command.requestId);
    if (key !== '') this.#forget(key);
    waiting.reject(new CommandError(error));
  }

  /** Sends it again unless this connection has ended by then. */
  #delay(waiting: Waiting, ms: number): void {
    waiting.isDelayed = true;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      waiting.isDelayed = false;
      waiting.isSent = false;
      this.send();
    }, ms);
    this.#timers.add(timer);
  }

  #settle(requestId: string): Waiting | undefined {
    const waiting = this.#waiting.get(requestId);
    this.#waiting.delete(requestId);
    return waiting;
  }

  #wait(request: Request, waiting: Pick<Waiting, 'resolve' | 'reject' | 'isRepeated'>): void {
    const command: Command = { ...request, requestId: crypto.randomUUID() };
    this.#waiting.set(command.requestId, { ...waiting, command, isSent: false, isDelayed: false });
  }

  #follow(key: string, request: Request): void {
    const after = this.#seqs.get(key);
    const continued = request.type === 'watch' && after !== undefined ? { ...request, after } : request;
    this.#wait(continued, { resolve: () => undefined, reject: () => undefined, isRepeated: true });
  }

  /** What is to be followed later is not followed any more. */
  #leave(key: string): void {
    this.#forget(key);
    for (const { command, isDelayed, reject } of [...this.#waiting.values()]) {
      if (!isDelayed || keyOf(command) !== key) continue;
      this.#settle(command.requestId);
      reject(new Error('It is not followed any more.'));
    }
  }

  #forget(key: string): void {
    this.#followed.delete(key);
    this.#seqs.delete(key);
  }

  /** What another agent gave and followed is not this one's. */
  #forgetAgent(): void {
    this.reject('Another agent has signed in.');
    this.#followed.clear();
    this.#topics.clear();
    this.#seqs.clear();
    this.#viewed = undefined;
  }
}
