/**
 * What WhatsApp reports of messages of ours, as status events. The key that names the message goes
 * to WhatsApp with it and comes back, so a status needs no customer, which it may not name.
 */
import { InvalidInput } from '#machines/errors.ts';
import type { ChannelEvent } from '../inbound.ts';
import { parseStatusKey } from '../status-key.ts';
import { messageIdOf } from './decode-person.ts';
import { reasonOf } from './errors.ts';
import type { OwnMessages } from './own-messages.ts';
import type { Status } from './payload.ts';
import { costOf, type Prices } from './prices.ts';

type StatusEvent = Extract<ChannelEvent, { readonly type: 'status' }>;

export type DecodedStatus =
  | { readonly event: StatusEvent /** Its category has no price in the settings. */; readonly unpriced?: string }
  | { readonly ignored: string; readonly kind: string };

/** Statuses of WhatsApp that change something. A voice note that was played was read. */
const STATUSES = new Map<string, StatusEvent['status']>([
  ['sent', 'sent'],
  ['delivered', 'delivered'],
  ['read', 'read'],
  ['played', 'read'],
  ['failed', 'failed'],
]);

export function decodeStatus(status: Status, own: OwnMessages, prices: Prices): DecodedStatus {
  const { id, timestamp, type, recipient_type, errors = [] } = status;
  const kind = STATUSES.get(status.status);
  if (type === 'call') return { kind: 'status.call', ignored: 'the status of a call of ours changes no conversation' };
  if (recipient_type === 'group') return { kind: 'status.group', ignored: 'the channel takes no part in groups' };
  if (kind === undefined) return { kind: 'status.other', ignored: `a message that is "${status.status.slice(0, 40)}" changes nothing` };
  const ref = messageIdOf(id);
  const statusKey = status.biz_opaque_callback_data ?? own.statusKeyOf(ref);
  if (statusKey === undefined || !isOurs(statusKey))
    return { kind: 'status.not_ours', ignored: 'another program or a human on the phone sent the message' };
  if (kind === 'failed' && own.wasRefused(ref, statusKey))
    return { kind: 'status.refused_before', ignored: 'the answer to the request said the same, and was acted on' };
  const event = { type: 'status', id: `${ref}:${status.status}`, at: timestamp * 1_000, statusKey, status: kind, ref } as const;
  if (kind === 'failed') return { event: { ...event, failure: failureOf(errors) } };
  // WhatsApp charges for what it delivered. The price comes with `sent` and with one of the others.
  const cost = kind === 'sent' ? undefined : costOf(status.pricing, prices, status.recipient_user_id);
  if (cost === undefined) return { event };
  return 'unknown' in cost ? { event, unpriced: cost.unknown } : { event: { ...event, costMicros: cost.costMicros } };
}

/** Another program may send from the number too, with keys of its own. */
function isOurs(statusKey: string): boolean {
  try {
    return parseStatusKey(statusKey).seq >= 0;
  } catch (error) {
    if (error instanceof InvalidInput) return false;
    throw error;
  }
}

function failureOf(errors: NonNullable<Status['errors']>): NonNullable<StatusEvent['failure']> {
  const [error] = errors;
  if (error === undefined) return { code: 'unknown', reason: 'WhatsApp does not say why' };
  const details = error.error_data?.details ?? error.message ?? error.title ?? '';
  return { code: String(error.code), reason: reasonOf({ code: error.code, details, status: 0 }) };
}
