/** Puts the parts of outgoing webhooks together. */
import type { Effect } from '#actors/contract/effect.ts';
import type { Follow } from '#actors/contract/follow.ts';
import type { LeaderLease } from '#channels/plugin.ts';
import type { Clock } from '#machines/clock.ts';
import type { Secret } from '#machines/secret.ts';
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
import { sealAgain, sealedWebhooks, sealerOf } from './sealing.ts';
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
  /** Seal the secrets of endpoints in the store. The first one is the current one. */
  readonly secretsKeys: readonly Secret[];
  readonly onError: (where: string, error: unknown) => void;
}

export interface OpenWebhooks {
  /** For the runtime. */
  readonly follow: Follow;
  /** For the registry. */
  readonly effect: Effect;
  readonly admin: WebhookAdmin;
  /** Sends while the lease is this instance's. Resolves to a function that stops it. */
  start(lease: LeaderLease): Promise<() => Promise<void>>;
}

const TIMEOUT_MS = 15_000;

export function openWebhooks(options: WebhooksOptions): OpenWebhooks {
  const { store, clock, metrics, log, allowPrivate, version, secretsKeys, onError } = options;
  const sealer = sealerOf(secretsKeys);
  const webhooks = sealedWebhooks(options.webhooks, sealer);
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
      const seal = async (): Promise<void> => {
        const endpoints = await sealAgain(options.webhooks, sealer);
        if (endpoints > 0) log.info({ endpoints }, 'the secrets of webhooks are sealed with the current key');
      };
      const work = async (signal: AbortSignal): Promise<void> => {
        await seal().catch((error: unknown) => onError('sealing the secrets of webhooks', error));
        await dispatcher.run(signal);
      };
      const running = lease(work, stopping.signal);
      return async () => {
        stopping.abort();
        await running;
        known.stop();
        sender.close();
      };
    },
  };
}
