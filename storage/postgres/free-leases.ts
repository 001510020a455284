import { connected } from '#storage/postgres/connected.ts';

/** Nothing while anybody else is connected: who holds a lease may be alive after all. */
const FREE = `
with others as materialized (
  select count(*) as connected from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
), chores as (
  delete from leases where (select connected from others) = 0
)
update outbox set owner = null, lease_until = 0 where lease_until > 0 and (select connected from others) = 0`;

/**
 * Frees all work that is leased, for a caller who knows that every holder is dead. Resolves to how many items that was; 0 where
 * somebody else is connected to the database.
 */
export async function freeLeases(connectionString: string): Promise<number> {
  return connected(connectionString, async (client) => (await client.query(FREE)).rowCount ?? 0);
}
