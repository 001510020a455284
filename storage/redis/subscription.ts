/**
 * Listening to channels, on a connection of its own that is made anew whenever it may be dead.
 *
 * Invariant: somebody says something on these channels all the time (exchange.ts does, to itself), so silence means that
 * nothing arrives any more, whatever the connection looks like: a server that froze, a half-open socket, a cluster node that left.
 */
import type { Cluster, Redis } from 'ioredis';
import { openClient, type RedisOptions } from '#storage/redis/connection.ts';

export interface SubscriptionOptions extends Pick<RedisOptions, 'url' | 'onConnectionLost'> {
  readonly channels: readonly string[];
  readonly message: (text: string) => void;
  /** Listening, for the first time or again. */
  readonly subscribed: () => void;
  /** Milliseconds without a message after which the connection counts as dead. */
  readonly silenceMs: number;
}

export interface Subscription {
  /** Something was heard lately. */
  readonly well: boolean;
  close(): void;
}

export function subscribe(options: SubscriptionOptions): Subscription {
  const { url, channels, message, subscribed, silenceMs, onConnectionLost } = options;
  let client: Redis | Cluster | undefined;
  let heardAt = Number.NEGATIVE_INFINITY;
  let begunAt = performance.now();

  function begin(): void {
    client?.removeAllListeners('message');
    client?.disconnect();
    begunAt = performance.now();
    const current = openClient({ url });
    client = current;
    current.on('error', (error: Error) => onConnectionLost?.(error));
    current.on('message', (_channel: string, text: string) => {
      heardAt = performance.now();
      message(text);
    });
    const listening = (): void => {
      if (client !== current) return;
      heardAt = performance.now();
      subscribed();
    };
    // Each time that the driver has connected, which it does again by itself. What fails the watch finds.
    current.on('ready', () => current.subscribe(...channels).then(listening, () => {}));
    current.connect().catch(() => {});
  }

  begin();
  const watch = setInterval(() => {
    if (performance.now() - Math.max(heardAt, begunAt) > silenceMs) begin();
  }, silenceMs / 4);
  watch.unref();

  return {
    get well() {
      return performance.now() - heardAt <= silenceMs;
    },
    close() {
      clearInterval(watch);
      client?.removeAllListeners('message');
      client?.disconnect();
      client = undefined;
    },
  };
}
