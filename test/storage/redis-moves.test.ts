/** Moves of addresses in Redis that are cut off after each of their steps, and repeated. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Unavailable } from '#machines/errors.ts';
import type { Address } from '#machines/ids.ts';
import type { SessionRow, TurnCommit } from '#storage/port.ts';
import { addressesOf } from '#storage/redis/addresses.ts';
import { commitOf } from '#storage/redis/commit.ts';
import { type Connection, connect } from '#storage/redis/connection.ts';
import { homesIn } from '#storage/redis/homes.ts';
import { sessionsOf } from '#storage/redis/sessions.ts';
import { whereaboutsIn } from '#storage/redis/whereabouts.ts';
import { LEASE, NOW, newAddress, newSession, turnOn } from '#test/contracts/store-fixtures.ts';
import { type RedisServer, startRedis } from '#test/redis-server.ts';

let server: RedisServer;
let connection: Connection;
beforeAll(async () => {
  server = await startRedis();
  connection = connect({ url: server.url });
});
afterAll(async () => {
  await connection?.close();
  await server?.stop();
});

/** A process that dies once it has sent this many commands. */
function processOf(steps: number) {
  let left = steps;
  const counted =
    <A extends unknown[], R>(send: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      if (left <= 0) throw new Unavailable('killed');
      left -= 1;
      return send(...args);
    };
  const mine: Connection = { ...connection, call: counted(connection.call), run: counted(connection.run) };
  const whereabouts = whereaboutsIn(mine);
  const homes = homesIn(mine);
  return {
    ...commitOf(mine, whereabouts, homes),
    ...sessionsOf(mine, whereabouts, homes),
    ...addressesOf(mine, homes),
    alive: () => left > 0,
  };
}

type Process = ReturnType<typeof processOf>;

const whole = (): Process => processOf(Number.POSITIVE_INFINITY);

async function opened(address: Address): Promise<SessionRow> {
  const turn = turnOn(newSession({ address }));
  expect(await whole().commit([turn], 'me', LEASE)).toEqual([{ ok: true }]);
  return turn.session;
}

async function closed(address: Address): Promise<SessionRow> {
  const turn = turnOn(await opened(address), { row: { open: false, closedAt: NOW, state: 'CLOSED' } });
  expect(await whole().commit([turn], 'me', LEASE)).toEqual([{ ok: true }]);
  return turn.session;
}

function moving(row: SessionRow, from: Address, to: Address): TurnCommit {
  return turnOn({ ...row, address: to }, { journal: [{ kind: 'moved', eventId: 'm' }], movedFrom: from });
}

/** Moves as the actors do, so an address that has moved is not moved by a turn again. */
async function byTurn(process: Process, turn: TurnCommit, from: Address, to: Address): Promise<void> {
  if ((await process.resolve(from)) !== from) await process.moveClosed([{ from, to }]);
  else await process.commit([turn], 'me', LEASE);
}

/** Cuts it off after each command in turn. Each time it is repeated and must be done. */
async function cutEverywhere(prepare: () => Promise<{ move: (process: Process) => Promise<unknown>; check: () => Promise<void> }>) {
  for (let steps = 1; ; steps += 1) {
    const { move, check } = await prepare();
    const dying = processOf(steps);
    await move(dying).catch((error: unknown) => expect(error).toBeInstanceOf(Unavailable));
    await move(whole());
    await check();
    if (dying.alive()) return;
  }
}

async function expectAt(to: Address, names: readonly Address[], ids: readonly string[]): Promise<void> {
  const { resolve, aliasesOf, sessions, load } = whole();
  const before = names.filter((name) => name !== to);
  for (const name of names) expect(await resolve(name)).toBe(to);
  expect((await aliasesOf(to)).toSorted()).toEqual(before.toSorted());
  for (const address of names) {
    const { items } = await sessions({ address }, 10);
    expect(items.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
    expect(new Set(items.map((row) => row.address))).toEqual(new Set([to]));
    expect(await load({ address })).toEqual(await load({ address: to }));
  }
}

describe('cut off after any step and repeated, it is done', () => {
  test('when the open session at the new address takes along what is closed at the other', async () => {
    await cutEverywhere(async () => {
      const [from, to] = [newAddress(), newAddress()];
      const earlier = await closed(from);
      const there = await opened(to);
      const turn = moving(there, from, to);
      return {
        move: (process) => byTurn(process, turn, from, to),
        check: async () => {
          await expectAt(to, [from, to], [earlier.id, there.id]);
          expect((await whole().journal(there.id, 0, 10)).map(({ kind }) => kind)).toContain('moved');
        },
      };
    });
  });

  test('when an open session moves over closed ones that other addresses lead to', async () => {
    await cutEverywhere(async () => {
      const [from, to, first, second] = [newAddress(), newAddress(), newAddress(), newAddress()];
      const ids = [(await closed(first)).id, (await closed(second)).id];
      await whole().moveClosed([
        { from: second, to: first },
        { from: first, to },
      ]);
      const session = await opened(from);
      const turn = moving(session, from, to);
      return {
        move: (process) => byTurn(process, turn, from, to),
        check: () => expectAt(to, [from, to, first, second], [...ids, session.id]),
      };
    });
  });

  test('when addresses without an open session move', async () => {
    await cutEverywhere(async () => {
      const [from, to, before] = [newAddress(), newAddress(), newAddress()];
      const ids = [(await closed(before)).id, (await closed(from)).id, (await closed(to)).id];
      await whole().moveClosed([{ from: before, to: from }]);
      return {
        move: (process) => process.moveClosed([{ from, to }]),
        check: () => expectAt(to, [from, to, before], ids),
      };
    });
  });

  test('when they join a session that is open at the new address', async () => {
    await cutEverywhere(async () => {
      const [from, to, before] = [newAddress(), newAddress(), newAddress()];
      const ids = [(await closed(before)).id, (await closed(from)).id, (await opened(to)).id];
      await whole().moveClosed([{ from: before, to: from }]);
      return {
        move: (process) => process.moveClosed([{ from, to }]),
        check: () => expectAt(to, [from, to, before], ids),
      };
    });
  });
});
