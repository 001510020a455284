import type { Address } from '#machines/ids.ts';
import { type AddressBook, atAccount, customersUnder, isNamed, type Move } from '#storage/addresses.ts';

export interface KeptAddresses {
  readonly aliases: ReadonlyMap<Address, Address>;
  readonly move: (move: Move) => void;
  /** The open session at an address. */
  readonly openIn: (address: Address) => unknown;
  /** Where sessions are kept. */
  readonly addresses: () => readonly Address[];
  readonly archive: KeptAccounts;
  readonly ledger: KeptAccounts;
}

/** What else is kept under accounts of channels. */
export interface KeptAccounts {
  /** Beginnings are `{channel}:{account}:`, of a ledger's account behind the word for its kind. */
  readonly names: () => readonly string[];
  /** Resolves to how many moved. */
  readonly rename: (from: string, to: string) => number;
}

/**
 * The address book of a store in memory. It answers like PostgreSQL's. Each call is one synchronous
 * step.
 */
export function memoryAddresses({ aliases, move, openIn, addresses, archive, ledger }: KeptAddresses): AddressBook {
  const under = (channel: string, account: string): Address[] =>
    addresses().filter((address) => address.startsWith(`${channel}:${account}:`));

  function moveClosed(moves: readonly Move[]): Move[] {
    return moves.filter((one) => {
      if (one.from === one.to || aliases.has(one.from) || openIn(one.from) !== undefined) return false;
      move(one);
      return true;
    });
  }

  return {
    resolve: async (address) => aliases.get(address) ?? address,

    aliasesOf: async (address) => [...aliases].flatMap(([alias, target]) => (target === address ? [alias] : [])),

    moveClosed: async (moves) => moveClosed(moves),

    async namedAccounts(channel) {
      const spenders = ledger.names().flatMap((name) => /^customer:(.*)/s.exec(name)?.[1] ?? []);
      const all = [...addresses(), ...archive.names(), ...spenders].filter((name) => name.startsWith(`${channel}:`));
      return [...new Set(all.map((name) => name.split(':')[1] ?? ''))].filter(isNamed).sort();
    },

    openAt: async (channel, account, limit) =>
      under(channel, account)
        .filter((address) => openIn(address) !== undefined)
        .slice(0, limit),

    async moveAccount(channel, from, to, limit) {
      const closed = under(channel, from).filter((address) => openIn(address) === undefined);
      const moved = moveClosed(closed.slice(0, limit).map((address) => ({ from: address, to: atAccount(address, to) })));
      const renamed = archive.rename(`${channel}:${from}:`, `${channel}:${to}:`);
      return moved.length + renamed + ledger.rename(customersUnder(channel, from), customersUnder(channel, to));
    },
  };
}
