/** Records of the handoff in PostgreSQL. */
import { type HandoffRecords, KEPT_WAITS } from '#storage/handoff.ts';
import { storable, texts } from '#storage/postgres/arrays.ts';
import type { Database } from '#storage/postgres/database.ts';
import { AGENT_STATE, decodeAgentState, decodeWait } from '#storage/postgres/decode.ts';

/** In one order, so that two instances that see the same agents never wait for each other. */
const SEEN = `
insert into agent_states (agent_id, seen_at) select id, $2::bigint from unnest($1::text[]) u(id) group by id order by id
on conflict (agent_id) do update set seen_at = greatest(agent_states.seen_at, excluded.seen_at)`;

const AWAY = `
insert into agent_states (agent_id, away) values ($1, $2)
on conflict (agent_id) do update set away = excluded.away`;

const ASSIGNED = `
insert into agent_states (agent_id, assigned_at) values ($1, $2)
on conflict (agent_id) do update set assigned_at = greatest(agent_states.assigned_at, excluded.assigned_at)`;

const STATES = `select ${AGENT_STATE} from agent_states s`;

/** The row that is added is not seen by the statement, so it keeps one less. */
const WAITED = `
with added as (insert into queue_waits (queue, at, ms) values ($1, $2, $3))
delete from queue_waits where queue = $1 and ordinal <= (
  select ordinal from queue_waits where queue = $1 order by ordinal desc offset ${KEPT_WAITS - 1} limit 1
)`;

const WAITS = 'select ms from queue_waits where queue = $1 and at > $2 order by ordinal desc limit $3';

export function handoffOf(database: Database): HandoffRecords {
  return {
    async seen(agentIds, at) {
      if (agentIds.length > 0) await database.query('agents-seen', SEEN, [texts(agentIds), at]);
    },
    async setAway(agentId, away) {
      await database.query('agent-away', AWAY, [storable(agentId), away]);
    },
    async assigned(agentId, at) {
      await database.query('agent-assigned', ASSIGNED, [storable(agentId), at]);
    },
    async agentStates() {
      return (await database.query('agent-states', STATES, [])).map(decodeAgentState);
    },
    async waited(queue, at, ms) {
      await database.query('queue-waited', WAITED, [storable(queue ?? ''), at, ms]);
    },
    async waits(queue, since, limit) {
      return (await database.query('queue-waits', WAITS, [storable(queue ?? ''), since, limit])).map(decodeWait);
    },
  };
}
