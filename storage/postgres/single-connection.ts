import pg from 'pg';
import { translate } from '#storage/postgres/unavailable.ts';

/**
 * One connection for work at start or by hand, beside the store's pool. Throws `Unavailable` if the
 * server cannot be reached.
 */
export async function connected<T>(connectionString: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5_000, application_name: 'statechat migrate' });
  // The query in flight rejects with it. The event itself must not end the process.
  client.on('error', () => {});
  try {
    await client.connect();
    return await use(client);
  } catch (error) {
    throw translate(error);
  } finally {
    await client.end();
  }
}
