import type { SessionId } from '#machines/ids.ts';
import type { Archive, HoldChange, StoredDeadLetter } from '#storage/archive.ts';
import { checkedCursor, deadLetterCursor } from '#storage/cursor.ts';
import type { KeptAccounts } from '#storage/memory/addresses.ts';
import type { SessionRow } from '#storage/port.ts';

type Kept = Pick<SessionRow, 'id' | 'address' | 'open' | 'closedAt'>;

export interface KeptSessions {
  has(id: SessionId): boolean;
  sessions(): readonly Kept[];
  /** With all that belongs to it. */
  remove(session: Kept): void;
}

/** Archive of a store in memory, with the same answers as PostgreSQL's. */
export function memoryArchive({ has, sessions, remove }: KeptSessions): Archive & KeptAccounts {
  const deadLetters = new Map<string, StoredDeadLetter & { readonly ordinal: number }>();
  const holds = new Map<SessionId, HoldChange[]>();
  const leases = new Map<string, { readonly owner: string; readonly until: number }>();
  let ordinal = 0;

  const isHeld = (id: SessionId): boolean => holds.get(id)?.at(-1)?.held === true;

  function old(before: number) {
    const closed = sessions().filter(({ open, closedAt }) => !open && closedAt !== null && closedAt < before);
    return {
      sessions: closed.filter(({ id }) => !isHeld(id)).sort((a, b) => (a.closedAt ?? 0) - (b.closedAt ?? 0)),
      held: closed.filter(({ id }) => isHeld(id)),
      deadLetters: [...deadLetters].filter(([, { receivedAt }]) => receivedAt < before).sort(([, a], [, b]) => a.receivedAt - b.receivedAt),
    };
  }

  const keyOf = ({ channel, account, providerId }: StoredDeadLetter): string => JSON.stringify([channel, account, providerId]);

  return {
    names: () => [...deadLetters.values()].map(({ channel, account }) => `${channel}:${account}:`),

    rename(from, to) {
      const moving = [...deadLetters].filter(([, { channel, account }]) => `${channel}:${account}:` === from);
      for (const [key, event] of moving) {
        const moved = { ...event, account: to.split(':')[1] ?? '' };
        deadLetters.delete(key);
        if (!deadLetters.has(keyOf(moved))) deadLetters.set(keyOf(moved), moved);
      }
      return moving.length;
    },

    async keepDeadLetter(event) {
      const key = keyOf(event);
      if (deadLetters.has(key)) return false;
      ordinal += 1;
      deadLetters.set(key, { ...event, ordinal });
      return true;
    },

    async deadLetters(limit, cursor) {
      checkedCursor(deadLetterCursor, cursor);
      const found = [...deadLetters.values()]
        .filter((event) => cursor === undefined || event.ordinal < Number(cursor))
        .sort((a, b) => b.ordinal - a.ordinal);
      const items = found.slice(0, limit);
      return {
        items: items.map(({ ordinal: _, ...event }) => event),
        next: found.length > limit ? String(items.at(-1)?.ordinal) : null,
      };
    },

    async hold(id, change) {
      if (!has(id)) return 'no session';
      if (isHeld(id) === change.held) return 'unchanged';
      holds.set(id, [...(holds.get(id) ?? []), { ...change }]);
      return 'changed';
    },

    async holds(id) {
      return (holds.get(id) ?? []).map((change) => ({ ...change }));
    },

    async expired(before) {
      const found = old(before);
      return { sessions: found.sessions.length, held: found.held.length, deadLetters: found.deadLetters.length };
    },

    async deleteExpired(before, limit) {
      const found = old(before);
      const doomed = found.sessions.slice(0, limit);
      const dropped = found.deadLetters.slice(0, limit);
      for (const session of doomed) remove(session);
      for (const [key] of dropped) deadLetters.delete(key);
      return { sessions: doomed.length, deadLetters: dropped.length };
    },

    async deleteSession(id) {
      const found = sessions().find((session) => session.id === id);
      if (found === undefined) return 'no session';
      if (found.open) return 'open';
      if (isHeld(id)) return 'held';
      remove(found);
      return 'deleted';
    },

    async lease(name, owner, now, until) {
      const held = leases.get(name);
      if (held !== undefined && held.owner !== owner && held.until > now) return false;
      leases.set(name, { owner, until });
      return true;
    },
  };
}
