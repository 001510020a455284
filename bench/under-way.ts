/** A database in which the runtime has begun every conversation, and to which nobody is connected any more: it can be copied. */
import { migrate } from '#storage/postgres/migrate.ts';
import type { Database, DatabaseServer } from './databases.ts';
import type { Answers } from './options.ts';
import { runtimeContestant } from './runtime.ts';

/** Two turns each: the one that opens the session, and one like all that follow, for the floor to copy. */
export async function underWay(server: DatabaseServer, name: string, answers: Answers, conversations: number): Promise<Database> {
  const database = await server.create(name);
  await migrate(database.url);
  const opener = await runtimeContestant(database, answers, conversations);
  for (let turn = 0; turn < 2; turn++) await Promise.all(Array.from({ length: conversations }, (_, index) => opener.turn(index)));
  await opener.settle();
  await opener.close();
  return database;
}
