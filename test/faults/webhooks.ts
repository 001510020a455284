/**
 * Receiver of webhooks, which verifies each request as the library of Standard Webhooks does,
 * remembers it, and refuses one now and then. Also owns the check of what it received.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import * as z from 'zod';
import type { Check } from '#test/faults/checks.ts';
import type { StoredEntry, StoredSession } from '#test/faults/evidence.ts';
import type { Dice } from '#test/faults/plan.ts';

/** What the endpoint of a round wants. */
const EVENTS = ['session.opened', 'message.received', 'message.sent', 'session.closed'] as const;

const body = z.object({ type: z.enum(EVENTS), data: z.object({ session: z.object({ id: z.string(), seq: z.int() }) }) });

export interface WebhookRequest {
  readonly id: string;
  /** Undefined if the signature or the body was wrong. */
  readonly event: { readonly sessionId: string; readonly seq: number; readonly type: string } | undefined;
  readonly text: string;
  /** False if it was refused. */
  readonly taken: boolean;
}

export interface WebhookReceiver {
  readonly requests: readonly WebhookRequest[];
  /** Adds the endpoint. Instances that start later know it. */
  subscribe(instance: string, apiToken: string): Promise<void>;
  close(): Promise<void>;
}

export async function startWebhookReceiver(dice: Dice): Promise<WebhookReceiver> {
  const requests: WebhookRequest[] = [];
  const refused = new Set<string>();
  let webhook: Webhook | undefined;
  const server = createServer(async (request, response) => {
    const content = await text(request).catch(() => undefined);
    if (content === undefined) return;
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const { data } = body.safeParse(verified(webhook, content, headers));
    const event = data && { sessionId: data.data.session.id, seq: data.data.session.seq, type: data.type };
    const id = headers['webhook-id'] ?? '';
    // Once at most, because a third attempt waits longer than a round does for calm.
    const taken = refused.has(id) || !dice.chance(0.02);
    if (!taken) refused.add(id);
    requests.push({ id, event, text: content, taken });
    // The answer takes a moment, in which the sender may die without it.
    setTimeout(() => response.writeHead(taken ? 204 : 500).end(), dice.int(0, 15));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    requests,
    async subscribe(instance, apiToken) {
      const response = await fetch(`${instance}/api/webhooks`, {
        method: 'POST',
        headers: { authorization: `Bearer ${apiToken}`, 'content-type': 'application/json' },
        body: JSON.stringify({ url, events: EVENTS }),
      });
      webhook = new Webhook(z.object({ secret: z.string() }).parse(await response.json()).secret);
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function verified(webhook: Webhook | undefined, content: string, headers: Record<string, string>): unknown {
  try {
    return webhook?.verify(content, headers);
  } catch {
    return undefined;
  }
}

/**
 * Each event of a session in the journal was received, in its order, under one id. Nothing else
 * was. Only copies of what was received before may come out of order.
 */
export const webhooks: Check = ({ sessions, bySession, webhookRequests }) => {
  const findings = webhookRequests
    .filter(({ event }) => event === undefined)
    .map(({ id, text: content }) => `webhook ${id} has a wrong signature or body: ${content.slice(0, 300)}`);
  const texts = new Map<string, string>();
  for (const { id, text: content } of webhookRequests) {
    if (texts.has(id) && texts.get(id) !== content) findings.push(`webhook ${id} came with two bodies`);
    texts.set(id, content);
  }
  const received = new Map<string, Set<string>>();
  const idOf = new Map<string, string>();
  for (const { id, event, taken } of webhookRequests) {
    if (event === undefined || !taken) continue;
    const name = `${event.seq} ${event.type}`;
    const known = idOf.get(`${event.sessionId} ${name}`) ?? id;
    if (known !== id) findings.push(`webhook ${name} of ${event.sessionId} came as ${known} and as ${id}`);
    idOf.set(`${event.sessionId} ${name}`, known);
    received.set(event.sessionId, (received.get(event.sessionId) ?? new Set()).add(name));
  }
  for (const id of received.keys())
    if (!sessions.some((session) => session.id === id)) findings.push(`invented: a webhook is of the session ${id}, which does not exist`);
  for (const session of sessions) {
    const wanted = eventsOf(session, bySession.get(session.id) ?? []);
    const got = [...(received.get(session.id) ?? [])];
    if (got.join() !== wanted.join())
      findings.push(`webhooks of ${session.id} came as ${got.join(', ')}, and the journal has ${wanted.join(', ')}`);
  }
  return findings;
};

const TYPES: Readonly<Record<string, string>> = {
  'customer.message': 'message.received',
  'assistant.message': 'message.sent',
  'agent.message': 'message.sent',
  'system.message': 'message.sent',
};

/** By the journal alone, and not by the program's own code. */
function eventsOf({ open }: StoredSession, entries: readonly StoredEntry[]): string[] {
  const closing = open ? undefined : entries.findLast(({ kind }) => kind === 'transition');
  return entries.flatMap((entry) => {
    const { seq, kind } = entry;
    const type = TYPES[kind];
    return [
      ...(seq === 1 ? [`${seq} session.opened`] : []),
      ...(type === undefined ? [] : [`${seq} ${type}`]),
      ...(entry === closing ? [`${seq} session.closed`] : []),
    ];
  });
}
