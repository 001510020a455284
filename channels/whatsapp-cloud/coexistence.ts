/**
 * A number that is in the WhatsApp Business app and in the Cloud API at once, which Meta calls
 * coexistence. Meta fixes its limit, and never raises it.
 */
import * as z from 'zod';
import type { Graph } from './graph.ts';

/** Messages that such a number sends and receives in a second. */
export const COEXISTENCE_PER_SECOND = 20;

const number = z.object({ is_on_biz_app: z.boolean().optional() });

/** Throws as `Graph.call`. */
export async function isInCoexistence(graph: Graph, account: string, signal: AbortSignal): Promise<boolean> {
  const query = { fields: 'is_on_biz_app' };
  return (await graph.call({ method: 'GET', path: account, query, shape: number, signal })).is_on_biz_app === true;
}
