/** Webhooks as Meta posts them, signed, and posted again until they are taken. */
import { createHmac } from 'node:crypto';

export interface Person {
  readonly phone?: string;
  readonly userId?: string;
  readonly parentId?: string;
  readonly name?: string;
  readonly username?: string;
}

export interface WebhooksOptions {
  readonly appSecret: string;
  readonly phoneNumberId: string;
  readonly businessAccountId: string;
  readonly now: () => number;
  /** Milliseconds between two tries. */
  readonly retryMs: number;
}

export class Webhooks {
  url: string | undefined;
  /** What was posted and is not taken yet. */
  private readonly under = new Set<Promise<void>>();
  private readonly closing = new AbortController();
  private readonly options: WebhooksOptions;

  constructor(options: WebhooksOptions) {
    this.options = options;
  }

  /**
   * Posts once. `signature` replaces the right one, and null leaves it out. Resolves to the status
   * of the answer.
   */
  async post(payload: unknown, { signature }: { readonly signature?: string | null } = {}): Promise<number> {
    const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
    const header = signature === undefined ? this.sign(body) : signature;
    if (this.url === undefined) throw new Error('no webhook is set');
    const response = await fetch(this.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(header === null ? {} : { 'x-hub-signature-256': header }) },
      body,
      signal: this.closing.signal,
    });
    await response.arrayBuffer();
    return response.status;
  }

  sign(body: string): string {
    return `sha256=${createHmac('sha256', this.options.appSecret).update(body).digest('hex')}`;
  }

  /** Posts until it is taken. `delivered` waits for it. */
  deliver(payload: unknown): void {
    const delivering = this.untilTaken(payload).finally(() => this.under.delete(delivering));
    this.under.add(delivering);
  }

  async delivered(): Promise<void> {
    while (this.under.size > 0) await Promise.all(this.under);
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.delivered();
  }

  private async untilTaken(payload: unknown): Promise<void> {
    while (!this.closing.signal.aborted) {
      const status = await this.post(payload).catch(() => 0);
      if (status === 200) return;
      await new Promise((resolve) => setTimeout(resolve, this.options.retryMs));
    }
  }

  /** One change in one entry. */
  change(field: string, value: object, phoneNumberId: string = this.options.phoneNumberId): object {
    const metadata = { display_phone_number: '15550783881', phone_number_id: phoneNumberId };
    return {
      object: 'whatsapp_business_account',
      entry: [{ id: this.options.businessAccountId, changes: [{ field, value: { messaging_product: 'whatsapp', metadata, ...value } }] }],
    };
  }

  /** Several webhooks in one, as Meta batches them under load. */
  batch(payloads: readonly object[]): object {
    return {
      object: 'whatsapp_business_account',
      entry: payloads.flatMap((one) => ('entry' in one && Array.isArray(one.entry) ? one.entry : [])),
    };
  }

  message(person: Person, message: object): object {
    return this.change('messages', { contacts: [contactOf(person)], messages: [{ ...senderOf(person), ...message }] });
  }

  text(person: Person, id: string, body: string, at: number = this.options.now(), answered?: string): object {
    const context = answered === undefined ? {} : { context: { from: '15550783881', id: answered } };
    return this.message(person, { id, timestamp: seconds(at), type: 'text', text: { body }, ...context });
  }

  echo(person: Person, id: string, body: string): object {
    const to = {
      from: '15550783881',
      ...(person.phone === undefined ? {} : { to: person.phone }),
      ...(person.userId === undefined ? {} : { to_user_id: person.userId }),
    };
    return this.change('smb_message_echoes', {
      message_echoes: [{ ...to, id, timestamp: seconds(this.options.now()), type: 'text', text: { body } }],
    });
  }

  status(status: string, { id, ...more }: { readonly id: string } & Readonly<Record<string, unknown>>): object {
    return this.change('messages', { statuses: [{ id, status, timestamp: seconds(this.options.now()), ...more }] });
  }
}

function seconds(ms: number): string {
  return String(Math.floor(ms / 1_000));
}

function contactOf({ phone, userId, parentId, name = 'Mona Adel', username }: Person): object {
  return {
    profile: { name, ...(username === undefined ? {} : { username }) },
    ...(phone === undefined ? {} : { wa_id: phone }),
    ...(userId === undefined ? {} : { user_id: userId }),
    ...(parentId === undefined ? {} : { parent_user_id: parentId }),
  };
}

function senderOf({ phone, userId, parentId }: Person): object {
  return {
    ...(phone === undefined ? {} : { from: phone }),
    ...(userId === undefined ? {} : { from_user_id: userId }),
    ...(parentId === undefined ? {} : { from_parent_user_id: parentId }),
  };
}
