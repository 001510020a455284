/**
 * An app that only starts the embedded PostgreSQL in the given folder, reports that, and runs until
 * it is killed.
 */
import { startEmbeddedPostgres } from '#storage/embedded/start.ts';

const [dataDir = ''] = process.argv.slice(2);
const server = await startEmbeddedPostgres({ dataDir, settings: { fsync: 'off' }, log: () => {} });
process.stdout.write(`${JSON.stringify({ connectionString: server.connectionString, pid: server.pid() })}\n`);
