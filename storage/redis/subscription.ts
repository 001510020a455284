/**
 * Subscription to channels, on a connection of its own that is replaced whenever it may be dead.
 *
 * Invariant. There is always traffic on these channels, because exchange.ts sends messages to
 * itself. So silence means that nothing arrives any more, whatever state the connection reports.
 * That happens with a frozen server, a half-open socket or a removed cluster node.
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
  /** A message arrived lately. */
  readonly well: boolean;
  close(): void;
}

export function subscribe(options: SubscriptionOptions): Subscription {
  const { url, channels, message, subscribed, silenceMs, onConnectionLost } = options;
  let client: Redis | Cluster | undefined;
  let receivedAt = Number.NEGATIVE_INFINITY;
  let begunAt = performance.now();

  function begin(): void {
    client?.removeAllListeners('message');
    client?.disconnect();
    begunAt = performance.now();
    const current = openClient({ url });
    client = current;
    current.on('error', (error: Error) => onConnectionLost?.(error));
    current.on('message', (_channel: string, text: string) => {
      receivedAt = performance.now();
      message(text);
    });
    const listening = (): void => {
      if (client !== current) return;
      receivedAt = performance.now();
      subscribed();
    };
    // Called each time that the driver has connected, which it also does again by itself. The watch
    // finds a failed attempt.
    current.on('ready', () => current.subscribe(...channels).then(listening, () => {}));
    current.connect().catch(() => {});
  }

  begin();
  const watch = setInterval(() => {
    if (performance.now() - Math.max(receivedAt, begunAt) > silenceMs) begin();
  }, silenceMs / 4);
  watch.unref();

  return {
    get well() {
      return performance.now() - receivedAt <= silenceMs;
    },
    close() {
      clearInterval(watch);
      client?.removeAllListeners('message');
      client?.disconnect();
      client = undefined;
    },
  };
}
