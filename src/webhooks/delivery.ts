/** One attempt at sending one body to one endpoint, and its record in the log of deliveries. */
import { v7 as uuidv7 } from 'uuid';
import type { SessionId } from '#machines/ids.ts';
import { clip, jsonText } from '#machines/text.ts';
import type { DeliveryRecord, StoredEndpoint } from '#storage/webhooks.ts';
import { isSealed } from './sealing.ts';
import type { Answer, Sender } from './send.ts';
import { signedHeaders } from './signature.ts';

export interface Attempt {
  readonly endpoint: StoredEndpoint;
  readonly sessionId: SessionId | null;
  readonly seq: number;
  readonly event: string;
  readonly webhookId: string;
  readonly body: object;
  readonly attempt: number;
  readonly replay: boolean;
}

export interface Attempted {
  readonly answer: Answer;
  readonly record: DeliveryRecord;
}

const UNOPENED: Answer = {
  status: null,
  reason: 'not sent, because STATECHAT_SECRETS_KEY does not have the key that its secret was sealed with',
  retryAfter: undefined,
  latencyMs: 0,
  answer: '',
};

export async function attemptDelivery(
  sender: Pick<Sender, 'send'>,
  given: Attempt,
  now: () => number,
  signal: AbortSignal,
): Promise<Attempted> {
  const { endpoint, body: content, webhookId, ...facts } = given;
  const at = now();
  const body = jsonText(content);
  const secrets = endpoint.secrets
    .filter(({ value, until }) => (until === null || until > at) && !isSealed(value))
    .map(({ value }) => value);
  const answer =
    secrets.length === 0 ? UNOPENED : await sender.send(endpoint.url, signedHeaders(secrets, { id: webhookId, at, body }), body, signal);
  const { status, reason, latencyMs } = answer;
  const record: DeliveryRecord = {
    id: uuidv7(),
    endpointId: endpoint.id,
    ...facts,
    webhookId,
    at,
    outcome: reason === null ? 'delivered' : 'failed',
    status,
    reason: reason === null ? null : clip(reason, 500),
    latencyMs,
    answer: clip(answer.answer, 1_000),
  };
  return { answer, record };
}
