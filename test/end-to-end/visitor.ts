/**
 * Visitor of the web chat, over its HTTP protocol (SPEC C5). It writes messages and keeps every
 * event of its stream.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import * as z from 'zod';
import type { VisitorEvent } from '#channels/feed.ts';
import { type Answer, ask } from './api.ts';

const taken = z.object({ sessionId: z.string(), version: z.number(), duplicate: z.boolean() });
export type Taken = z.infer<typeof taken>;

/** Before a page opens its stream again, in milliseconds. */
const AGAIN_MS = 250;

export class Visitor {
  /** All events received, in order, over all reconnections. */
  readonly events: VisitorEvent[] = [];
  /** The `retry:` that each stream ended with, in milliseconds. */
  readonly retries: number[] = [];
  readonly token: string;
  readonly address: string;
  readonly #url: string;
  #leaving = new AbortController();
  #lastId: string | undefined;
  #count = 0;

  private constructor(url: string, id: string, token: string, account: string) {
    this.#url = url;
    this.token = token;
    this.address = `web:${account}:${id}`;
  }

  static async arrive(url: string, wishes: { readonly assistant?: string; readonly locale?: string }): Promise<Visitor> {
    const { body } = await ask(`${url}/channels/web/visitors`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(wishes),
    });
    const { visitor, token } = z.object({ visitor: z.string(), token: z.string() }).parse(body);
    return new Visitor(url, visitor, token, wishes.assistant ?? 'default');
  }

  /** A visitor that was issued `token` earlier. Its stream begins with the first message. */
  static withToken(url: string, token: string, address: string): Visitor {
    const [, account = '', id = ''] = address.split(':');
    return new Visitor(url, id, token, account);
  }

  /**
   * The same visitor at another instance. Its stream continues after the last event that was
   * received here.
   */
  at(url: string): Visitor {
    const [, account = '', id = ''] = this.address.split(':');
    const same = new Visitor(url, id, this.token, account);
    same.#lastId = this.#lastId;
    return same;
  }

  post(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return ask(`${this.#url}/channels/web/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  }

  /** Rejects if the message is not accepted. */
  async write(text: string, id = `m${++this.#count}`, more: { readonly replyTo?: string } = {}): Promise<Taken> {
    const answer = await this.post('messages', { id, text, ...more });
    if (answer.status !== 200) throw new Error(`"${text}" was not taken: ${answer.status} ${answer.text}`);
    return taken.parse(answer.body);
  }

  /**
   * Opens the stream after the last event received. Resolves once it is open. `ended` resolves to
   * whether it was closed or cut.
   */
  async listen(): Promise<{ readonly ended: Promise<'closed' | 'cut'> }> {
    const response = await fetch(`${this.#url}/channels/web/events`, {
      headers: {
        authorization: `Bearer ${this.token}`,
        connection: 'close',
        ...(this.#lastId === undefined ? {} : { 'last-event-id': this.#lastId }),
      },
      signal: this.#leaving.signal,
    });
    if (response.status !== 200 || !response.body) throw new Error(`no stream: ${response.status} ${await response.text()}`);
    const events = response.body
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new EventSourceParserStream({ onRetry: (ms) => void this.retries.push(ms) }));
    const read = async (): Promise<void> => {
      for await (const { id, data } of events) {
        this.events.push(JSON.parse(data));
        if (id !== undefined) this.#lastId = id;
      }
    };
    return {
      ended: read().then(
        () => 'closed' as const,
        () => 'cut' as const,
      ),
    };
  }

  /**
   * Reads the stream until the visitor leaves, as a page does. Whenever the stream ends, is cut or
   * cannot be had, it is opened again after the last event received. Resolves once it is open for
   * the first time, or the visitor has left.
   */
  async follow(): Promise<void> {
    const { signal } = this.#leaving;
    const opened = Promise.withResolvers<void>();
    const read = async (): Promise<void> => {
      while (!signal.aborted) {
        try {
          const { ended } = await this.listen();
          opened.resolve();
          await ended;
        } catch {
          // The app is away, or cannot serve streams yet.
        }
        await delay(AGAIN_MS, undefined, { signal }).catch(() => {});
      }
      opened.resolve();
    };
    void read();
    await opened.promise;
  }

  leave(): void {
    this.#leaving.abort();
    this.#leaving = new AbortController();
  }

  /** The messages of the stream, each as `author: text`. */
  get messages(): string[] {
    return this.events.flatMap((event) => (event.type === 'message' ? [`${event.author}: ${event.text}`] : []));
  }

  /** The text of each run, put together from its deltas, in the order of their first delta. */
  get streamed(): string[] {
    const runs = new Map<string, string>();
    for (const event of this.events) {
      if (event.type !== 'delta') continue;
      const text = runs.get(event.runId) ?? '';
      if (event.offset <= text.length) runs.set(event.runId, text.slice(0, event.offset) + event.text);
    }
    return [...runs.values()];
  }

  get lastState(): Extract<VisitorEvent, { type: 'state' }> | undefined {
    return this.events.findLast((event) => event.type === 'state');
  }
}
