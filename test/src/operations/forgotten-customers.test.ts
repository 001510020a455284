/** What analytics keeps of a customer whose sessions are deleted. */

import { expect, test } from 'vitest';
import { companion } from '#assistants/companion/assistant.ts';
import { customerKeyOf } from '#src/operations/customer-key.ts';
import { runOperation } from '#src/operations/operation.ts';
import { deleteSession } from '#src/operations/session-life.ts';
import { AssistantSession } from '#test/assistants/assistant-session.ts';
import { countAll, simpleRollUp } from '#test/src/analytics/simple-roll-up.ts';
import { testContext } from './test-context.ts';

test('are their counts, and nothing that leads to them', async () => {
  const session = new AssistantSession(companion);
  const { store, rollups } = session;
  const customerKey = await customerKeyOf(store);
  const rollUp = simpleRollUp({ rollups, customerKey, clock: { now: () => session.now, after: () => () => {} } });
  for (const text of ['Hello, I am Mona', 'again']) {
    await session.say(text);
    await session.act({ type: 'close', by: 'maha' });
  }
  await countAll(rollUp);
  const { items } = await store.sessions({}, 10);
  const [first, second] = items;
  if (first === undefined || second === undefined) throw new Error('There are two sessions.');
  const all = { measures: ['opened', 'new_customers'], edges: [0, 10_000_000], filter: {}, byKey: false };
  const counts = await rollups.rollupSums(all);
  expect(counts.map(({ n }) => n)).toEqual([2, 1]);

  const { context } = testContext({ store, archive: session.archive, rollups });
  const remove = (sessionId: string) => runOperation(deleteSession, context, () => ({ sessionId }));
  const days = () => rollups.rolledCustomers([customerKey(first)]);
  const listed = async () => (await rollups.listedSessions({ from: 0, to: 10_000_000, filter: {} }, 10)).items.map((one) => one.sessionId);
  await remove(first.id);
  expect(await listed()).toEqual([second.id]);
  expect(await days()).toHaveLength(1);
  await remove(second.id);
  expect(await listed()).toEqual([]);
  expect(await days()).toEqual([]);
  expect(await rollups.rollupSums(all)).toEqual(counts);
  expect(JSON.stringify(counts)).not.toContain(first.address);
});
