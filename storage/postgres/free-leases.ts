import { connected } from '#storage/postgres/single-connection.ts';

/** Does nothing while another client is connected, because the holder of a lease may be alive. */
const FREE = `
with others as materialized (
  select count(*) as connected from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
), chores as (
  delete from leases where (select connected from others) = 0
)
update outbox set owner = null, lease_until = 0 where lease_until > 0 and (select connected from others) = 0`;

/**
 * Frees all leased work, for a caller that knows that every holder is dead. Resolves to the number
 * of items, and to 0 if another client is connected to the database.
 */
export async function freeLeases(connectionString: string): Promise<number> {
  return connected(connectionString, async (client) => (await client.query(FREE)).rowCount ?? 0);
}
