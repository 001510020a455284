/** The emulator's queue of updates, and the two ways in which they reach a bot. */
import type { IncomingMessage } from 'node:http';
import { Problem } from './bot-api-problem.ts';

export type Update = Readonly<Record<string, unknown>> & { readonly update_id: number };

/** Kinds that Telegram sends only to a bot that names them. */
const OPT_IN = ['chat_member', 'message_reaction', 'message_reaction_count'];

interface Webhook {
  readonly url: string;
  readonly secret: string | undefined;
}

export class Updates {
  private readonly retryMs: number;
  private queue: Update[] = [];
  private nextId = 1_000;
  private waiting: { wake: () => void; conflict: () => void } | undefined;
  private webhook: Webhook | undefined;
  private lastError: { last_error_date: number; last_error_message: string } | undefined;
  /** Deliveries of one chat wait for one another. */
  private readonly lanes = new Map<string, Promise<void>>();
  private readonly closing = new AbortController();
  private readonly pollWatchers = new Set<(offset: number, given: ReadonlySet<number>) => void>();
  private given: ReadonlySet<number> = new Set();
  private allowed: readonly string[] = [];

  constructor(retryMs: number) {
    this.retryMs = retryMs;
  }

  add(update: Readonly<Record<string, unknown>>, id: number | undefined, copies: number): number {
    const update_id = id ?? (typeof update['update_id'] === 'number' ? update['update_id'] : this.nextId);
    this.nextId = Math.max(this.nextId, update_id + 1);
    if (OPT_IN.some((kind) => kind in update && !this.allowed.includes(kind))) return update_id;
    for (let i = 0; i < copies; i++) {
      const copy: Update = { ...update, update_id };
      if (this.webhook) this.enqueue(copy);
      else this.queue.push(copy);
    }
    this.waiting?.wake();
    return update_id;
  }

  /** Updates that are not acknowledged. */
  pending(): readonly Update[] {
    return this.queue;
  }

  async poll(payload: Readonly<Record<string, unknown>>, request: IncomingMessage): Promise<readonly Update[]> {
    if (this.webhook)
      throw new Problem(
        409,
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
      );
    this.waiting?.conflict();
    this.allow(payload['allowed_updates']);
    const offset = Number(payload['offset'] ?? 0);
    this.queue = this.queue.filter(({ update_id }) => update_id >= offset);
    for (const watcher of [...this.pollWatchers]) watcher(offset, this.given);
    if (this.queue.length === 0) await this.wait(Number(payload['timeout'] ?? 0) * 1_000, request);
    const updates = this.queue.slice(0, Number(payload['limit'] ?? 100));
    this.given = new Set(updates.map(({ update_id }) => update_id));
    return updates;
  }

  private async wait(ms: number, request: IncomingMessage): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const mine = {
      wake: resolve,
      conflict: () =>
        reject(new Problem(409, 'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running')),
    };
    this.waiting = mine;
    const timer = setTimeout(resolve, ms);
    request.socket.once('close', resolve);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      request.socket.removeListener('close', resolve);
      if (this.waiting === mine) this.waiting = undefined;
    }
  }

  /**
   * After the update was given to a poller, whether the next poll acknowledges it or requests it
   * again.
   */
  async outcome(updateId: number): Promise<'acknowledged' | 'again'> {
    return await new Promise((resolve) => {
      const watcher = (offset: number, given: ReadonlySet<number>): void => {
        if (!given.has(updateId)) return;
        this.pollWatchers.delete(watcher);
        resolve(offset > updateId ? 'acknowledged' : 'again');
      };
      this.pollWatchers.add(watcher);
    });
  }

  setWebhook(payload: Readonly<Record<string, unknown>>): true {
    const url = String(payload['url'] ?? '');
    if (!/^https?:/.test(url)) throw new Problem(400, 'Bad Request: bad webhook: invalid webhook URL specified');
    this.webhook = { url, secret: payload['secret_token'] === undefined ? undefined : String(payload['secret_token']) };
    this.allow(payload['allowed_updates']);
    for (const update of this.queue.splice(0)) this.enqueue(update);
    return true;
  }

  deleteWebhook(): true {
    this.webhook = undefined;
    return true;
  }

  info(): object {
    return {
      url: this.webhook?.url ?? '',
      has_custom_certificate: false,
      pending_update_count: this.lanes.size + this.queue.length,
      ...this.lastError,
    };
  }

  /** Resolves when every update has been delivered to the webhook. */
  async delivered(): Promise<void> {
    while (this.lanes.size > 0) await Promise.all(this.lanes.values());
  }

  /** One delivery, once. Resolves to the status, 0 without an answer. */
  async post(update: unknown, { secret = this.webhook?.secret }: { readonly secret?: string | undefined } = {}): Promise<number> {
    if (!this.webhook) throw new Error('no webhook is set');
    try {
      const response = await fetch(this.webhook.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(secret === undefined ? {} : { 'x-telegram-bot-api-secret-token': secret }) },
        body: typeof update === 'string' ? update : JSON.stringify(update),
        signal: this.closing.signal,
      });
      await response.arrayBuffer();
      return response.status;
    } catch {
      return 0;
    }
  }

  /** Without a list, the one of an earlier call counts. */
  private allow(kinds: unknown): void {
    if (Array.isArray(kinds)) this.allowed = kinds.map(String);
  }

  private enqueue(update: Update): void {
    const lane = laneOf(update);
    const delivery = (this.lanes.get(lane) ?? Promise.resolve()).then(() => this.deliver(update));
    this.lanes.set(lane, delivery);
    void delivery.finally(() => {
      if (this.lanes.get(lane) === delivery) this.lanes.delete(lane);
    });
  }

  /** Continues at the current address of the webhook. Without one the update waits for a poller. */
  private async deliver(update: Update): Promise<void> {
    while (!this.closing.signal.aborted) {
      if (!this.webhook) {
        this.queue.push(update);
        this.waiting?.wake();
        return;
      }
      const status = await this.post(update);
      if (status >= 200 && status < 300) return;
      this.lastError = {
        last_error_date: Math.floor(Date.now() / 1_000),
        last_error_message: `Wrong response from the webhook: ${status}`,
      };
      await new Promise((resolve) => setTimeout(resolve, this.retryMs));
    }
  }

  async close(): Promise<void> {
    this.closing.abort();
    this.waiting?.wake();
    await this.delivered();
  }
}

function laneOf(update: Update): string {
  const text = JSON.stringify(update);
  return /"chat":\{"id":(-?\d+)/.exec(text)?.[1] ?? 'none';
}
