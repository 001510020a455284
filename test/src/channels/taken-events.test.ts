/** What the host tells a channel of what it took, for one that fetches what it missed. */
import { expect, it } from 'vitest';
import { parseAddress, parseSessionId, type SessionId } from '#machines/ids.ts';
import { takenEvents } from '#src/channels/taken-events.ts';
import type { JournalEntry, SessionRow } from '#storage/port.ts';

const id = (n: number): SessionId => parseSessionId(`0198c0de-0000-7000-8000-${String(n).padStart(12, '0')}`);

interface Given {
  readonly address: string;
  readonly previous?: number;
  /** Kind and event id of each entry. */
  readonly entries: readonly (readonly [kind: string, eventId: string | null])[];
}

/** Sessions in the order of their opening. */
function storeOf(given: readonly Given[]) {
  const rows = given.map(
    ({ address, previous, entries }, n): SessionRow => ({
      id: id(n),
      address: parseAddress(address),
      assistant: 'companion',
      machineId: 'session',
      machineVersion: 3,
      version: entries.length,
      state: 'ACTIVE',
      handler: 'bot',
      agentId: null,
      tags: [],
      queue: null,
      waitingSince: null,
      open: true,
      snapshot: null,
      wakeAt: null,
      openedAt: n,
      lastActivityAt: n,
      closedAt: null,
      previousId: previous === undefined ? null : id(previous),
    }),
  );
  const asked: { readonly after: number; readonly limit: number }[] = [];
  return {
    asked,
    store: {
      load: async (key: { readonly id: SessionId } | { readonly address: string }) =>
        rows.findLast((row) => ('id' in key ? row.id === key.id : row.address === key.address)),
      sessions: async ({ channel }: { readonly channel?: string }, limit: number, cursor?: string) => {
        const from = cursor === undefined ? 0 : Number(cursor);
        const newest = rows.filter(({ address }) => address.startsWith(`${channel}:`)).toReversed();
        const items = newest.slice(from, from + limit);
        return { items, next: newest.length > from + limit ? String(from + limit) : null };
      },
      journal: async (sessionId: SessionId, after: number, limit: number): Promise<readonly JournalEntry[]> => {
        asked.push({ after, limit });
        const entries = given[rows.findIndex((row) => row.id === sessionId)]?.entries ?? [];
        return entries
          .map(([kind, eventId], n) => ({
            sessionId,
            seq: n + 1,
            at: n,
            kind,
            author: null,
            text: null,
            eventId,
            payload: null,
            delivery: null,
          }))
          .slice(after, after + limit);
      },
    },
  };
}

it('names the newest conversations of the channel, each once', async () => {
  const many = Array.from({ length: 250 }, (_, n) => ({ address: `discord:7:${n % 125}`, entries: [] }));
  const { store } = storeOf([...many, { address: 'telegram:7:1', entries: [] }]);
  const taken = takenEvents(store, 'discord');
  expect(await taken.addresses(3)).toEqual(['discord:7:124', 'discord:7:123', 'discord:7:122']);
  expect(await taken.addresses(1_000)).toHaveLength(125);
});

it('finds the last event of the customer, behind what agents and runs did, and in the session before', async () => {
  const { store, asked } = storeOf([
    {
      address: 'discord:7:1',
      entries: [
        ['customer.message', 'discord:10'],
        ['customer.command', 'discord:11'],
        ['run', 'run:1'],
        ['customer.edit', 'discord:10:edit'],
      ],
    },
    {
      address: 'discord:7:1',
      previous: 0,
      entries: [
        ['agent.message', null],
        ['effect', 'failed:1'],
      ],
    },
    { address: 'discord:7:2', entries: Array.from({ length: 1_000 }, () => ['note', null] as const) },
  ]);
  const taken = takenEvents(store, 'discord');
  expect(await taken.lastAt(parseAddress('discord:7:1'))).toBe('discord:11');
  expect(await taken.lastAt(parseAddress('discord:7:2'))).toBeUndefined();
  expect(await taken.lastAt(parseAddress('discord:7:3'))).toBeUndefined();
  expect(asked.at(-1)).toEqual({ after: 800, limit: 200 });
});
