/** Databases for tests, copied from a template that was migrated once. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { migrate } from '#storage/postgres/migrate.ts';

const TEMPLATE = 'statechat_template';

/** All that hold data. */
export const TABLES = [
  'sessions',
  'journal',
  'outbox',
  'settings',
  'holds',
  'rejected',
  'search',
  'leases',
  'ledger_accounts',
  'ledger_reservations',
  'approvals',
  'aliases',
  'agents',
  'agent_invitations',
  'sign_ins',
  'library',
  'mentions',
  'expiring_records',
  'api_tokens',
  'webhook_endpoints',
  'webhook_places',
  'webhook_deliveries',
  'audit',
  'rollup_marks',
  'rollup_progress',
  'rollups',
  'rollup_spans',
  'rolled_sessions',
  'rolled_labels',
  'rolled_customers',
] as const;

/** Runs statements on the server itself, one connection a call, because few tests need it. */
export async function administer(connectionString: string, ...statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

function databaseAt(connectionString: string, name: string): string {
  const url = new URL(connectionString);
  url.pathname = `/${name}`;
  return url.href;
}

export async function createTemplate(connectionString: string): Promise<void> {
  await administer(connectionString, `create database ${TEMPLATE}`);
  await migrate(databaseAt(connectionString, TEMPLATE));
}

/** New, migrated, empty database. `empty: true` leaves the schema out too. */
export async function createDatabase(
  connectionString: string,
  options: { readonly empty?: boolean } = {},
): Promise<{ readonly name: string; readonly connectionString: string }> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await administer(connectionString, `create database ${name}${options.empty === true ? '' : ` template ${TEMPLATE}`}`);
  return { name, connectionString: databaseAt(connectionString, name) };
}

export async function dropDatabase(connectionString: string, name: string): Promise<void> {
  await administer(connectionString, `drop database if exists ${name} with (force)`);
}
