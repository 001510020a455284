/** Check of the number and its webhook, in sentences that say how to fix what is wrong. */
import * as z from 'zod';
import { StatechatError, Unavailable } from '#machines/errors.ts';
import { Refused } from '../port.ts';
import { Misconfigured } from './errors.ts';
import type { Graph } from './graph.ts';

const number = z.object({
  id: z.coerce.string(),
  display_phone_number: z.string().optional(),
  is_on_biz_app: z.boolean().optional(),
  status: z.string().optional(),
  webhook_configuration: z
    .object({ phone_number: z.string().optional(), whatsapp_business_account: z.string().optional(), application: z.string().optional() })
    .optional(),
});
const FIELDS = 'id,display_phone_number,is_on_biz_app,status,webhook_configuration';

export interface CheckOptions {
  readonly graph: Graph;
  readonly account: string;
  readonly businessAccount: string | undefined;
  /** Where WhatsApp is to post. Undefined if the address from outside is not known. */
  readonly webhookUrl: string | undefined;
  readonly perSecond: number;
}

/** Messages a second of a number that is in the WhatsApp Business app too. Meta never raises it. */
const COEXISTENCE = 20;

/** Null if all is well. */
export async function check({ graph, account, businessAccount, webhookUrl, perSecond }: CheckOptions): Promise<string | null> {
  try {
    const found = await graph.call({ method: 'GET', path: account, query: { fields: FIELDS }, shape: number });
    const { phone_number, whatsapp_business_account, application } = found.webhook_configuration ?? {};
    // The first one that is set counts.
    const posted = phone_number ?? whatsapp_business_account ?? application;
    if (posted === undefined)
      return `WhatsApp posts to no webhook: in the app's dashboard, under WhatsApp > Configuration, enter ${webhookUrl ?? 'the URL of this program with /channels/whatsapp/webhook'} and WHATSAPP_CLOUD_VERIFY_TOKEN, and subscribe to messages, smb_message_echoes and calls.`;
    if (webhookUrl !== undefined && posted !== webhookUrl)
      return `WhatsApp posts to ${posted} instead of ${webhookUrl}: change the webhook in the app's dashboard, or STATECHAT_PUBLIC_URL.`;
    if (found.status !== undefined && !['CONNECTED', 'UNKNOWN'].includes(found.status))
      return `The number ${found.display_phone_number ?? account} is ${found.status.toLowerCase()}: see it in WhatsApp Manager.`;
    if (found.is_on_biz_app === true && perSecond > COEXISTENCE)
      return `The number is in the WhatsApp Business app too, where WhatsApp takes ${COEXISTENCE} messages a second: set WHATSAPP_CLOUD_MESSAGES_PER_SECOND=${COEXISTENCE}.`;
    return businessAccount === undefined ? null : await checkSubscription(graph, businessAccount);
  } catch (error) {
    return sentenceOf(error, graph.root);
  }
}

async function checkSubscription(graph: Graph, businessAccount: string): Promise<string | null> {
  const shape = z.object({ data: z.array(z.unknown()) });
  const { data } = await graph.call({ method: 'GET', path: `${businessAccount}/subscribed_apps`, shape });
  return data.length > 0
    ? null
    : `No app is subscribed to the business account ${businessAccount}, so WhatsApp posts nothing: subscribe yours with POST ${businessAccount}/subscribed_apps.`;
}

function sentenceOf(error: unknown, root: string): string {
  if (error instanceof Misconfigured || error instanceof Refused) return `${error.message}.`;
  if (error instanceof Unavailable)
    return `WhatsApp cannot be reached at ${root}: check the network and WHATSAPP_GRAPH_API_ROOT (${error.message}).`;
  if (error instanceof StatechatError) return `${error.message}.`;
  return `The check of the number at WhatsApp failed: ${error instanceof Error ? error.message : String(error)}`;
}
