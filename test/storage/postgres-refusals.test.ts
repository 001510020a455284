import { expect, test } from 'vitest';
import { migrate } from '#storage/postgres/migrate.ts';
import { translate } from '#storage/postgres/unavailable.ts';
import { administer } from '#test/postgres-databases.ts';
import { createTestDatabase } from '#test/postgres-server.ts';

const { connectionString } = await createTestDatabase();

function changed(change: (url: URL) => void): string {
  const url = new URL(connectionString);
  change(url);
  return url.href;
}

test.each([
  ['a wrong password', changed((url) => (url.password = 'wrong')), 'Correct the user and the password in DATABASE_URL.'],
  ['an unknown user', changed((url) => (url.username = 'nobody')), 'Correct the user and the password in DATABASE_URL.'],
  ['no password', changed((url) => (url.password = '')), 'Put the password into DATABASE_URL.'],
  ['an unknown database', changed((url) => (url.pathname = '/nothing')), 'Create the database, or correct its name in DATABASE_URL.'],
  [
    'TLS that the server has not',
    changed((url) => url.searchParams.set('sslmode', 'require')),
    'Take sslmode out of DATABASE_URL, or turn TLS on in the server.',
  ],
])('%s is refused in one sentence that says what to change', async (_, url, mend) => {
  await expect(migrate(url)).rejects.toMatchObject({
    code: 'database_refused',
    message: expect.stringMatching(/^PostgreSQL refuses \(.+\)\. /),
  });
  await expect(migrate(url)).rejects.toThrow(mend);
});

test('a user that may not make tables is refused', async () => {
  const database = await createTestDatabase({ empty: true });
  const url = new URL(database.connectionString);
  const role = `guest_${url.pathname.slice(1)}`;
  await administer(database.connectionString, `create role ${role} login password 'guest'`);
  url.username = role;
  url.password = 'guest';
  await expect(migrate(url.href)).rejects.toThrow('Make the user of DATABASE_URL the owner of the database.');
  await administer(database.connectionString, `drop role ${role}`);
});

test('a server that starts up is no refusal, also if a pooler reports it', () => {
  const starting = Object.assign(new Error('the database system is starting up'), { code: '08P01' });
  expect(translate(starting)).not.toMatchObject({ code: 'database_refused' });
});
