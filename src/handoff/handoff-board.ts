/**
 * HandoffBoard knows the sessions that wait for a human, and those that are held by one and not
 * idle, on all instances.
 *
 * Owns the watch, loading what was there before, what of each session the rules need. Does not
 * own what is decided (assigner.ts).
 *
 * Invariants
 * 1. It begins to watch before it loads. A session is replaced only by a newer version of itself.
 * 2. After a gap, and from time to time, everything is loaded again, so nothing that was missed is
 *    missed for longer.
 * 3. It keeps no snapshot. A session takes some 500 bytes.
 */
import type { Actors } from '#actors/contract/api.ts';
import { type SessionSummary, summaryOf } from '#actors/contract/live-events.ts';
import type { SessionHandoff, SessionPreview } from '#machines/definition.ts';
import type { SessionId } from '#machines/ids.ts';
import type { SessionFilter, SessionRow, Store } from '#storage/port.ts';
import type { ClocksOf, ServiceClock } from './service-levels.ts';

const PAGE = 200;
const FILTERS: readonly SessionFilter[] = [
  { state: 'WAITING_AGENT', open: true },
  { handler: 'human', state: 'ACTIVE', open: true },
];

export interface BoardSession {
  readonly id: SessionId;
  readonly version: number;
  /** Null while it waits. */
  readonly agentId: string | null;
  readonly waitingSince: number | null;
  readonly lastActivityAt: number;
  readonly priority: SessionPreview['priority'];
  readonly handoff: SessionHandoff;
  readonly clocks: readonly ServiceClock[];
}

export interface HandoffBoardParts {
  readonly actors: Pick<Actors, 'watchSessions'>;
  readonly store: Pick<Store, 'sessions'>;
  readonly preview: (row: SessionRow) => SessionPreview | null;
  readonly clocksOf: ClocksOf;
  /** A session changed. `before` is undefined for one that is new here. */
  readonly onChange: (session: BoardSession | undefined, before: BoardSession | undefined) => void;
  /** Something was missed. `load` again. */
  readonly onGap: () => void;
}

export class HandoffBoard {
  readonly #parts: HandoffBoardParts;
  readonly #sessions = new Map<SessionId, BoardSession>();
  /** Versions of sessions that came while everything is loaded. */
  #touched: Set<SessionId> | undefined;
  #stop: (() => void) | undefined;

  constructor(parts: HandoffBoardParts) {
    this.#parts = parts;
  }

  /** A second call does nothing. */
  start(): void {
    this.#stop ??= this.#parts.actors.watchSessions({ filter: { open: true } }, (event) => {
      if (event.type === 'gap') this.#parts.onGap();
      else if (event.type === 'session') this.#take(event.session);
      else if (event.type === 'left') this.#remove(event.sessionId);
    });
  }

  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
    this.#sessions.clear();
  }

  get sessions(): Iterable<BoardSession> {
    return this.#sessions.values();
  }

  find(id: SessionId): BoardSession | undefined {
    return this.#sessions.get(id);
  }

  /** Those that wait and match, the most urgent first, then the longest wait. */
  waiting(matches: (session: BoardSession) => boolean): BoardSession[] {
    const since = ({ waitingSince, lastActivityAt }: BoardSession): number => waitingSince ?? lastActivityAt;
    return [...this.#sessions.values()]
      .filter((session) => session.agentId === null && matches(session))
      .sort((a, b) => URGENCY[a.priority] - URGENCY[b.priority] || since(a) - since(b) || (a.id < b.id ? -1 : 1));
  }

  /** How many sessions each agent holds. */
  holds(): Map<string, number> {
    const holds = new Map<string, number>();
    for (const { agentId } of this.#sessions.values()) if (agentId !== null) holds.set(agentId, (holds.get(agentId) ?? 0) + 1);
    return holds;
  }

  /** Reads all of them from the store. Rejects if it does not answer. */
  async load(): Promise<void> {
    const touched = new Set<SessionId>();
    this.#touched = touched;
    const found = new Set<SessionId>();
    for (const filter of FILTERS) {
      let cursor: string | null | undefined;
      do {
        const page: { readonly items: readonly SessionRow[]; readonly next: string | null } = await this.#parts.store.sessions(
          filter,
          PAGE,
          cursor ?? undefined,
        );
        for (const row of page.items) {
          found.add(row.id);
          // A snapshot is parsed only for what is new.
          if ((this.#sessions.get(row.id)?.version ?? -1) < row.version) this.#take(summaryOf(row, this.#parts.preview(row)), true);
        }
        cursor = page.next;
      } while (cursor !== null);
    }
    for (const id of this.#sessions.keys()) if (!found.has(id) && !touched.has(id)) this.#remove(id);
    this.#touched = undefined;
  }

  #take(summary: SessionSummary, loaded = false): void {
    const { id, version, state, agentId, waitingSince, lastActivityAt, preview } = summary;
    const before = this.#sessions.get(id);
    if (!loaded) this.#touched?.add(id);
    if (before !== undefined && before.version >= version) return;
    // Left while it was loaded.
    if (loaded && before === undefined && this.#touched?.has(id)) return;
    if (preview?.handoff === undefined || (state !== 'WAITING_AGENT' && (state !== 'ACTIVE' || agentId === null))) return this.#remove(id);
    const { priority, handoff } = preview;
    const session = { id, version, agentId, waitingSince, lastActivityAt, priority, handoff, clocks: this.#parts.clocksOf(summary) };
    this.#sessions.set(id, session);
    this.#parts.onChange(session, before);
  }

  #remove(id: SessionId): void {
    this.#touched?.add(id);
    const before = this.#sessions.get(id);
    if (this.#sessions.delete(id)) this.#parts.onChange(undefined, before);
  }
}

const URGENCY = { urgent: 0, high: 1, normal: 2, low: 3 } as const;
