/**
 * Distinguishes a connection to PostgreSQL from one to a pooler before it, such as PgBouncer.
 *
 * A pooler in transaction mode gives each transaction any of its connections to the server. So what
 * a statement leaves behind for the next one has no owner, such as a setting, a prepared
 * statement, a lock or a LISTEN. It may even reach another program. A session behind a pooler keeps
 * nothing of the kind, whatever the pooler's mode (docs/decisions/0016-poolers.md).
 */
import type pg from 'pg';
import * as z from 'zod';

const serverSchema = z.object({ pid: z.number() });

/**
 * The server names its process as a connection opens. A pooler names none of the server's, because
 * it may have no connection to it yet.
 */
export async function behindPooler(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query('select pg_backend_pid() as pid');
  return serverSchema.parse(rows[0]).pid !== Reflect.get(client, 'processID');
}
