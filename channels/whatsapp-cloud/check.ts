/** Check of the number and its webhook. */
import * as z from 'zod';
import { failedCheck, type KnownProblem } from '../channel-problem.ts';
import { COEXISTENCE_PER_SECOND } from './coexistence.ts';
import type { Graph } from './graph.ts';
import { whatsAppProblem } from './problems.ts';

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
  /** What the operator set, if anything. */
  readonly perSecond: number | undefined;
}

/** Null if all is well. */
export async function check({ graph, account, businessAccount, webhookUrl, perSecond }: CheckOptions): Promise<KnownProblem | null> {
  try {
    const found = await graph.call({ method: 'GET', path: account, query: { fields: FIELDS }, shape: number });
    const { phone_number, whatsapp_business_account, application } = found.webhook_configuration ?? {};
    // The first one that is set counts.
    const url = phone_number ?? whatsapp_business_account ?? application;
    if (url === undefined) return whatsAppProblem('no_webhook', { url: webhookUrl ?? 'https://…/channels/whatsapp/webhook' });
    if (webhookUrl !== undefined && url !== webhookUrl) return whatsAppProblem('other_webhook', { url, wanted: webhookUrl });
    if (found.status !== undefined && !['CONNECTED', 'UNKNOWN'].includes(found.status))
      return whatsAppProblem('number_status', { number: found.display_phone_number ?? account, status: found.status.toLowerCase() });
    if (found.is_on_biz_app === true && perSecond !== undefined && perSecond > COEXISTENCE_PER_SECOND)
      return whatsAppProblem('coexistence', { most: String(COEXISTENCE_PER_SECOND) });
    return businessAccount === undefined ? null : await checkSubscription(graph, businessAccount);
  } catch (error) {
    return failedCheck(error, { provider: 'WhatsApp', root: graph.root, setting: 'WHATSAPP_GRAPH_API_ROOT' });
  }
}

async function checkSubscription(graph: Graph, account: string): Promise<KnownProblem | null> {
  const shape = z.object({ data: z.array(z.unknown()) });
  const { data } = await graph.call({ method: 'GET', path: `${account}/subscribed_apps`, shape });
  return data.length > 0 ? null : whatsAppProblem('not_subscribed', { account });
}
