/**
 * Store in this process's memory, for tests and trials. Nothing outlives the process.
 *
 * Owns the whole of `Store`, with the same answers as PostgreSQL. Does not own durability,
 * sharing.
 *
 * Invariants
 * 1. A call is decided in one synchronous step, so calls cannot interleave.
 * 2. Documents are kept as JSON text, so a caller and the store never share an object.
 */
import type { Json } from '#machines/definition.ts';
import type { Address, SessionId } from '#machines/ids.ts';
import type { Move } from '#storage/addresses.ts';
import { checkBatch } from '#storage/batch.ts';
import { checkedCursor, sessionsCursor } from '#storage/cursor.ts';
import { advance } from '#storage/delivery.ts';
import type { StoreLifecycle } from '#storage/lifecycle.ts';
import { memoryAddresses } from '#storage/memory/addresses.ts';
import { memoryAgents } from '#storage/memory/agents.ts';
import { memoryApiTokens } from '#storage/memory/api-tokens.ts';
import { memoryApprovals } from '#storage/memory/approvals.ts';
import { memoryArchive } from '#storage/memory/archive.ts';
import { memoryAuditTrail } from '#storage/memory/audit-trail.ts';
import { memoryBlobs } from '#storage/memory/blobs.ts';
import { memoryExpiringRecords } from '#storage/memory/expiring-records.ts';
import { memoryFiles } from '#storage/memory/files.ts';
import { memoryHandoff } from '#storage/memory/handoff.ts';
import { memoryLedger } from '#storage/memory/ledger.ts';
import { memoryLibrary } from '#storage/memory/library.ts';
import { memoryMentions } from '#storage/memory/mentions.ts';
import { MemoryRollups } from '#storage/memory/rollups.ts';
import { memorySignIns } from '#storage/memory/sign-ins.ts';
import { MemoryStateCounts } from '#storage/memory/state-counts.ts';
import { memoryUploads } from '#storage/memory/uploads.ts';
import { memoryWebhooks } from '#storage/memory/webhooks.ts';
import type { CommitResult, JournalEntry, MovedMark, SessionRow, Store, TakenEvent, TurnCommit, WorkItem } from '#storage/port.ts';
import { scanningSearch } from '#storage/search-scan.ts';
import { matchesFilter } from '#storage/session-filter.ts';

type KeptSession = Omit<SessionRow, 'snapshot'> & { readonly snapshot: string; readonly ordinal: number };
type KeptEntry = Omit<JournalEntry, 'payload'> & { readonly payload: string };
type KeptWork = Omit<WorkItem, 'payload' | 'progress'> & {
  readonly payload: string;
  readonly progress: string;
  readonly ordinal: number;
  readonly owner: string | null;
  readonly leaseUntil: number;
};

export function createMemoryStore(): StoreLifecycle {
  const sessions = new Map<SessionId, KeptSession>();
  /** Each address's sessions, in the order of their opening. */
  const chains = new Map<Address, SessionId[]>();
  const journals = new Map<SessionId, KeptEntry[]>();
  const events = new Map<string, number>();
  const outbox = new Map<string, KeptWork>();
  const settings = new Map<string, string>();
  const aliases = new Map<Address, Address>();
  const stateCounts = new MemoryStateCounts();
  const resolve = (address: Address): Address => aliases.get(address) ?? address;
  const openIn = (address: Address): SessionId | undefined => chains.get(address)?.find((id) => sessions.get(id)?.open === true);

  function taken(turn: TurnCommit): TakenEvent[] {
    return turn.journal.flatMap(({ eventId }) => {
      if (eventId === null) return [];
      for (const sessionId of [turn.session.id, ...turn.lineage]) {
        const seq = events.get(eventKey(sessionId, eventId));
        if (seq !== undefined) return [{ eventId, sessionId, seq }];
      }
      return [];
    });
  }

  /** The session's ordinal at its address, or undefined when the turn comes too late. */
  function admit({ session, expectedVersion, movedFrom }: TurnCommit): number | undefined {
    const current = sessions.get(session.id);
    if (expectedVersion > 0) {
      if (current?.version !== expectedVersion) return undefined;
      if (movedFrom !== undefined) {
        if (current.address !== movedFrom && current.address !== session.address) return undefined;
        if ([movedFrom, session.address].map(openIn).some((id) => id !== undefined && id !== session.id)) return undefined;
      }
      return current.ordinal;
    }
    if (aliases.has(session.address)) return undefined;
    const chain = chains.get(session.address) ?? [];
    const latest = chain.at(-1);
    if (current !== undefined || (latest ?? null) !== session.previousId) return undefined;
    if (session.open && latest !== undefined && sessions.get(latest)?.open === true) return undefined;
    return ((latest === undefined ? undefined : sessions.get(latest))?.ordinal ?? 0) + 1;
  }

  function commitOne(turn: TurnCommit, owner: string, leaseUntil: number): CommitResult {
    const { session } = turn;
    const before = taken(turn);
    if (before.length > 0) return { ok: false, reason: 'duplicate', taken: before };
    const ordinal = admit(turn);
    if (ordinal === undefined) return { ok: false, reason: 'conflict' };
    const opening = sessions.get(session.id);
    if (turn.movedFrom !== undefined) moveAddress({ from: turn.movedFrom, to: session.address });
    stateCounts.replace(opening, session);
    sessions.set(session.id, {
      ...session,
      // What a session is opened with stays.
      address: turn.movedFrom === undefined ? (opening?.address ?? session.address) : session.address,
      openedAt: opening?.openedAt ?? session.openedAt,
      previousId: opening === undefined ? session.previousId : opening.previousId,
      tags: [...session.tags],
      snapshot: turn.snapshotText ?? JSON.stringify(session.snapshot),
      ordinal: sessions.get(session.id)?.ordinal ?? ordinal,
    });
    if (opening === undefined) chains.set(session.address, [...(chains.get(session.address) ?? []), session.id]);
    const journal = journals.get(session.id) ?? [];
    journals.set(session.id, journal);
    for (const { seq, delivery } of turn.deliveries) mark(session.id, seq, delivery);
    for (const entry of turn.journal) {
      journal.push({ ...entry, payload: JSON.stringify(entry.payload), delivery: entry.delivery === null ? null : { ...entry.delivery } });
      if (entry.eventId !== null) events.set(eventKey(session.id, entry.eventId), entry.seq);
    }
    if (turn.journal.length > 0) rollups.mark(session);
    for (const serial of turn.settled) outbox.delete(workKey(session.id, serial));
    for (const item of turn.work) {
      const kept = { ...item, payload: JSON.stringify(item.payload), progress: JSON.stringify(item.progress) };
      outbox.set(workKey(session.id, item.serial), { ...kept, ordinal: sessions.get(session.id)?.ordinal ?? ordinal, owner, leaseUntil });
    }
    return { ok: true };
  }

  /**
   * The open session comes last in its chain. So what moves is put behind what is there, or before
   * it if a session is open there.
   */
  function moveAddress({ from, to }: Move): void {
    const [moving, there] = [chains.get(from) ?? [], chains.get(to) ?? []];
    const ordinals = (ids: readonly SessionId[]): number[] => ids.map((id) => sessions.get(id)?.ordinal ?? 0);
    const before = openIn(to) !== undefined;
    const shift = before ? Math.min(...ordinals(there)) - 1 - Math.max(0, ...ordinals(moving)) : Math.max(0, ...ordinals(there));
    for (const id of moving) {
      const kept = sessions.get(id);
      if (kept !== undefined) sessions.set(id, { ...kept, address: to, ordinal: kept.ordinal + shift });
    }
    for (const [key, item] of outbox) {
      if (!moving.includes(item.sessionId)) continue;
      outbox.set(key, { ...item, lane: item.lane === null ? null : to, ordinal: item.ordinal + shift, movedTo: to });
    }
    chains.delete(from);
    if (moving.length + there.length > 0) chains.set(to, before ? [...moving, ...there] : [...there, ...moving]);
    for (const [alias, target] of aliases) if (target === from) aliases.set(alias, to);
    aliases.delete(to);
    aliases.set(from, to);
  }

  function mark(sessionId: SessionId, seq: number, delivery: NonNullable<JournalEntry['delivery']>): void {
    const journal = journals.get(sessionId);
    const entry = journal?.[seq - 1];
    if (journal !== undefined && entry !== undefined) journal[seq - 1] = { ...entry, delivery: advance(entry.delivery, { ...delivery }) };
  }

  function inOrder(): KeptWork[] {
    return [...outbox.values()].sort(
      (a, b) => a.ordinal - b.ordinal || (a.sessionId < b.sessionId ? -1 : a.sessionId > b.sessionId ? 1 : a.serial - b.serial),
    );
  }

  /**
   * Items of one lane that `owner` may take, from its head to the first item that another owner
   * holds or that is not yet due.
   */
  function free(lane: readonly KeptWork[], owner: string, now: number): KeptWork[] {
    const found: KeptWork[] = [];
    for (const item of lane) {
      const held = item.owner !== null && item.leaseUntil > now;
      if (held && item.owner === owner) continue;
      if (held || item.notBefore > now) break;
      found.push(item);
    }
    return found;
  }

  const store: Store = {
    capabilities: { type: 'memory', durable: false, shared: false },

    async load(key) {
      const id = 'id' in key ? key.id : chains.get(resolve(key.address))?.at(-1);
      const kept = id === undefined ? undefined : sessions.get(id);
      return kept === undefined ? undefined : toSession(kept);
    },

    async commit(turns, owner, leaseUntil) {
      checkBatch(turns);
      return turns.map((turn) => commitOne(turn, owner, leaseUntil));
    },

    async claimDue(now, until, limit) {
      const due = [...sessions.values()].filter(({ wakeAt }) => wakeAt !== null && wakeAt <= now);
      due.sort((a, b) => (a.wakeAt ?? 0) - (b.wakeAt ?? 0));
      return due.slice(0, limit).map((session) => {
        const moved = { ...session, wakeAt: until };
        sessions.set(session.id, moved);
        return toSession(moved);
      });
    },

    async claimWork(owner, now, leaseUntil, limit) {
      const lanes = Map.groupBy(inOrder(), (item) => item.lane ?? workKey(item.sessionId, item.serial));
      const claimed: WorkItem[] = [];
      for (const lane of lanes.values()) {
        if (claimed.length >= limit) break;
        for (const item of free(lane, owner, now)) {
          outbox.set(workKey(item.sessionId, item.serial), { ...item, owner, leaseUntil });
          claimed.push(toWork(item));
        }
      }
      return claimed;
    },

    async renewWork(owner, items, leaseUntil) {
      return items.flatMap(({ sessionId, serial, progress }) => {
        const kept = outbox.get(workKey(sessionId, serial));
        if (kept?.owner !== owner) return [];
        outbox.set(workKey(sessionId, serial), {
          ...kept,
          leaseUntil,
          progress: progress === undefined ? kept.progress : JSON.stringify(progress),
        });
        return [{ sessionId, serial }];
      });
    },

    async finishWork(owner, outcomes) {
      const lost: Pick<WorkItem, 'sessionId' | 'serial'>[] = [];
      const moved: MovedMark[] = [];
      for (const outcome of outcomes) {
        const { sessionId, serial, seq } = outcome;
        if (outcome.status === 'reported') {
          const { address } = sessions.get(sessionId) ?? {};
          const before = journals.get(sessionId)?.[seq - 1]?.delivery ?? null;
          if (address === undefined || before === null) continue;
          mark(sessionId, seq, outcome.delivery);
          if (journals.get(sessionId)?.[seq - 1]?.delivery !== before) moved.push({ sessionId, seq, address });
          continue;
        }
        const key = workKey(sessionId, serial);
        const kept = outbox.get(key);
        if (kept?.owner !== owner) {
          if (outcome.status === 'done') lost.push({ sessionId, serial });
          continue;
        }
        if (outcome.status === 'done') {
          outbox.delete(key);
          if (outcome.delivery !== null) mark(sessionId, seq, outcome.delivery);
        } else {
          const { attempts, notBefore, progress } = outcome;
          outbox.set(key, { ...kept, attempts, notBefore, progress: JSON.stringify(progress), owner: null, leaseUntil: 0 });
        }
      }
      return { lost, moved };
    },

    async pendingWork(lane) {
      return inOrder()
        .filter((item) => item.lane === resolve(lane as Address))
        .map((item) => ({ ...toWork(item), owner: item.owner, leaseUntil: item.leaseUntil }));
    },

    async journal(sessionId, after, limit) {
      return (journals.get(sessionId) ?? []).slice(after, after + limit).map(toEntry);
    },

    async sessions(filter, limit, cursor) {
      checkedCursor(sessionsCursor, cursor);
      const wanted = filter.address === undefined ? filter : { ...filter, address: resolve(filter.address) };
      const found = [...sessions.values()]
        .filter((session) => matchesFilter(session, wanted) && (cursor === undefined || session.id < cursor))
        .sort((a, b) => (a.id < b.id ? 1 : -1));
      const items = found.slice(0, limit).map(toSession);
      return { items, next: found.length > limit ? (items.at(-1)?.id ?? null) : null };
    },

    async setting(name, initial) {
      const value = settings.get(name) ?? initial;
      settings.set(name, value);
      return value;
    },
  };

  const rollups = new MemoryRollups(store, () => sessions.keys());
  const files = memoryFiles((id) => sessions.has(id));
  const webhooks = memoryWebhooks((id) => sessions.has(id));
  const archive = memoryArchive({
    has: (id) => sessions.has(id),
    sessions: () => [...sessions.values()],
    remove: ({ id, address }) => {
      for (const { eventId } of journals.get(id) ?? []) if (eventId !== null) events.delete(eventKey(id, eventId));
      for (const [key, { sessionId }] of outbox) if (sessionId === id) outbox.delete(key);
      const chain = (chains.get(address) ?? []).filter((other) => other !== id);
      if (chain.length === 0) chains.delete(address);
      else chains.set(address, chain);
      sessions.delete(id);
      journals.delete(id);
      files.remove(id);
      rollups.forget(id);
      webhooks.forget(id);
    },
  });
  const ledger = memoryLedger();
  return {
    store,
    archive,
    ledger,
    approvals: memoryApprovals(),
    files,
    agents: memoryAgents(),
    signIns: memorySignIns(),
    auditTrail: memoryAuditTrail(),
    handoff: memoryHandoff(),
    library: memoryLibrary(),
    mentions: memoryMentions(),
    blobs: memoryBlobs(),
    uploads: memoryUploads(),
    search: scanningSearch(store),
    stateCounts,
    expiringRecords: memoryExpiringRecords(),
    rollups,
    apiTokens: memoryApiTokens(),
    webhooks,
    addresses: memoryAddresses({ aliases, move: moveAddress, openIn, addresses: () => [...chains.keys()], archive, ledger }),
    ping: async () => Date.now(),
    close: async () => {},
  };
}

function eventKey(sessionId: SessionId, eventId: string): string {
  return `${sessionId}/${eventId}`;
}

function workKey(sessionId: SessionId, serial: number): string {
  return `${sessionId}.${serial}`;
}

function toSession({ ordinal: _, snapshot, tags, ...row }: KeptSession): SessionRow {
  return { ...row, tags: [...tags], snapshot: decode(snapshot) };
}

function toEntry({ payload, delivery, ...entry }: KeptEntry): JournalEntry {
  return { ...entry, payload: decode(payload), delivery: delivery === null ? null : { ...delivery } };
}

function toWork({ ordinal: _, owner: __, leaseUntil: ___, payload, progress, ...item }: KeptWork): WorkItem {
  return { ...item, payload: decode(payload), progress: decode(progress) };
}

function decode(text: string): Json {
  return JSON.parse(text) as Json;
}
