/**
 * The floor of a turn. One statement of bare SQL writes the rows that the runtime wrote for a turn
 * once more, for a session of another id and address. There is no machine and no decision about
 * versions or duplicates.
 */
import { v7 } from 'uuid';
import { formatAddress, type SessionId } from '#machines/ids.ts';
import type { JournalEntry, SessionRow, TurnCommit, WorkItem } from '#storage/port.ts';
import { literal } from '#storage/postgres/arrays.ts';
import { type Column, numbered, parameters, unnest } from '#storage/postgres/columns.ts';
import { openDatabase } from '#storage/postgres/database.ts';

const MOVING: readonly Column<SessionRow>[] = [
  { name: 'id', type: 'uuid', of: ({ id }) => id },
  { name: 'version', type: 'int', of: ({ version }) => version },
  { name: 'state', type: 'text', of: ({ state }) => state },
  { name: 'snapshot', type: 'json', of: ({ snapshot }) => JSON.stringify(snapshot) },
  { name: 'wake_at', type: 'bigint', of: ({ wakeAt }) => wakeAt },
  { name: 'last_activity_at', type: 'bigint', of: ({ lastActivityAt }) => lastActivityAt },
];

const FIXED: readonly Column<SessionRow>[] = [
  { name: 'address', type: 'text', of: ({ address }) => address },
  { name: 'ordinal', type: 'int', of: () => 1 },
  { name: 'assistant', type: 'text', of: ({ assistant }) => assistant },
  { name: 'machine_id', type: 'text', of: ({ machineId }) => machineId },
  { name: 'machine_version', type: 'int', of: ({ machineVersion }) => machineVersion },
  { name: 'handler', type: 'text', of: ({ handler }) => handler },
  { name: 'agent_id', type: 'text', of: ({ agentId }) => agentId },
  { name: 'tags', type: 'text', of: ({ tags }) => literal(tags) },
  { name: 'open', type: 'boolean', of: ({ open }) => open },
  { name: 'opened_at', type: 'bigint', of: ({ openedAt }) => openedAt },
  { name: 'closed_at', type: 'bigint', of: ({ closedAt }) => closedAt },
  { name: 'previous_id', type: 'uuid', of: ({ previousId }) => previousId },
];

const ENTRY: readonly Column<JournalEntry>[] = [
  { name: 'session_id', type: 'uuid', of: ({ sessionId }) => sessionId },
  { name: 'seq', type: 'int', of: ({ seq }) => seq },
  { name: 'at', type: 'bigint', of: ({ at }) => at },
  { name: 'kind', type: 'text', of: ({ kind }) => kind },
  { name: 'author', type: 'text', of: ({ author }) => author },
  { name: 'text', type: 'text', of: ({ text }) => text },
  { name: 'event_id', type: 'text', of: ({ eventId }) => eventId },
  { name: 'payload', type: 'json', of: ({ payload }) => JSON.stringify(payload) },
  { name: 'delivery_status', type: 'text', of: ({ delivery }) => delivery?.status ?? null },
  { name: 'delivery_at', type: 'bigint', of: ({ delivery }) => delivery?.at ?? null },
];

const WORK: readonly Column<WorkItem>[] = [
  { name: 'session_id', type: 'uuid', of: ({ sessionId }) => sessionId },
  { name: 'serial', type: 'int', of: ({ serial }) => serial },
  { name: 'session_ordinal', type: 'int', of: () => 1 },
  { name: 'seq', type: 'int', of: ({ seq }) => seq },
  { name: 'kind', type: 'text', of: ({ kind }) => kind },
  { name: 'lane', type: 'text', of: ({ lane }) => lane },
  { name: 'type', type: 'text', of: ({ type }) => type },
  { name: 'payload', type: 'json', of: ({ payload }) => JSON.stringify(payload) },
  { name: 'attempts', type: 'int', of: ({ attempts }) => attempts },
  { name: 'not_before', type: 'bigint', of: ({ notBefore }) => notBefore },
  { name: 'progress', type: 'json', of: ({ progress }) => JSON.stringify(progress) },
  { name: 'lease_until', type: 'bigint', of: ({ notBefore }) => notBefore + 15_000 },
];

function inserted<Row>(table: string, columns: readonly Column<Row>[]): string {
  const names = columns.map(({ name }) => name);
  const values = names.map((name) => (name === 'tags' ? 'r.tags::text[]' : `r.${name}`));
  return `insert into ${table} (${names.join(', ')}) select ${values.join(', ')} from ${unnest(columns, 'r')}`;
}

const UPDATED = `update sessions s set ${MOVING.slice(1)
  .map(({ name }) => `${name} = r.${name}`)
  .join(', ')} from ${unnest(MOVING, 'r')} where s.id = r.id`;

const written = (session: string): string =>
  numbered(`with session as (${session}), journal_ as (${inserted('journal', ENTRY)}) ${inserted('outbox', WORK)}`);

const OPEN = written(inserted('sessions', [...MOVING, ...FIXED]));
const ADD = written(UPDATED);

export interface BareTurns {
  /**
   * Writes the rows of `turn` for the nth bare session. The rows of a turn that opened a session
   * open it. Resolves to how long that took, in milliseconds.
   */
  write(nth: number, turn: TurnCommit): Promise<number>;
  close(): Promise<void>;
}

export function bareTurns(databaseUrl: string): BareTurns {
  const { query, close } = openDatabase({ connectionString: databaseUrl });
  const ids = new Map<number, SessionId>();
  return {
    async write(nth, { session, expectedVersion, journal, work }) {
      const opens = expectedVersion === 0;
      const known = opens ? undefined : ids.get(nth);
      const id = known ?? (v7() as SessionId);
      ids.set(nth, id);
      const row = { ...session, id, address: formatAddress({ channel: 'bench', account: 'bare', peer: id }) };
      const began = performance.now();
      const entries = journal.map((entry) => ({ ...entry, sessionId: id }));
      const items = work.map((item) => ({ ...item, sessionId: id }));
      const values = [
        ...parameters(opens ? [...MOVING, ...FIXED] : MOVING, [row]),
        ...parameters(ENTRY, entries),
        ...parameters(WORK, items),
      ];
      await query(opens ? 'bare-open' : 'bare-add', opens ? OPEN : ADD, values);
      const taken = performance.now() - began;
      // The work is deleted, because it must not be done.
      await query('bare-forget', 'delete from outbox where session_id = $1', [id]);
      return taken;
    },
    close,
  };
}
