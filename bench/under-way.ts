/**
 * A database in which the runtime has begun every conversation. It has no connections any more, so
 * it can be copied.
 */
import { migrate } from '#storage/postgres/migrate.ts';
import type { Database, DatabaseServer } from './databases.ts';
import type { Answers } from './options.ts';
import { runtimeContestant } from './runtime.ts';

/**
 * Two turns each, for the floor to copy. The first opens the session, and the second is like all
 * that follow.
 */
export async function underWay(server: DatabaseServer, name: string, answers: Answers, conversations: number): Promise<Database> {
  const database = await server.create(name);
  await migrate(database.url);
  const opener = await runtimeContestant(database, answers, conversations);
  for (let turn = 0; turn < 2; turn++) await Promise.all(Array.from({ length: conversations }, (_, index) => opener.turn(index)));
  await opener.settle();
  await opener.close();
  return database;
}
