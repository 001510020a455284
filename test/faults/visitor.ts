/**
 * A visitor of the web chat, over HTTP alone. It sends each message until it is acknowledged, under
 * the same id. Now and then it sends one twice at once, or an old one again. It reads its stream
 * and resumes it with `Last-Event-ID`.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { createParser } from 'eventsource-parser';
import * as z from 'zod';
import type { Dice } from '#test/faults/plan.ts';

export interface Sent {
  readonly id: string;
  readonly text: string;
  /** Messages of one burst are sent concurrently, so their order is not fixed. */
  readonly burst: number;
  acknowledgedAt: number | undefined;
  sessionId: string | undefined;
  attempts: number;
  /** When the first attempt was made. */
  firstAt: number | undefined;
}

export interface VisitorOptions {
  readonly name: string;
  /** Addresses of the instances. Each request goes to a random one. */
  readonly urls: readonly string[];
  readonly assistant: 'companion' | 'probe';
  /** Sends several at once, in any order. */
  readonly bursts: boolean;
  /** Has the page open, and reads along. */
  readonly reads: boolean;
  /** Between two messages, from and to. */
  readonly pauseMs: readonly [number, number];
  readonly dice: Dice;
  readonly acknowledged: (url: string, at: number) => void;
  /** Called with an answer of the program that must not be. */
  readonly wrong: (what: string) => void;
}

const issued = z.object({ visitor: z.string(), token: z.string() });
const receipt = z.object({ sessionId: z.string(), version: z.number(), duplicate: z.boolean() });
const shown = z.object({ id: z.string() });

const AGAIN_MS = 30;
/**
 * A message that no instance acknowledges for so long is a finding. It is longer than the kills of a
 * round take. Where a start takes 6 s, on a busy machine, most lives end before they acknowledge
 * anything.
 */
const PATIENCE_MS = 240_000;

export class Visitor {
  readonly sent: Sent[] = [];
  /** Ids of the messages that were shown, in order, as often as they were. */
  readonly shown: string[] = [];
  readonly options: VisitorOptions;
  #address = '';
  #token = '';
  #lastEventId = '';
  #stopReading = new AbortController();
  #reading: Promise<void> | undefined;
  #numbered = 0;
  #bursts = 0;

  constructor(options: VisitorOptions) {
    this.options = options;
  }

  get reads(): boolean {
    return this.options.reads;
  }

  get address(): string {
    return this.#address;
  }

  /** Signs in, writes once, and waits until it sees that, if it reads. */
  async arrive(): Promise<void> {
    const { assistant, urls } = this.options;
    const arrive = () =>
      fetch(`${urls[0]}/channels/web/visitors`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ assistant }),
      });
    let response = await arrive();
    // A crowd that arrives at once may find the store busy. A page tries again too.
    for (const until = Date.now() + PATIENCE_MS; response.status === 503 && Date.now() < until; response = await arrive()) await delay(500);
    if (response.status !== 201) throw new Error(`${this.options.name} cannot arrive: ${response.status} ${await response.text()}`);
    const { visitor, token } = issued.parse(await response.json());
    this.#token = token;
    this.#address = `web:${assistant}:${visitor}`;
    await this.#sendAll(1);
    if (!this.options.reads) return;
    this.#reading = this.#read(this.#stopReading.signal);
    const deadline = Date.now() + PATIENCE_MS;
    while (this.shown.length === 0) {
      if (Date.now() > deadline) throw new Error(`${this.options.name} is not shown its own message`);
      await delay(10);
    }
  }

  /** Writes until `stop` aborts. A message that was begun is finished. */
  async write(stop: AbortSignal): Promise<void> {
    const { dice, bursts, pauseMs } = this.options;
    const [least, most] = pauseMs;
    // Visitors with long pauses do not all begin at once.
    if (most > 2_000) await delay(dice.int(0, most), undefined, { signal: stop }).catch(() => {});
    while (!stop.aborted) {
      await this.#sendAll(bursts ? dice.int(2, 4) : 1);
      if (dice.chance(0.1)) await this.#repeatOld();
      // Now and then the pause is long enough for the session to become idle and be closed. The
      // next message then opens a new one.
      await delay(dice.chance(0.08) ? Math.max(4_500, most) : dice.int(least, most), undefined, { signal: stop }).catch(() => {});
    }
  }

  async leave(): Promise<void> {
    this.#stopReading.abort();
    await this.#reading;
  }

  async #sendAll(count: number): Promise<void> {
    const burst = ++this.#bursts;
    const messages = Array.from({ length: count }, (): Sent => {
      const number = ++this.#numbered;
      return {
        id: `${this.options.name}-${number}`,
        text: `message ${number} of ${this.options.name}`,
        burst,
        acknowledgedAt: undefined,
        sessionId: undefined,
        attempts: 0,
        firstAt: undefined,
      };
    });
    this.sent.push(...messages);
    const twice = this.options.dice.chance(0.1) ? messages.slice(0, 1) : [];
    await Promise.all(this.options.dice.shuffled([...messages, ...twice]).map((message) => this.#send(message)));
  }

  /** What was acknowledged once is a duplicate ever after. */
  async #repeatOld(): Promise<void> {
    const taken = this.sent.filter(({ acknowledgedAt }) => acknowledgedAt !== undefined);
    if (taken.length === 0) return;
    const old = this.options.dice.pick(taken);
    const { duplicate, sessionId } = await this.#send(old);
    if (!duplicate) this.options.wrong(`${old.id} was acknowledged, sent again, and taken for new`);
    if (sessionId !== old.sessionId)
      this.options.wrong(`${old.id} was acknowledged in ${old.sessionId}, and as a duplicate in ${sessionId}`);
  }

  async #send(message: Sent): Promise<z.infer<typeof receipt>> {
    const { urls, dice, acknowledged, wrong } = this.options;
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const url = dice.pick(urls);
      message.attempts++;
      message.firstAt ??= Date.now();
      const answer = await post(`${url}/channels/web/messages`, this.#token, { id: message.id, text: message.text });
      if (answer !== undefined && answer.status === 200) {
        const taken = receipt.parse(answer.body);
        const at = Date.now();
        message.acknowledgedAt ??= at;
        message.sessionId ??= taken.sessionId;
        acknowledged(url, at);
        return taken;
      }
      if (answer !== undefined && ![429, 500, 503].includes(answer.status))
        wrong(`${message.id} was answered ${answer.status}: ${JSON.stringify(answer.body)}`);
      if (answer?.status === 500) wrong(`${message.id} met a defect: ${JSON.stringify(answer.body)}`);
      if (Date.now() > deadline) {
        wrong(`nobody took ${message.id} for ${PATIENCE_MS / 1000} s; the last answer: ${JSON.stringify(answer)}`);
        return { sessionId: '', version: 0, duplicate: false };
      }
      await delay(AGAIN_MS);
    }
  }

  async #read(stop: AbortSignal): Promise<void> {
    const { urls, dice, wrong } = this.options;
    const parser = createParser({
      onEvent: ({ event, data }) => {
        if (event !== 'message') return;
        const { id } = shown.parse(JSON.parse(data));
        this.shown.push(id);
        this.#lastEventId = id;
      },
    });
    while (!stop.aborted) {
      try {
        const headers = {
          authorization: `Bearer ${this.#token}`,
          ...(this.#lastEventId === '' ? {} : { 'last-event-id': this.#lastEventId }),
        };
        const response = await fetch(`${dice.pick(urls)}/channels/web/events`, { headers, signal: stop });
        if (response.status === 200 && response.body) {
          for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) parser.feed(chunk);
        } else {
          const body = await response.text();
          if (![429, 503].includes(response.status)) wrong(`the stream was answered ${response.status}: ${body}`);
        }
      } catch {
        // Cut off, by a death or by our leaving.
      }
      // The rest of a line that was cut is discarded.
      parser.reset();
      if (!stop.aborted) await delay(AGAIN_MS);
    }
  }
}

/** Undefined if there was no answer. */
async function post(url: string, token: string, body: unknown): Promise<{ status: number; body: unknown } | undefined> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    });
    return { status: response.status, body: await response.json() };
  } catch {
    return undefined;
  }
}
