/**
 * Moves what is kept under the names of a channel's account to the account itself, whose id never
 * changes. In 0.1.0 Telegram's account was the bot's username. A bot that was renamed would have
 * begun all its conversations again.
 *
 * Invariants
 * 1. Open sessions move by turns of their own (actors/session/moves.ts), so it may be done while
 *    other instances work on them.
 * 2. It may be broken off and repeated at any point. What has moved is found under the account, the
 *    rest under the name.
 * 3. A name that may be another bot's is left alone. Which names are the bot's own is stored at the
 *    first start, because a name that remains after the others moved is no longer the only one
 *    (`test/src/intake/adopt-account.test.ts`).
 */
import * as z from 'zod';
import type { Actors } from '#actors/contract/api.ts';
import { HOST_EVENT } from '#actors/contract/api.ts';
import type { Address } from '#machines/ids.ts';
import { type AddressBook, atAccount } from '#storage/addresses.ts';
import type { Store } from '#storage/port.ts';
import type { Log } from '../telemetry/log.ts';

export interface AccountAdopterParts {
  readonly addresses: Pick<AddressBook, 'namedAccounts' | 'openAt' | 'moveAccount'>;
  readonly store: Pick<Store, 'setting'>;
  readonly actors: Pick<Actors, 'move'>;
  readonly log: Log;
}

/**
 * Open sessions that are moved at the same time, about as many as one statement after the other
 * keeps busy.
 */
const TOGETHER = 16;
/** Closed sessions, dead letters and accounts in one short step. */
const STEP = 500;

const storedNames = z.array(z.string());

export function accountAdopter({ addresses, store, actors, log }: AccountAdopterParts) {
  /**
   * Resolves to how many moved. If both addresses of a session have a human, it stays, and is not
   * tried twice.
   */
  async function moveOpen(channel: string, name: string, account: string): Promise<number> {
    const tried = new Set<Address>();
    for (;;) {
      const open = await addresses.openAt(channel, name, tried.size + TOGETHER);
      const left = open.filter((address) => !tried.has(address)).slice(0, TOGETHER);
      if (left.length === 0) return tried.size;
      await Promise.all(
        left.map(async (from) => {
          tried.add(from);
          await actors.move(from, atAccount(from, account), { eventId: `${HOST_EVENT}account:${from}` });
        }),
      );
    }
  }

  /**
   * A program has one bot. If there is only one name in the store at the first start, it is the
   * bot's own, whatever its name is today. Later starts find what was decided then.
   */
  async function ownNames(channel: string, account: string, named: readonly string[], name: string): Promise<readonly string[]> {
    const own = named.length === 1 ? named : named.filter((one) => one === name);
    return storedNames.parse(JSON.parse(await store.setting(`${channel}.${account}.adopted`, JSON.stringify(own))));
  }

  return async (channel: string, account: string, name: string): Promise<void> => {
    const named = await addresses.namedAccounts(channel);
    const known = await ownNames(channel, account, named, name);
    const own = named.filter((one) => one === name || known.includes(one));
    for (const one of own) {
      const open = await moveOpen(channel, one, account);
      let rest = 0;
      for (let step = STEP; step > 0; rest += step) step = await addresses.moveAccount(channel, one, account, STEP);
      log.info({ channel, name: one, account, open, rest }, 'moved what was stored under a name to its account');
    }
    const others = named.filter((one) => !own.includes(one));
    if (others.length === 0) return;
    log.warn(
      { channel, names: others, account },
      `what is kept under these names stays there, for they may be other bots'. If one of them was this bot, give it that username again for one start`,
    );
  };
}
