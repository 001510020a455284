import { describeStore } from '#test/contracts/store-contract.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { postgresStores } from '#test/storage/postgres-stores.ts';

const { connectionString } = await createTestDatabase();

describeStore(
  'postgres',
  postgresStores(() => connectionString),
);
