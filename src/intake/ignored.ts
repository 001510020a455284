/**
 * Makes what channels ignore visible. Every ignored event is counted in the metrics. The log has
 * the first of each kind, and then the tenth, the hundredth and so on, because a busy group would
 * fill it. At the level `debug` it has them all.
 */
import type { IgnoredEvent } from '#channels/inbound.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';

export interface IgnoredParts {
  readonly metrics: Pick<Metrics, 'ignored'>;
  readonly log: Pick<Log, 'info' | 'debug'>;
}

export function countIgnored({ metrics, log }: IgnoredParts): (channel: string, event: IgnoredEvent) => void {
  const counts = new Map<string, number>();
  return (channel, event) => {
    const { kind } = event;
    metrics.ignored(channel, kind);
    const key = `${channel} ${kind}`;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    const facts = { channel, ...event, count };
    if (Number.isInteger(Math.log10(count))) log.info(facts, 'an event changes no session and was ignored');
    else log.debug(facts, 'an event changes no session and was ignored');
  };
}
