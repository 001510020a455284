/**
 * Several processes of the app behind one address, and a customer that uses them as our page does.
 */
import { join } from 'node:path';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import * as z from 'zod';
import type { VisitorEvent } from '#channels/feed.ts';
import { Api } from './api.ts';
import { type AppProcess, startProcess } from './app-process.ts';
import { freePort } from './free-port.ts';
import { API_TOKEN } from './running-app.ts';

export interface Member {
  readonly url: string;
  readonly api: Api;
  process: AppProcess;
}

export interface FleetOptions {
  readonly settings: Readonly<Record<string, string>>;
  /** Between two words of an answer, in milliseconds. */
  readonly wordMs: number;
  /** How many times as fast Telegram's time runs since `start`. */
  readonly speed?: number;
  readonly start?: number;
}

export class Fleet {
  readonly members: Member[] = [];
  readonly #options: FleetOptions;

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  get urls(): readonly string[] {
    return this.members.map(({ url }) => url);
  }

  async launch(count: number): Promise<readonly Member[]> {
    const added = await Promise.all(
      Array.from({ length: count }, async () => {
        const port = await freePort();
        const url = `http://127.0.0.1:${port}`;
        return { url, api: new Api(url, API_TOKEN), process: this.#spawn(port) };
      }),
    );
    this.members.push(...added);
    await Promise.all(added.map(({ process }) => process.printed(/"url"/)));
    return added;
  }

  /** Starts a member again that has ended, where it was. */
  async again(member: Member): Promise<void> {
    member.process = this.#spawn(Number(new URL(member.url).port));
    await member.process.printed(/"url"/);
  }

  async end(): Promise<void> {
    await Promise.all(this.members.splice(0).map(({ process }) => process.end('SIGKILL')));
  }

  #spawn(port: number): AppProcess {
    const { settings, wordMs, start = 0, speed = 1 } = this.#options;
    const given = { PORT: String(port), STATECHAT_API_TOKEN: API_TOKEN, ...settings };
    return startProcess([join(import.meta.dirname, 'fast-app.ts'), JSON.stringify({ settings: given, start, speed, wordMs })]);
  }
}

/** How long a page waits for an answer before it sends a message again, in milliseconds. */
const ANSWER_MS = 20_000;

const issued = z.object({ visitor: z.string(), token: z.string() });
const taken = z.object({ sessionId: z.string(), duplicate: z.boolean() });

/**
 * Does what a page does. It sends a message that was not accepted again under the same id, and
 * resumes the stream after the last event it received.
 */
export class Customer {
  /** What was shown, each message once. */
  readonly shown: { readonly id: string; readonly author: string; readonly text: string }[] = [];
  /** What a page would have had to show as an error, or could not explain. */
  readonly faults: string[] = [];
  /** Attempts that had to be made again. */
  retries = 0;
  sessionId = '';
  readonly #urls: readonly string[];
  readonly #headers: Readonly<Record<string, string>>;
  readonly #leaving = new AbortController();
  readonly #reading: Promise<void>;
  #turn: number;
  #lastId: string | undefined;

  private constructor(urls: readonly string[], token: string, turn: number) {
    this.#urls = urls;
    this.#turn = turn;
    this.#headers = { authorization: `Bearer ${token}`, connection: 'close', 'content-type': 'application/json' };
    this.#reading = this.#read();
  }

  static async arrive(urls: readonly string[], turn: number): Promise<Customer> {
    const response = await fetch(`${urls[turn % urls.length]}/channels/web/visitors`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', connection: 'close' },
      body: '{}',
    });
    return new Customer(urls, issued.parse(await response.json()).token, turn);
  }

  /**
   * Sends the message until it is taken, or the customer leaves. A page does not give up either.
   * The test's own time limit does.
   */
  async write(id: string, text: string): Promise<void> {
    const { signal } = this.#leaving;
    while (!signal.aborted) {
      const answer = await fetch(`${this.#next()}/channels/web/messages`, {
        method: 'POST',
        headers: this.#headers,
        body: JSON.stringify({ id, text }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
      }).then(
        async (response) => ({ status: response.status, body: await response.json() }),
        () => undefined,
      );
      if (answer?.status === 200) {
        ({ sessionId: this.sessionId } = taken.parse(answer.body));
        return;
      }
      if (answer !== undefined && answer.status !== 503) this.faults.push(`${id} was answered ${answer.status}`);
      this.retries += 1;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async leave(): Promise<void> {
    this.#leaving.abort();
    await this.#reading;
  }

  /** Where a load balancer would send the next request. */
  #next(): string {
    this.#turn += 1;
    return this.#urls[this.#turn % this.#urls.length] ?? '';
  }

  async #read(): Promise<void> {
    const { signal } = this.#leaving;
    while (!signal.aborted) {
      try {
        const headers = { ...this.#headers, ...(this.#lastId === undefined ? {} : { 'last-event-id': this.#lastId }) };
        const response = await fetch(`${this.#next()}/channels/web/events`, { headers, signal });
        if (response.status === 200 && response.body) {
          const events = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
          for await (const { id, data } of events) this.#hear(id, JSON.parse(data));
        } else {
          await response.body?.cancel();
          if (response.status !== 503) this.faults.push(`the stream was answered ${response.status}`);
        }
      } catch {
        // Refused or cut off, by an instance that went or by our leaving.
      }
      if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  #hear(id: string | undefined, event: VisitorEvent): void {
    if (id !== undefined) this.#lastId = id;
    if (event.type !== 'message') return;
    if (this.shown.some((other) => other.id === event.id)) this.faults.push(`${event.id} came twice`);
    this.shown.push({ id: event.id, author: event.author, text: event.text });
  }
}
