/** Outgoing webhooks over HTTP, as admins see them. */
import * as z from 'zod/mini';
import type { ApiRequest } from '../inbox/api-request.ts';

const endpoint = z.object({
  id: z.string(),
  version: z.number(),
  url: z.string(),
  description: z.string(),
  events: z.array(z.string()),
  assistants: z.nullable(z.array(z.string())),
  channels: z.nullable(z.array(z.string())),
  disabled: z.nullable(z.object({ at: z.number(), reason: z.enum(['by_hand', 'gone', 'failing']), detail: z.string() })),
  oldSecretUntil: z.nullable(z.number()),
  health: z.object({ failures: z.number(), failingSince: z.nullable(z.number()), lastSuccessAt: z.nullable(z.number()) }),
  waiting: z.number(),
});
export type WebhookEndpoint = z.infer<typeof endpoint>;

const delivery = z.object({
  id: z.string(),
  sessionId: z.nullable(z.string()),
  event: z.string(),
  at: z.number(),
  attempt: z.number(),
  replay: z.boolean(),
  outcome: z.enum(['delivered', 'failed']),
  status: z.nullable(z.number()),
  reason: z.nullable(z.string()),
  latencyMs: z.number(),
  answer: z.string(),
});
export type WebhookDelivery = z.infer<typeof delivery>;

const list = z.object({ endpoints: z.array(endpoint), types: z.array(z.string()) });
const changed = z.object({ endpoint });
const withSecret = z.object({ endpoint, secret: z.string() });
const pinged = z.object({ delivery });
const log = z.object({ deliveries: z.array(delivery), next: z.nullable(z.string()) });
const replayed = z.object({ events: z.number() });

/** What an admin enters. Null stands for all. */
export interface EndpointInput {
  readonly url: string;
  readonly description: string;
  readonly events: readonly string[];
  readonly assistants: readonly string[] | null;
  readonly channels: readonly string[] | null;
}

export interface EndpointChange extends Partial<EndpointInput> {
  readonly disabled?: boolean;
  readonly missed?: 'send' | 'skip';
}

/** Every call rejects with `ApiRefusal`, or with another error if the server cannot be reached. */
export interface WebhooksApi {
  list(): Promise<z.infer<typeof list>>;
  create(input: EndpointInput): Promise<z.infer<typeof withSecret>>;
  change(before: Pick<WebhookEndpoint, 'id' | 'version'>, change: EndpointChange): Promise<WebhookEndpoint>;
  rotate(id: string): Promise<string>;
  remove(id: string): Promise<void>;
  ping(id: string): Promise<WebhookDelivery>;
  deliveries(id: string, options: { readonly failed: boolean; readonly cursor: string | null }): Promise<z.infer<typeof log>>;
  replay(id: string, deliveryId: string): Promise<void>;
  /** Resolves to how many events are sent again. */
  replayRange(id: string, from: number, to: number): Promise<number>;
}

export function webhooksApi(request: ApiRequest): WebhooksApi {
  const path = (id: string, rest = ''): string => `/webhooks/${encodeURIComponent(id)}${rest}`;
  return {
    list: async () => list.parse(await request('GET', '/webhooks')),
    create: async (input) => withSecret.parse(await request('POST', '/webhooks', input)),
    change: async ({ id, version }, change) => changed.parse(await request('PATCH', path(id), { version, ...change })).endpoint,
    rotate: async (id) => withSecret.parse(await request('POST', path(id, '/secret'), {})).secret,
    remove: async (id) => void (await request('DELETE', path(id))),
    ping: async (id) => pinged.parse(await request('POST', path(id, '/ping'), {})).delivery,
    deliveries: async (id, { failed, cursor }) => {
      const query = new URLSearchParams({ limit: '25', ...(failed ? { outcome: 'failed' } : {}), ...(cursor === null ? {} : { cursor }) });
      return log.parse(await request('GET', path(id, `/deliveries?${query}`)));
    },
    replay: async (id, deliveryId) => void (await request('POST', path(id, `/deliveries/${deliveryId}/replay`), {})),
    replayRange: async (id, from, to) => replayed.parse(await request('POST', path(id, '/replay'), { from, to })).events,
  };
}
