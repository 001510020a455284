import type { StoreLifecycle } from '#storage/port.ts';
import type { Database } from '#storage/postgres/database.ts';

/** $1 name, $2 owner, $3 milliseconds. By the database's clock: those of the instances may differ. */
const LEASE = `
with clock as materialized (select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now)
insert into settings (name, value) select 'lease.' || $1, (c.now + $3::bigint) || ' ' || $2 from clock c
on conflict (name) do update set value = excluded.value
where split_part(settings.value, ' ', 2) = $2 or split_part(settings.value, ' ', 1)::bigint <= (select now from clock)
returning 1 as taken`;

export function leaseOf(database: Database): StoreLifecycle['lease'] {
  return async (name, owner, ms) => (await database.query('lease', LEASE, [name, owner, ms])).length > 0;
}
