/** Puts the parts of outgoing webhooks together. */
import type { Effect } from '#actors/contract/effect.ts';
import type { Follow } from '#actors/contract/follow.ts';
import type { LeaderLease } from '#channels/plugin.ts';
import type { Clock } from '#machines/clock.ts';
import type { Store } from '#storage/port.ts';
import type { Webhooks } from '#storage/webhooks.ts';
import type { WebhookAdmin } from '../operations/webhook-port.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { addressGuard } from './address-guard.ts';
import { Dispatcher } from './dispatcher.ts';
import { createFollower } from './follow.ts';
import { KnownEndpoints } from './known-endpoints.ts';
import { webhookAdmin } from './manage.ts';
import { createSender } from './send.ts';

export interface WebhooksOptions {
  readonly webhooks: Webhooks;
  readonly store: Pick<Store, 'load' | 'journal'>;
  readonly clock: Clock;
  readonly metrics: Pick<Metrics, 'webhook' | 'disabledWebhooks'>;
  readonly log: Pick<Log, 'info' | 'error'>;
  /** STATECHAT_WEBHOOKS_ALLOW_PRIVATE. */
  readonly allowPrivate: boolean;
  readonly version: string;
  readonly onError: (where: string, error: unknown) => void;
}

export interface OpenWebhooks {
  /** For the runtime. */
  readonly follow: Follow;
  /** For the registry. */
  readonly effect: Effect;
  readonly admin: WebhookAdmin;
  /**
   * Sends while the lease is this instance's. Without a lease it is the only instance. Resolves to
   * a function that stops it.
   */
  start(lease: LeaderLease | undefined): Promise<() => Promise<void>>;
}

const TIMEOUT_MS = 15_000;

export function openWebhooks(options: WebhooksOptions): OpenWebhooks {
  const { webhooks, store, clock, metrics, log, allowPrivate, version, onError } = options;
  const now = (): number => clock.now();
  const known = new KnownEndpoints({ webhooks, clock, onError });
  const guard = addressGuard({ allowPrivate });
  const sender = createSender({ guard, timeoutMs: TIMEOUT_MS, userAgent: `Statechat/${version}` });
  const dispatcher = new Dispatcher({
    webhooks,
    store,
    known,
    sender,
    clock,
    metrics,
    onError,
    onDisabled: ({ id, url, disabled }) =>
      log.error({ event: 'webhook.disabled', endpoint: id, host: new URL(url).host, ...disabled }, 'an endpoint of webhooks was disabled'),
  });
  const wake = (): void => dispatcher.wake();
  metrics.disabledWebhooks(() => known.records.filter(({ endpoint }) => endpoint.disabled !== null).length);

  return {
    ...createFollower({ known, webhooks, onMoved: wake }),
    admin: webhookAdmin({ webhooks, known, guard, sender, now, wake }),
    async start(lease) {
      await known.start();
      const stopping = new AbortController();
      const work = (signal: AbortSignal): Promise<void> => dispatcher.run(signal);
      const running = lease === undefined ? work(stopping.signal) : lease(work, stopping.signal);
      return async () => {
        stopping.abort();
        await running;
        known.stop();
        sender.close();
      };
    },
  };
}
