/**
 * The other instances on this store, as far as they have introduced themselves.
 *
 * Owns the heartbeat of this instance, with what it can run and what is watched here, what the
 * others announced of themselves, and the sending and receiving of cluster messages.
 * Does not own what follows from a message, or the transport (`Exchange`).
 *
 * Invariants
 * 1. Nothing of a session is decided by what is known here. An instance that is not known receives
 *    less, and finds by polling what it did not receive. Where there is no Redis to count in, the
 *    number of instances divides the limits of a provider. It is used for nothing else
 *    (src/cluster/shared-rate-limits.ts, which does not take silence for absence).
 * 2. An instance that is silent is forgotten.
 * 3. If no other instance watches, a turn costs one lookup in an empty map for its address, and one
 *    check for its session.
 */

import type { Clock } from '#machines/clock.ts';
import type { Address, SessionId } from '#machines/ids.ts';
import type { Exchange } from '#storage/exchange.ts';
import {
  type ClusterMessage,
  decodeClusterMessage,
  type RelayedEvent,
  type SessionRecord,
  type SessionsMessage,
  type TypingEvent,
} from './cluster-messages.ts';

/** What the relay of sessions needs to know of the others (session-relay.ts). */
export interface SessionsListener {
  /** The number of this instance's last message of type `sessions`. */
  readonly sent: () => number;
  /** An instance watches sessions. Repeated from time to time. */
  readonly joined: (instance: string) => void;
  readonly left: (instance: string) => void;
  readonly lastSent: (instance: string, sent: number) => void;
  readonly receive: (message: SessionsMessage) => void;
}

export interface MembershipOptions {
  readonly exchange: Exchange;
  /** Names this instance. */
  readonly owner: string;
  readonly clock: Clock;
  /** The addresses that are watched here. */
  readonly watched: () => Iterable<Address>;
  /** What this instance can run, by names that mean the same everywhere. */
  readonly machines: readonly string[];
  readonly live: (address: Address, events: readonly RelayedEvent[]) => void;
  readonly typing: (address: Address, sessionId: SessionId, event: TypingEvent) => void;
  readonly sessions: SessionsListener;
  /**
   * The exchange is connected, for the first time or again. Messages that were sent in between are
   * lost.
   */
  readonly connected: () => void;
}

/** What other instances send about work. Must not throw. */
export interface WorkListener {
  /** A run that may be ours was stopped, or was sent something. */
  readonly run: (sessionId: SessionId, serial: number) => void;
  /** Another instance released work. */
  readonly work: () => void;
}

/**
 * Time between two heartbeats of an instance, and between two repetitions of what is watched there,
 * in milliseconds.
 */
const HERE_MS = 2_000;
const REPEAT_MS = 10_000;
/** Silence after which an instance counts as gone, in milliseconds. It is several lost messages. */
const SILENT_MS = 7_000;
/** A watched address that is not repeated for so long is not watched any more, in milliseconds. */
const FORGOTTEN_MS = 25_000;
/**
 * Hashes of addresses in one message. At ten digits each they stay below what PostgreSQL takes. So
 * do names of machines of a hundred letters.
 */
const HASHES = 500;
const NAMES = 50;

const NONE: readonly string[] = [];

interface Member {
  /** Until when the instance counts as a member. */
  readonly until: number;
  /** Sessions are watched there, and with the text of answers. */
  readonly sessions: boolean;
  readonly deltas: boolean;
}

export class Membership {
  readonly #options: MembershipOptions;
  readonly #members = new Map<string, Member>();
  readonly #runs = new Map<string, Set<string>>();
  /** By the hash of an address, the instances that watch it, and until when that is believed. */
  readonly #watchers = new Map<number, Map<string, number>>();
  readonly #fresh = new Set<number>();
  #sessionWatchers = NONE;
  #deltasWanted = false;
  /** What this instance announces. */
  #watches = { sessions: false, deltas: false };
  #repeatAt = 0;
  #cancel: (() => void) | undefined;
  #stopped = false;

  constructor(options: MembershipOptions) {
    this.#options = options;
  }

  /** How many instances there are, this one included. */
  get count(): number {
    return this.#members.size + 1;
  }

  /** What the others send arrives at once, as far as is known. */
  get well(): boolean {
    return this.#options.exchange.well;
  }

  start(listener: WorkListener): void {
    const { exchange, owner, connected } = this.#options;
    exchange.start(owner, {
      receive: (value) => this.#receive(value, listener),
      connected: () => {
        this.#introduce(true);
        // That may be lost too, while the rest of the connection is being made. The next heartbeat
        // repeats it.
        this.#repeatAt = 0;
        connected();
      },
    });
    if (exchange.capabilities.type !== 'none') this.#beHere();
  }

  /**
   * With `announced`, the other instances receive that this one leaves. A crash would not announce
   * that.
   */
  stop(announced: boolean): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#cancel?.();
    if (announced) this.#send({ type: 'gone' });
  }

  /** This address is watched here from now on. */
  watching(address: Address): void {
    if (this.#options.exchange.capabilities.type === 'none' || this.#stopped) return;
    this.#fresh.add(hashOf(address));
    if (this.#fresh.size > 1) return;
    queueMicrotask(() => {
      const fresh = [...this.#fresh];
      this.#fresh.clear();
      this.#announce(fresh, false);
    });
  }

  /** Whether sessions are watched here, and with the text of answers. */
  watchingSessions(sessions: boolean, deltas: boolean): void {
    if (this.#watches.sessions === sessions && this.#watches.deltas === deltas) return;
    this.#watches = { sessions, deltas };
    if (this.#options.exchange.capabilities.type !== 'none') this.#announce([], false);
  }

  /**
   * The other instances that watch this address. They may include one that watches an address of
   * the same hash.
   */
  watchersOf(address: Address): readonly string[] {
    if (this.#watchers.size === 0) return NONE;
    const watchers = this.#watchers.get(hashOf(address));
    return watchers === undefined ? NONE : [...watchers.keys()];
  }

  /** The other instances where sessions are watched. */
  get sessionWatchers(): readonly string[] {
    return this.#sessionWatchers;
  }

  /** One of them wants the text of answers. */
  get deltasWanted(): boolean {
    return this.#deltasWanted;
  }

  /** Another member, as far as is known, can run this. */
  run(machine: string): boolean {
    return [...this.#runs.values()].some((machines) => machines.has(machine));
  }

  sendRun(sessionId: SessionId, serial: number): void {
    this.#send({ type: 'run', sessionId, serial });
  }

  sendWork(): void {
    this.#send({ type: 'work' });
  }

  sendLive(address: Address, events: readonly RelayedEvent[], to: string): void {
    this.#send({ type: 'live', address, events }, to);
  }

  sendTyping(address: Address, sessionId: SessionId, event: TypingEvent, to: string): void {
    this.#send({ type: 'typing', address, sessionId, event }, to);
  }

  sendSessions(number: number, records: readonly SessionRecord[], to: string): void {
    this.#send({ type: 'sessions', number, records }, to);
  }

  #send(message: Unsigned<ClusterMessage>, to?: string): void {
    this.#options.exchange.send({ ...message, from: this.#options.owner }, to);
  }

  #beHere(): void {
    this.#forget();
    const now = this.#options.clock.now();
    const repeats = now >= this.#repeatAt;
    if (repeats) this.#repeatAt = now + REPEAT_MS;
    if (repeats) this.#introduce(false);
    else this.#announce([], false);
    if (repeats) for (const instance of this.#sessionWatchers) this.#options.sessions.joined(instance);
    this.#cancel = this.#options.clock.after(HERE_MS, () => {
      if (!this.#stopped) this.#beHere();
    });
  }

  #introduce(asks: boolean): void {
    const { watched, machines } = this.#options;
    this.#announce([...watched()].map(hashOf), asks);
    for (let from = 0; from < machines.length && !this.#stopped; from += NAMES)
      this.#send({ type: 'runs', machines: machines.slice(from, from + NAMES) });
  }

  #announce(watches: readonly number[], asks: boolean): void {
    if (this.#stopped) return;
    const sent = this.#options.sessions.sent();
    for (let from = 0; from === 0 || from < watches.length; from += HASHES)
      this.#send({ type: 'here', watches: watches.slice(from, from + HASHES), asks: asks && from === 0, ...this.#watches, sent });
  }

  #receive(value: unknown, { run, work }: WorkListener): void {
    const { owner, live, typing, sessions } = this.#options;
    const message = decodeClusterMessage(value);
    if (message === undefined || message.from === owner || this.#stopped) return;
    switch (message.type) {
      case 'here':
        return this.#seen(message);
      case 'runs': {
        const machines = this.#runs.get(message.from) ?? new Set<string>();
        for (const machine of message.machines) machines.add(machine);
        this.#runs.set(message.from, machines);
        return;
      }
      case 'gone':
        this.#leave(message.from);
        this.#forget();
        return;
      case 'run':
        return run(message.sessionId, message.serial);
      case 'work':
        return work();
      case 'live':
        return live(message.address, message.events);
      case 'typing':
        return typing(message.address, message.sessionId, message.event);
      case 'sessions':
        return sessions.receive(message);
    }
  }

  #seen({ from, watches, asks, sessions = false, deltas = false, sent = 0 }: Extract<ClusterMessage, { readonly type: 'here' }>): void {
    const now = this.#options.clock.now();
    const before = this.#members.get(from);
    this.#members.set(from, { until: now + SILENT_MS, sessions, deltas });
    for (const hash of watches) {
      const watchers = this.#watchers.get(hash) ?? new Map<string, number>();
      this.#watchers.set(hash, watchers.set(from, now + FORGOTTEN_MS));
    }
    if (sessions !== (before?.sessions ?? false) || deltas !== (before?.deltas ?? false)) this.#listSessionWatchers();
    // A new member needs an introduction, also if its question was lost.
    if (asks || before === undefined) this.#introduce(false);
    if (sessions && before?.sessions !== true) this.#options.sessions.joined(from);
    this.#options.sessions.lastSent(from, sent);
  }

  /** Forgets the instances that were silent for too long. */
  #forget(): void {
    const now = this.#options.clock.now();
    for (const [instance, { until }] of this.#members) if (until < now) this.#leave(instance);
    for (const instance of this.#runs.keys()) if (!this.#members.has(instance)) this.#runs.delete(instance);
    for (const [hash, watchers] of this.#watchers) {
      for (const [instance, until] of watchers) if (until < now || !this.#members.has(instance)) watchers.delete(instance);
      if (watchers.size === 0) this.#watchers.delete(hash);
    }
    this.#listSessionWatchers();
  }

  #leave(instance: string): void {
    this.#members.delete(instance);
    this.#options.sessions.left(instance);
  }

  #listSessionWatchers(): void {
    const watching = [...this.#members].filter(([, { sessions }]) => sessions);
    this.#sessionWatchers = watching.map(([instance]) => instance);
    this.#deltasWanted = watching.some(([, { deltas }]) => deltas);
  }
}

/** Over each type of message, without its sender. */
type Unsigned<M> = M extends ClusterMessage ? Omit<M, 'from'> : never;

/** FNV-1a, 32 bits. Two addresses that share a hash cost a message too many. */
function hashOf(address: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < address.length; index += 1) hash = Math.imul(hash ^ address.charCodeAt(index), 0x01000193) >>> 0;
  return hash;
}
