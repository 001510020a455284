/**
 * Connection is one console at the gateway, from its token to its last message.
 *
 * Owns its caller, the order of its commands, the rate of its messages. Does not own what a
 * command does (commands.ts), what it follows (followed.ts), how many connections there are
 * (connection-limits.ts).
 *
 * Invariants
 * 1. Nothing is read and nothing is done before a valid token came, nor after it expired. A token
 *    that was revoked ends the connection at the next check.
 * 2. Before a valid token a message has at most `FIRST_BYTES`, and none is read while the token is
 *    checked.
 * 3. Commands run in the order in which they came, one at a time, and each is answered once. A
 *    presence waits for the commands before it, so it may name a session that they watch.
 * 4. A command runs under an idempotency key made of the agent and its `requestId`, so that sending
 *    it again after a lost connection does nothing twice.
 */
import type { RawData } from 'ws';
import { CLOSE, type Command, LIMITS, PROTOCOL } from '#console/client/protocol.ts';
import { StatechatError } from '#machines/errors.ts';
import type { Caller } from '../operations/caller.ts';
import type { OperationContext, OperationPorts } from '../operations/context.ts';
import { decode, errorOf, runCommand } from './commands.ts';
import type { ConnectionLimits, Place } from './connection-limits.ts';
import type { FanOut } from './fan-out.ts';
import { Followed, type FollowedParts } from './followed.ts';
import type { OnlineAgents } from './online-agents.ts';
import { Outgoing } from './outgoing.ts';

/** Milliseconds in which the token has to come. */
const AUTH_MS = 10_000;
/** How often it is checked that the token is still valid, in milliseconds. */
const CHECK_MS = 5_000;
/** Bytes of a message before a valid token. */
const FIRST_BYTES = 8_192;
/** How long a peer has to answer the closing handshake, in milliseconds. */
const CLOSING_MS = 1_000;

export interface ConnectionParts extends FollowedParts {
  readonly callerOf: (token: string) => Promise<Caller | undefined>;
  readonly ports: OperationPorts;
  readonly fanOut: Pick<FanOut, 'add' | 'remove'>;
  readonly limits: Pick<ConnectionLimits, 'hasGuessed' | 'wrongToken'>;
  readonly online: Pick<OnlineAgents, 'open'>;
  /** Silence after which a client takes the connection for dead, in milliseconds. */
  readonly silenceMs: number;
}

/** What a connection needs of a WebSocket. */
export interface ConsoleSocket {
  readonly bufferedAmount: number;
  /** Each frame is a whole message. All of them are one write to the network. */
  write(frames: readonly Buffer[]): void;
  close(code: number, reason: string): void;
  terminate(): void;
  pause(): void;
  resume(): void;
  onMessage(listener: (data: RawData, isBinary: boolean) => void): void;
  onceClosed(listener: () => void): void;
}

/** Whose connection it is. */
export interface Peer {
  readonly socket: ConsoleSocket;
  /** Its name in presences. */
  readonly viewer: string;
  readonly network: string;
  readonly place: Pick<Place, 'admit'>;
}

export class Connection {
  readonly #peer: Peer;
  readonly #parts: ConnectionParts;
  readonly #out: Outgoing;
  readonly #followed: Followed;
  /** A token came. What follows it waits until it is checked. */
  #greeted = false;
  #caller: Caller | undefined;
  #token = '';
  #check: NodeJS.Timeout;
  /** The last check failed, and the log has it. */
  #isUnchecked = false;
  #leaveBoard: (() => void) | undefined;
  #goOffline: (() => void) | undefined;
  #work: Promise<void> = Promise.resolve();
  #waiting = 0;
  #tokens: number = LIMITS.burst;
  #filledAt: number;
  #closed = false;

  constructor(peer: Peer, parts: ConnectionParts) {
    this.#peer = peer;
    this.#parts = parts;
    this.#filledAt = parts.ports.now();
    const { socket, viewer } = peer;
    this.#out = new Outgoing({ socket, fanOut: parts.fanOut, tooSlow: () => this.close(CLOSE.slow, 'read faster, or follow less') });
    this.#followed = new Followed(viewer, this.#out, parts);
    this.#check = setTimeout(() => this.close(CLOSE.late, 'send auth first'), AUTH_MS);
    socket.onMessage((data, isBinary) => this.#message(isBinary ? undefined : String(data)));
    socket.onceClosed(() => this.#end());
  }

  close(code: number, reason: string): void {
    const { socket } = this.#peer;
    socket.close(code, reason);
    setTimeout(() => socket.terminate(), CLOSING_MS).unref();
    this.#end();
  }

  /** A heartbeat, or what else all connections are sent. */
  event(frame: Buffer): void {
    if (this.#caller !== undefined) this.#out.event(frame);
  }

  #message(text: string | undefined): void {
    if (this.#closed) return;
    if (this.#caller === undefined && Buffer.byteLength(text ?? '') > FIRST_BYTES) return this.close(CLOSE.unauthorized, 'send auth first');
    if (!this.#takeToken()) return this.close(CLOSE.tooMany, 'too many messages');
    const message = decode(text);
    if (message.type === 'auth') this.#greeted = true;
    if (!this.#greeted) return this.close(CLOSE.unauthorized, 'send auth first');
    if (message.type === 'error') return this.#out.send(message);
    if (this.#waiting >= LIMITS.waiting) return this.close(CLOSE.tooMany, 'too many commands wait');
    this.#waiting += 1;
    if (this.#caller === undefined) this.#peer.socket.pause();
    this.#work = this.#work.then(async () => {
      this.#waiting -= 1;
      if (message.type === 'auth') await this.#auth(message.token);
      else if (!this.#closed && !this.#hasExpired()) {
        if (message.type === 'presence') this.#followed.view(this.#context(), message.sessionId, message.typing);
        else await this.#answer(message);
      }
      this.#peer.socket.resume();
    });
  }

  async #auth(token: string): Promise<void> {
    const { callerOf, limits, silenceMs, ports, board, online } = this.#parts;
    const { network, place, viewer } = this.#peer;
    if (this.#closed) return;
    if (limits.hasGuessed(network)) return this.close(CLOSE.tooMany, 'too many wrong tokens');
    const caller = await callerOf(token).catch((error: unknown) => this.#fail(error));
    if (this.#closed || caller === null) return;
    if (caller === undefined) limits.wrongToken(network);
    // Another agent in the same connection would inherit the topics of the first.
    const isOther = this.#caller !== undefined && this.#caller.agent.id !== caller?.agent.id;
    if (isOther || !isReader(caller)) return this.close(CLOSE.unauthorized, 'the token is not valid');
    if (this.#caller === undefined) {
      // Programs with an API token act for many agents.
      if (!place.admit(caller.kind === 'agent' ? caller.agent.id : undefined))
        return this.close(CLOSE.tooMany, 'the agent has too many connections');
      this.#leaveBoard = board.open();
      // Programs with an API token are no agents at a console.
      if (caller.kind === 'agent') this.#goOffline = online.open(caller.agent.id);
      clearTimeout(this.#check);
      this.#check = setInterval(() => void this.#recheck(), CHECK_MS).unref();
    }
    this.#caller = { ...caller, network };
    this.#token = token;
    const { agent, role } = caller;
    this.#out.send({ type: 'ready', protocol: PROTOCOL, agent, role, viewer, silenceMs, at: ports.now() });
  }

  /** A store that is away says nothing about the token. */
  #fail(error: unknown): null {
    this.#parts.log.warn({ error }, 'a token could not be checked');
    this.close(CLOSE.restart, 'try again');
    return null;
  }

  async #recheck(): Promise<void> {
    if (this.#hasExpired()) return;
    const token = this.#token;
    try {
      const caller = await this.#parts.callerOf(token);
      // A new token came meanwhile.
      if (this.#closed || token !== this.#token) return;
      this.#isUnchecked = false;
      if (isReader(caller)) this.#caller = { ...caller, network: this.#peer.network };
      else this.close(CLOSE.unauthorized, 'the token has expired or was revoked');
    } catch (error) {
      if (!this.#isUnchecked) this.#parts.log.warn({ error }, 'a token could not be checked');
      this.#isUnchecked = true;
    }
  }

  /** A token may expire between two checks, and while the store is away. */
  #hasExpired(): boolean {
    const hasExpired = (this.#caller?.validUntil ?? Number.POSITIVE_INFINITY) <= this.#parts.ports.now();
    if (hasExpired) this.close(CLOSE.unauthorized, 'the token has expired');
    return hasExpired;
  }

  async #answer(command: Command): Promise<void> {
    const { requestId } = command;
    try {
      const result = await runCommand(this.#context(), command, this.#followed);
      if (command.type === 'history') await this.#out.room();
      this.#out.send({ type: 'ack', requestId, ...result });
      if (result.topic !== undefined) this.#followed.load(result.topic);
    } catch (error) {
      const known = errorOf(requestId, error);
      if (known !== undefined) return this.#out.send(known);
      this.#parts.log.error({ error, requestId }, 'a command failed');
      const message = 'Something failed that should not. The log has it under this request.';
      this.#out.send({ type: 'error', requestId, code: 'internal', message });
    }
  }

  #context(): OperationContext {
    const { ports } = this.#parts;
    if (this.#caller === undefined) throw new StatechatError('defect', 'a command ran before its token', { expose: false });
    return { ...ports, caller: this.#caller };
  }

  #takeToken(): boolean {
    const now = this.#parts.ports.now();
    this.#tokens = Math.min(LIMITS.burst, this.#tokens + (Math.max(0, now - this.#filledAt) * LIMITS.perSecond) / 1_000) - 1;
    this.#filledAt = now;
    return this.#tokens >= 0;
  }

  #end(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#check);
    this.#out.stop();
    this.#followed.stop();
    if (this.#caller !== undefined) this.#parts.board.set(this.#peer.viewer, this.#caller.agent, null, false);
    this.#leaveBoard?.();
    this.#goOffline?.();
  }
}

function isReader(caller: Caller | undefined): caller is Caller {
  return caller?.scopes.has('sessions:read') === true;
}
