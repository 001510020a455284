/** Roll-ups in memory, with the same answers as PostgreSQL's. */
import type { SessionId } from '#machines/ids.ts';
import { checkedCursor, rolledCursor } from '#storage/cursor.ts';
import type { SessionRow, Store } from '#storage/port.ts';
import {
  addedUp,
  listedPage,
  NO_PROGRESS,
  placeOf,
  type RolledCustomer,
  type RolledSession,
  type RollupCount,
  type RollupLabel,
  type RollupProgress,
  type Rollups,
  summed,
} from '#storage/rollups.ts';

export class MemoryRollups implements Rollups {
  readonly #store: Pick<Store, 'journal' | 'load'>;
  readonly #ids: () => Iterable<SessionId>;
  /** The versions that turns left, by session. */
  readonly #marks = new Map<SessionId, Set<number>>();
  readonly #sessions = new Map<SessionId, RolledSession>();
  readonly #labels = new Map<SessionId, RollupLabel[]>();
  readonly #customers = new Map<string, RolledCustomer>();
  readonly #counts = new Map<string, RollupCount>();
  #progress: RollupProgress = NO_PROGRESS;

  constructor(store: Pick<Store, 'journal' | 'load'>, ids: () => Iterable<SessionId>) {
    this.#store = store;
    this.#ids = ids;
  }

  mark({ id, version }: Pick<SessionRow, 'id' | 'version'>): void {
    this.#marks.set(id, (this.#marks.get(id) ?? new Set()).add(version));
  }

  /** The session is deleted. Its counts stay. */
  forget(id: SessionId): void {
    this.#sessions.delete(id);
    this.#labels.delete(id);
  }

  async rollupProgress() {
    return this.#progress;
  }

  async rollupMarks(limit: number) {
    const all = [...this.#marks].flatMap(([sessionId, versions]) => [...versions].map((version) => ({ sessionId, mark: String(version) })));
    return all.slice(0, limit);
  }

  async rollupHistory(limit: number, before: SessionId | null) {
    const found = [...this.#ids()].filter((id) => before === null || id < before);
    return found.sort((a, b) => (a < b ? 1 : -1)).slice(0, limit);
  }

  async rollupSources(ids: readonly SessionId[]) {
    const rows = await Promise.all([...new Set(ids)].map((id) => this.#store.load({ id })));
    return rows.flatMap((row) => {
      if (row === undefined) return [];
      const { id: sessionId, address, assistant, openedAt } = row;
      return [{ sessionId, address, assistant, openedAt, rolled: structuredClone(this.#sessions.get(sessionId)) }];
    });
  }

  async rollupEntries(sessions: Parameters<Rollups['rollupEntries']>[0], limit: number) {
    const entries = await Promise.all(sessions.map(({ sessionId, after }) => this.#store.journal(sessionId, after, limit)));
    return entries.flat();
  }

  async rolledCustomers(keys: readonly string[]) {
    return keys.flatMap((key) => this.#customers.get(key) ?? []);
  }

  async forgetCustomers(keys: readonly string[]) {
    this.#progress = { ...this.#progress, position: this.#progress.position + 1 };
    for (const key of keys) this.#customers.delete(key);
  }

  async applyRollup(batch: Parameters<Rollups['applyRollup']>[0]) {
    const { position, sessions, counts, labels, customers, marks, backTo, complete } = batch;
    if (position !== this.#progress.position) return false;
    const there = new Set(this.#ids());
    this.#progress = { position: position + 1, backTo, complete };
    for (const one of sessions) if (there.has(one.sessionId)) this.#sessions.set(one.sessionId, structuredClone(one));
    for (const label of labels)
      if (there.has(label.sessionId)) this.#labels.set(label.sessionId, [...(this.#labels.get(label.sessionId) ?? []), label]);
    for (const count of addedUp(counts)) {
      const { n = 0, total = 0 } = this.#counts.get(placeOf(count)) ?? {};
      this.#counts.set(placeOf(count), { ...count, n: n + count.n, total: total + count.total });
    }
    for (const customer of customers) this.#customers.set(customer.key, structuredClone(customer));
    for (const { sessionId, mark } of marks) {
      const versions = this.#marks.get(sessionId);
      versions?.delete(Number(mark));
      if (versions?.size === 0) this.#marks.delete(sessionId);
    }
    return true;
  }

  async rollupSums(query: Parameters<Rollups['rollupSums']>[0]) {
    return summed(this.#counts.values(), query);
  }

  async condenseRollups() {
    return false;
  }

  async listedSessions(query: Parameters<Rollups['listedSessions']>[0], limit: number, cursor?: string) {
    checkedCursor(rolledCursor, cursor);
    const all = [...this.#sessions.values()].map((session) => ({ session, labels: this.#labels.get(session.sessionId) ?? [] }));
    return structuredClone(listedPage(all, query, limit, cursor));
  }
}
