/** Port for the endpoints of outgoing webhooks (src/webhooks). */

import type { Page } from '#storage/port.ts';
import type { DeliveryFilter, DeliveryRecord, EndpointHealth, StoredEndpoint } from '#storage/webhooks.ts';

export interface WebhookEndpoint extends Omit<StoredEndpoint, 'secrets' | 'events'> {
  readonly events: readonly string[];
  /** When the secret before the present one stops signing. Null if only one signs. */
  readonly oldSecretUntil: number | null;
  readonly health: EndpointHealth;
  /** Sessions with something to send, counted to 1,000 at most. */
  readonly waiting: number;
}

export interface EndpointWishes {
  readonly url: string;
  readonly description: string;
  readonly events: readonly string[];
  readonly assistants: readonly string[] | null;
  readonly channels: readonly string[] | null;
}

export interface EndpointChanges extends Partial<EndpointWishes> {
  /** False enables it again. */
  readonly disabled?: boolean;
  /** What becomes of events from while it was disabled. */
  readonly missed?: 'send' | 'skip';
}

export interface WebhookAdmin {
  list(): Promise<readonly WebhookEndpoint[]>;
  /**
   * Undefined if there are as many as there may be. Throws `InvalidInput` for a URL that is
   * refused.
   */
  create(wishes: EndpointWishes, createdBy: string): Promise<{ readonly endpoint: WebhookEndpoint; readonly secret: string } | undefined>;
  /** Undefined if there is none, `changed` if it has another version by now. */
  update(id: string, version: number, changes: EndpointChanges): Promise<WebhookEndpoint | 'changed' | undefined>;
  /** The secret before signs too for `overlapMs`. */
  rotate(id: string, overlapMs: number): Promise<{ readonly endpoint: WebhookEndpoint; readonly secret: string } | 'changed' | undefined>;
  remove(id: string): Promise<boolean>;
  /** Sends a ping now, once. */
  ping(id: string): Promise<DeliveryRecord | undefined>;
  deliveries(id: string, filter: DeliveryFilter, limit: number, cursor?: string): Promise<Page<DeliveryRecord> | undefined>;
  /**
   * Sends the event of a delivery once more. False if there is no such delivery, or it was a ping.
   */
  replay(id: string, deliveryId: string): Promise<boolean>;
  /**
   * Sends once more what the log has between two times. Resolves to how many events that is, or to
   * undefined if it is more than `most`.
   */
  replayRange(id: string, range: { readonly from: number; readonly to: number }, most: number): Promise<number | undefined>;
}
