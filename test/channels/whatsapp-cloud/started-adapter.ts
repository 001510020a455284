/**
 * WhatsApp adapter under test, at a fake Graph API and a host that keeps addresses as the store
 * does. All are closed after the test.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { ChannelEvent, DeadLetter, IgnoredEvent } from '#channels/inbound.ts';
import type { OutboundMessage, SendContext } from '#channels/port.ts';
import { statusKey } from '#channels/status-key.ts';
import {
  WEBHOOK_PATH,
  type WhatsAppCloudAdapter,
  type WhatsAppCloudOptions,
  whatsAppCloudAdapter,
} from '#channels/whatsapp-cloud/adapter.ts';
import { type Address, parseAddress } from '#machines/ids.ts';
import { type GraphApi, type GraphApiOptions, startGraphApi } from '#test/fakes/graph-api.ts';
import { TestClock } from '../telegram/test-clock.ts';

const NUMBER = '106540352242922';
export const PHONE = '201001234567';
export const USER = 'EG.13491208655302741918';

export const at = (id: string): Address => parseAddress(`whatsapp:${NUMBER}:${id}`);

export interface StartedAdapter {
  readonly api: GraphApi;
  readonly clock: TestClock;
  readonly host: Host;
  readonly rejected: DeadLetter[];
  readonly ignored: IgnoredEvent[];
  readonly log: { readonly level: string; readonly facts: object; readonly message: string }[];
  readonly adapter: WhatsAppCloudAdapter;
}

export async function startAdapter({
  api: apiOptions,
  adapter: options,
  host = new Host(),
  before = () => {},
}: {
  readonly api?: GraphApiOptions;
  readonly adapter?: Partial<WhatsAppCloudOptions>;
  readonly host?: Host;
  /** Called with the server before the adapter starts. */
  readonly before?: (api: GraphApi) => void;
} = {}): Promise<StartedAdapter> {
  const clock = new TestClock({ automatic: true });
  const api = await startGraphApi({ now: clock.now, ...apiOptions });
  before(api);
  const rejected: DeadLetter[] = [];
  const ignored: IgnoredEvent[] = [];
  const log: StartedAdapter['log'] = [];
  const note = (level: string) => (facts: object, message: string) => void log.push({ level, facts, message });
  const adapter = whatsAppCloudAdapter({
    token: api.token,
    phoneNumberId: api.phoneNumberId,
    appSecret: api.appSecret,
    verifyToken: api.verifyToken,
    businessAccountId: api.businessAccountId,
    graphRoot: api.url,
    // Where it is undefined, the adapter asks the server.
    perSecond: 80,
    clock,
    log: { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') },
    deadLetter: async (one) => void rejected.push(one),
    ignored: (one) => void ignored.push(one),
    resolve: host.resolve,
    ...options,
  });
  const server = createServer(adapter.webhook);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  api.webhooks.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${WEBHOOK_PATH}`;
  await adapter.start(host.intake);
  onTestFinished(async () => {
    await adapter.stop();
    await api.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { api, clock, host, rejected, ignored, log, adapter };
}

/**
 * Host that keeps the events it receives, and moves addresses as the address book does. An address
 * is an alias of at most one, never of an alias, and what moves to an alias takes its place.
 */
export class Host {
  readonly events: ChannelEvent[] = [];
  readonly aliases = new Map<Address, Address>();
  lookups = 0;
  private readonly ids = new Set<string>();
  private readonly store: (event: ChannelEvent) => Promise<void>;

  constructor(store: (event: ChannelEvent) => Promise<void> = () => Promise.resolve()) {
    this.store = store;
  }

  readonly resolve = async (address: Address): Promise<Address> => {
    this.lookups += 1;
    return this.aliases.get(address) ?? address;
  };

  readonly intake = async (event: ChannelEvent): Promise<{ sessionId: string; version: number; duplicate: boolean }> => {
    await this.store(event);
    const id = 'id' in event ? event.id : '';
    const duplicate = this.ids.has(id);
    this.ids.add(id);
    if (!duplicate) this.events.push(event);
    if (event.type === 'moved' && !this.aliases.has(event.from)) this.moved(event.from, event.to);
    return { sessionId: 'session', version: this.events.length, duplicate };
  };

  private moved(from: Address, to: Address): void {
    this.aliases.delete(to);
    for (const [alias, target] of this.aliases) if (target === from) this.aliases.set(alias, to);
    this.aliases.set(from, to);
  }

  /** The person whose conversation an event is in. */
  where(event: ChannelEvent | undefined): Address | undefined {
    if (event === undefined || !('address' in event)) return undefined;
    return this.aliases.get(event.address) ?? event.address;
  }

  get texts(): string[] {
    return this.events.flatMap((event) =>
      'text' in event ? [event.text] : event.type === 'command' ? [`/${event.name} ${event.args}`.trim()] : [],
    );
  }

  of<T extends ChannelEvent['type']>(type: T): Extract<ChannelEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<ChannelEvent, { type: T }> => event.type === type);
  }
}

export const says = (text: string, more: Partial<OutboundMessage> = {}): OutboundMessage => ({ text, author: 'assistant', ...more });

export const KEY = statusKey({ key: '0198c0de-0000-7000-8000-000000000000.4', seq: 17 });

export function sending(more: Partial<SendContext> = {}): { readonly sent: string[]; readonly context: SendContext } {
  const sent: string[] = [];
  return {
    sent,
    context: {
      key: '0198c0de-0000-7000-8000-000000000000.4',
      statusKey: KEY,
      attempt: 1,
      signal: new AbortController().signal,
      sent: [],
      onSent: async (ref) => void sent.push(ref),
      ...more,
    },
  };
}
