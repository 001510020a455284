/**
 * Whether a session matches a filter. Stores with an index answer the same
 * (test/contracts/store-reads.ts).
 */
import type { SessionFilter, SessionRow } from '#storage/port.ts';

/** The fields of a session that a filter reads. */
export type Filtered = Pick<SessionRow, 'address' | 'assistant' | 'state' | 'handler' | 'agentId' | 'queue' | 'tags' | 'open'>;

export function matchesFilter(session: Filtered, filter: SessionFilter): boolean {
  return (
    (filter.address === undefined || session.address === filter.address) &&
    (filter.channel === undefined || channelOf(session) === filter.channel) &&
    (filter.assistant === undefined || session.assistant === filter.assistant) &&
    (filter.state === undefined || session.state === filter.state) &&
    (filter.handler === undefined || session.handler === filter.handler) &&
    (filter.agent === undefined || session.agentId === filter.agent) &&
    (filter.queue === undefined || session.queue === filter.queue) &&
    (filter.tag === undefined || session.tags.includes(filter.tag)) &&
    (filter.open === undefined || session.open === filter.open)
  );
}

function channelOf({ address }: Pick<SessionRow, 'address'>): string {
  return address.slice(0, address.indexOf(':'));
}
