import type { Database } from '#storage/postgres/database.ts';
import { decodeStateCount } from '#storage/postgres/decode.ts';
import type { StateCounts } from '#storage/state-counts.ts';

const COUNT = `select s.machine_id as "machineId", s.machine_version as "machineVersion", s.state, count(*)::float8 as sessions
from sessions s where s.open group by s.machine_id, s.machine_version, s.state`;

/** Counts in PostgreSQL, which reads the index `sessions_states`. */
export function stateCountsOf(database: Database): StateCounts {
  return { stateCounts: async () => (await database.query('state-counts', COUNT, [])).map(decodeStateCount) };
}
