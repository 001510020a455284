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
import { connected } from '#storage/postgres/single-connection.ts';

/** How often it is tried. Other clients may take the session of the server each time. */
const ROUNDS = 5;

const serverSchema = z.object({ pid: z.number() });

/**
 * The server names its process as a connection opens. A pooler names none of the server's, because
 * it may have no connection to it yet.
 */
export async function behindPooler(client: pg.ClientBase): Promise<boolean> {
  return (await serverOf(client)) !== Reflect.get(client, 'processID');
}

/**
 * Whether a pooler gives the client's session of the server to another client while it is idle, or
 * gives the client another one. It leaves nothing behind. A busy pooler may hide it.
 */
export function sharesSessions(client: pg.ClientBase, connectionString: string): Promise<boolean> {
  return connected(connectionString, async (other) => {
    const first = await serverOf(client);
    for (let round = 0; round < ROUNDS; round += 1) {
      // In a transaction the other client keeps its session, so both cannot have the same one.
      await other.query('begin');
      const shared = (await serverOf(other)) === first || (await serverOf(client)) !== first;
      await other.query('rollback');
      if (shared) return true;
    }
    return false;
  });
}

async function serverOf(client: pg.ClientBase): Promise<number> {
  const { rows } = await client.query('select pg_backend_pid() as pid');
  return serverSchema.parse(rows[0]).pid;
}
