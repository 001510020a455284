/** Settings of a whole program that a server of the Graph API posts to. */
import type { GraphApi } from '#test/fakes/graph-api.ts';
import { freePort } from './free-port.ts';

/** From now on the server posts to the port that they name. They have no database. */
export async function whatsAppSettings(graph: GraphApi): Promise<Record<string, string>> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  graph.webhooks.url = `${url}/channels/whatsapp/webhook`;
  return {
    PORT: String(port),
    STATECHAT_PUBLIC_URL: url,
    ...graph.settings,
    WHATSAPP_CLOUD_BUSINESS_ACCOUNT_ID: graph.businessAccountId,
  };
}
