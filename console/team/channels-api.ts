/** Channels over HTTP, as admins see them. */
import * as z from 'zod/mini';
import type { ApiRequest } from '../inbox/api-request.ts';

const channel = z.object({
  name: z.string(),
  title: z.string(),
  state: z.enum(['off', 'starting', 'pairing', 'connected', 'failed']),
  problem: z.nullable(z.string()),
  problemKind: z.nullable(z.object({ code: z.string(), params: z.record(z.string(), z.string()) })),
  checkedAt: z.nullable(z.number()),
  qr: z.nullable(z.object({ size: z.number(), path: z.string().check(z.regex(/^[Mhvz0-9 -]*$/)) })),
  pairingCode: z.nullable(z.string()),
  webhookUrl: z.nullable(z.string()),
  needs: z.array(z.object({ name: z.string(), about: z.string() })),
  newestAt: z.nullable(z.number()),
  recent: z.array(z.string()),
  sends: z.boolean(),
});
export type ChannelStatus = z.infer<typeof channel>;
const channels = z.object({ channels: z.array(channel) });

/** Every call rejects with `ApiRefusal`, or with another error if the server cannot be reached. */
export interface ChannelsApi {
  /** `fresh` asks each provider now. */
  list(fresh: boolean): Promise<readonly ChannelStatus[]>;
  test(address: string): Promise<void>;
}

export function channelsApi(request: ApiRequest): ChannelsApi {
  return {
    list: async (fresh) => channels.parse(await request('GET', `/channels${fresh ? '?fresh=true' : ''}`)).channels,
    test: async (address) => void (await request('POST', '/channels/test', { address })),
  };
}
