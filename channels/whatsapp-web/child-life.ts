/**
 * One child process from its start to its end.
 *
 * Owns the calls that wait for its answers, and the watchdogs. Does not own what comes after its
 * end (supervisor.ts), what its events mean (inbox.ts).
 *
 * Invariants (`supervisor.test.ts` and `child-life.test.ts` in `test/channels/whatsapp-web/`)
 * 1. A child that makes no progress to `ready`, answers no probe, is offline for long or does not
 *    send is ended. One that waits to be paired waits as long as it takes.
 * 2. Every call settles once, at the latest when the child has ended.
 * 3. A browser that takes too much memory is ended in order, in a moment without traffic.
 */
import * as z from 'zod';
import type { Clock } from '#machines/clock.ts';
import { Unavailable } from '#machines/errors.ts';
import type { ChannelLog } from '../log.ts';
import { Refused } from '../port.ts';
import type { ChildLink, StartChild } from './child-link.ts';
import type { ChildLimits } from './limits.ts';
import {
  type ChildCall,
  type ChildEnd,
  doneSchema,
  type FromChild,
  healthSchema,
  type OpenChild,
  type Outcome,
  parseFromChild,
  type StoreCall,
} from './protocol.ts';

/** Why a child has ended. `recycled` was planned, `stopped` was wanted by the program. */
export interface Ended {
  readonly end: ChildEnd | 'recycled' | 'stopped';
  readonly reason: string;
}

export type Pairing = { readonly qr: string } | { readonly pairingCode: string };

export interface ChildLifeOptions {
  readonly clock: Clock;
  readonly log: ChannelLog;
  readonly limits: ChildLimits;
  readonly startChild: StartChild;
  readonly open: OpenChild;
  /** Reads or writes the session in the program's store. */
  readonly store: (call: StoreCall) => Promise<Uint8Array | undefined>;
  readonly onPairing: (pairing: Pairing) => void;
  /** It can be called from now on. Called once. */
  readonly onReady: (me: string) => void;
  /** Resolves to what becomes of the event. Never rejects. */
  readonly onEvent: (event: unknown) => Promise<Outcome>;
}

interface Call {
  settle(message: Extract<FromChild, { readonly type: 'result' | 'failed' }>): void;
  fail(error: Error): void;
}

export class ChildLife {
  readonly ended: Promise<Ended>;
  readonly #options: ChildLifeOptions;
  readonly #link: ChildLink;
  readonly #calls = new Map<number, Call>();
  readonly #timers = new Map<'progress' | 'probe' | 'recycle', () => void>();
  readonly #resolveEnded: (ended: Ended) => void;
  #cause: Ended | undefined;
  #over = false;
  #ready = false;
  #requests = 0;
  #offlineSince: number | undefined;
  #trafficAt: number;
  #oversizedSince: number | undefined;

  constructor(options: ChildLifeOptions) {
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<Ended>();
    this.ended = promise;
    this.#resolveEnded = resolve;
    this.#trafficAt = options.clock.now();
    this.#link = options.startChild({ message: (raw) => this.#heard(raw), exit: (how) => this.#exited(how) });
    this.#progress('the browser did not start');
    this.#link.send(options.open);
  }

  get ready(): boolean {
    return this.#ready && this.#cause === undefined;
  }

  /**
   * Rejects with `Refused` or `Unavailable`. A call that is not answered in time ends the child.
   */
  async call<T>(schema: z.ZodType<T>, call: ChildCall, ms: number): Promise<T> {
    this.#trafficAt = this.#options.clock.now();
    return await this.#request(schema, call, ms, (reason) => this.#end({ end: 'lost', reason }));
  }

  /** The same for a call that the page may be slow at. It ends nothing. */
  async ask<T>(schema: z.ZodType<T>, call: ChildCall, ms: number): Promise<T> {
    this.#trafficAt = this.#options.clock.now();
    return await this.#request(schema, call, ms, () => undefined);
  }

  async #request<T>(schema: z.ZodType<T>, call: ChildCall, ms: number, onLate: (reason: string) => void): Promise<T> {
    const { clock } = this.#options;
    const request = ++this.#requests;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const cancel = clock.after(ms, () => {
      const reason = `${call.op} was not answered in ${Math.round(ms / 1_000)} s`;
      reject(new Unavailable(`WhatsApp's page did not answer: ${reason}`));
      onLate(reason);
    });
    this.#calls.set(request, {
      settle: (message) => {
        if (message.type === 'result') resolve(message.value);
        else if (message.failure === 'refused') reject(new Refused(`WhatsApp refused it: ${message.reason}`));
        else reject(new Unavailable(`WhatsApp's page could not do it: ${message.reason}`));
      },
      fail: reject,
    });
    try {
      if (this.#over) throw this.#gone();
      // It may throw. Then the call must not stay behind, since nothing would wait for it.
      this.#link.send({ type: 'call', request, call });
      const value = schema.safeParse(await promise);
      if (value.success) return value.data;
      throw new Unavailable(`WhatsApp's page answered something else: ${z.prettifyError(value.error)}`, {}, value.error);
    } finally {
      cancel();
      this.#calls.delete(request);
    }
  }

  /**
   * Closes the browser in order, at most for the time that it is given. Resolves when it is gone.
   */
  async close(cause: Ended): Promise<void> {
    this.#cause ??= cause;
    this.#clearTimers();
    if (!this.#over) await this.ask(doneSchema, { op: 'close' }, this.#options.limits.closeMs).catch(() => undefined);
    this.#link.disconnect();
    const late = this.#options.clock.after(this.#options.limits.closeMs, () => this.#link.kill());
    await this.ended;
    late();
  }

  #heard(raw: unknown): void {
    let message: FromChild;
    try {
      message = parseFromChild(raw);
    } catch (error) {
      this.#options.log.warn({ error }, 'the whatsapp-web child sent what is no message');
      return;
    }
    switch (message.type) {
      case 'launched':
        this.#progress('the page did not show whether it is paired');
        this.#probeLater();
        break;
      case 'qr':
        this.#pairing({ qr: message.qr });
        break;
      case 'code':
        this.#pairing({ pairingCode: message.code });
        break;
      case 'authenticated':
        if (!this.#ready) this.#progress('the page was paired and did not become ready');
        break;
      case 'ready':
        this.#becameReady(message.me);
        break;
      case 'event':
        this.#trafficAt = this.#options.clock.now();
        void this.#offer(message.seq, message.event);
        break;
      case 'result':
      case 'failed':
        this.#calls.get(message.request)?.settle(message);
        break;
      case 'store':
        void this.#answerStore(message.request, message.call);
        break;
      case 'ending':
        this.#cause ??= { end: message.end, reason: message.reason };
        this.#clearTimers();
        this.#options.clock.after(2 * this.#options.limits.closeMs, () => this.#link.kill());
        break;
      case 'log':
        this.#options.log[message.level]({}, message.text);
        break;
    }
  }

  #pairing(pairing: Pairing): void {
    // The first code may come before the page says that it is there. A person now has all the time.
    this.#clearTimer('progress');
    this.#options.onPairing(pairing);
  }

  #becameReady(me: string): void {
    this.#clearTimer('progress');
    if (this.#ready) return;
    this.#ready = true;
    this.#options.onReady(me);
  }

  async #offer(seq: number, event: unknown): Promise<void> {
    const outcome = await this.#options.onEvent(event);
    this.#trafficAt = this.#options.clock.now();
    if (!this.#over) this.#link.send({ type: 'outcome', seq, outcome });
  }

  async #answerStore(request: number, call: StoreCall): Promise<void> {
    try {
      const bytes = await this.#options.store(call);
      this.#link.send({ type: 'stored', request, ...(bytes === undefined ? {} : { bytes }) });
    } catch (error) {
      this.#options.log.warn({ error }, 'the session of whatsapp-web could not be stored');
      this.#link.send({ type: 'stored', request, fault: error instanceof Error ? error.message : String(error) });
    }
  }

  #progress(reason: string): void {
    const { clock, limits } = this.#options;
    this.#timer(
      'progress',
      clock.after(limits.startMs, () => this.#end({ end: 'lost', reason })),
    );
  }

  #probeLater(): void {
    const { clock, limits } = this.#options;
    this.#timer(
      'probe',
      clock.after(limits.probeEveryMs, () => void this.#probe()),
    );
  }

  async #probe(): Promise<void> {
    const { limits } = this.#options;
    try {
      const { state, memoryBytes } = await this.#request(healthSchema, { op: 'probe' }, limits.probeMs, () => undefined);
      if (this.#ready) this.#judge(state, memoryBytes);
    } catch (error) {
      this.#end({ end: 'lost', reason: `the page does not answer: ${error instanceof Error ? error.message : String(error)}` });
    }
    if (this.#cause === undefined) this.#probeLater();
  }

  #judge(state: string, memoryBytes: number): void {
    const { limits, clock, log } = this.#options;
    this.#offlineSince = state === 'CONNECTED' ? undefined : (this.#offlineSince ?? clock.now());
    if (this.#offlineSince !== undefined && clock.now() - this.#offlineSince >= limits.offlineMs)
      return this.#end({ end: 'lost', reason: `the page is ready and not connected (${state})` });
    if (memoryBytes < limits.memoryBytes || this.#oversizedSince !== undefined) return;
    this.#oversizedSince = clock.now();
    log.info({ memoryBytes, limit: limits.memoryBytes }, 'the browser of whatsapp-web takes too much memory and is restarted');
    this.#recycleWhenQuiet(clock.now(), memoryBytes);
  }

  #recycleWhenQuiet(since: number, memoryBytes: number): void {
    const { limits, clock } = this.#options;
    const quiet = this.#calls.size === 0 && clock.now() - this.#trafficAt >= limits.quietMs;
    if (quiet || clock.now() - since >= limits.recycleMs)
      return void this.close({ end: 'recycled', reason: `the browser took ${Math.round(memoryBytes / 1_000_000)} MB` });
    this.#timer(
      'recycle',
      clock.after(Math.min(limits.quietMs, 1_000), () => this.#recycleWhenQuiet(since, memoryBytes)),
    );
  }

  /** The child is of no use any more. It may not even be able to close its browser. */
  #end(cause: Ended): void {
    if (this.#over) return;
    this.#cause ??= cause;
    this.#clearTimers();
    this.#link.kill();
  }

  #exited(how: string): void {
    this.#over = true;
    this.#clearTimers();
    this.#cause ??= { end: 'lost', reason: `the process ended (${how})` };
    for (const call of this.#calls.values()) call.fail(this.#gone());
    this.#resolveEnded(this.#cause);
  }

  #gone(): Unavailable {
    return new Unavailable(`WhatsApp's page ended: ${this.#cause?.reason ?? 'unknown'}`);
  }

  #timer(name: 'progress' | 'probe' | 'recycle', cancel: () => void): void {
    this.#clearTimer(name);
    if (this.#cause === undefined) this.#timers.set(name, cancel);
    else cancel();
  }

  #clearTimer(name: 'progress' | 'probe' | 'recycle'): void {
    this.#timers.get(name)?.();
    this.#timers.delete(name);
  }

  #clearTimers(): void {
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }
}
