/**
 * Assigner gives waiting sessions to agents by the rules of their queues, and takes them back from
 * agents who are offline. One instance does it at a time (leader lease), so that agents and
 * sessions are read once. Correctness does not depend on that. It sends events, and each session's
 * machine decides. A claim that is committed first wins, and an assignment of a session that no
 * longer waits is ignored. Two assigners at once give one outcome.
 *
 * Owns when a rule is applied, and to whom. Does not own the rule
 * (machines/handoff/assignment.ts), the return timer (the session's machine), who is there
 * (operations/availability.ts).
 *
 * Invariants
 * 1. A version of a session gets one event from here. If that changes nothing, the session gets
 *    another once something else has happened in it. The entry of the event itself is nothing else.
 * 2. An assignment counts for its agent at once, before its turn is seen here.
 * 3. An error that may pass ends a pass, and the next one goes on. A session that takes no event
 *    for good keeps none of the others from theirs.
 * 4. While the program has no agents, nothing is watched and no session is read.
 * 5. An agent is absent only after it was read for `offlineAfterMs` without a pause who is there.
 *    After a restart, and while the store is away, consoles that are open are not recorded.
 */
import { type Actors, HOST_EVENT } from '#actors/contract/api.ts';
import { pause } from '#actors/contract/waiting.ts';
import type { Clock } from '#machines/clock.ts';
import { StatechatError } from '#machines/errors.ts';
import { type AssignmentPolicy, assign, type Candidate } from '#machines/handoff/assignment.ts';
import type { SessionId } from '#machines/ids.ts';
import type { Agent, SessionEventOf } from '#machines/session/events.ts';
import type { HandoffRecords } from '#storage/handoff.ts';
import { type Availability, type HandoffTerms, isAvailable } from '../operations/availability.ts';
import { type BoardSession, HandoffBoard, type HandoffBoardParts } from './handoff-board.ts';

/** How often it is read who is there, in milliseconds. */
const POLL_MS = 2_000;
/** As many reads may be late or fail without being a pause. */
const MOST_MISSED = 3;
/** Passes are no closer than this, in milliseconds. Meanwhile changes gather. */
const LEAST_MS = 100;
/** How often everything is loaded again although nothing was missed, in milliseconds. */
const RELOAD_MS = 60_000;
/** The same where other instances cannot announce their turns. */
const UNHEARD_RELOAD_MS = 5_000;

export interface AssignerParts extends Pick<HandoffBoardParts, 'store' | 'preview' | 'clocksOf'> {
  readonly actors: Pick<Actors, 'deliver' | 'watchSessions'>;
  /** All agents, and who of them is there. */
  readonly agents: () => Promise<readonly Availability[]>;
  readonly records: Pick<HandoffRecords, 'assigned' | 'waited'>;
  readonly terms: Pick<HandoffTerms, 'queues' | 'offlineAfterMs'>;
  readonly clock: Clock;
  /** Turns of other instances are announced here, as far as is known. */
  readonly hears: () => boolean;
  /** A response or the end of a session is late. */
  readonly onBreach: (target: string) => void;
  readonly onError: (where: string, error: unknown) => void;
  readonly pollMs?: number;
}

export class Assigner {
  readonly #parts: AssignerParts;
  readonly #board: HandoffBoard;
  /** By session, the version that got an event, and the agent who then has it. */
  readonly #sent = new Map<SessionId, { readonly version: number; readonly agentId: string | null }>();
  /** When rules gave agents sessions from here, until the store has it. */
  readonly #assignedAt = new Map<string, number>();
  /** Clocks that are late, by session and clock. */
  readonly #late = new Map<string, Set<string>>();
  /** As they were at that time. */
  #agents: readonly Availability[] = [];
  #readAt = Number.NEGATIVE_INFINITY;
  /** Since when there was no pause between two of these reads. */
  #knownSince = Number.POSITIVE_INFINITY;
  #isLoadDue = true;
  #loadedAt = 0;
  #wake = Promise.withResolvers<void>();

  constructor(parts: AssignerParts) {
    this.#parts = parts;
    const { actors, store, preview, clocksOf } = parts;
    this.#board = new HandoffBoard({
      actors,
      store,
      preview,
      clocksOf,
      onChange: (session, before) => this.#changed(session, before),
      onGap: () => {
        this.#isLoadDue = true;
        this.#wake.resolve();
      },
    });
  }

  /** Works until the signal is aborted. */
  async work(signal: AbortSignal): Promise<void> {
    const { clock, onError, pollMs = POLL_MS } = this.#parts;
    const stop = (): void => this.#wake.resolve();
    signal.addEventListener('abort', stop);
    this.#isLoadDue = true;
    this.#loadedAt = 0;
    this.#readAt = Number.NEGATIVE_INFINITY;
    this.#late.clear();
    while (!signal.aborted) {
      this.#wake = Promise.withResolvers();
      await this.#pass(signal).catch((error: unknown) => onError('the assignment of sessions', error));
      await pause(clock, LEAST_MS, signal);
      const cancel = clock.after(pollMs, stop);
      if (signal.aborted) stop();
      await this.#wake.promise;
      cancel();
    }
    signal.removeEventListener('abort', stop);
    this.#board.stop();
    this.#sent.clear();
    this.#assignedAt.clear();
  }

  async #pass(signal: AbortSignal): Promise<void> {
    const { clock, hears, agents, pollMs = POLL_MS } = this.#parts;
    if (clock.now() - this.#readAt >= pollMs) {
      this.#agents = await agents();
      const now = clock.now();
      // Each instance records its consoles so often.
      if (now - this.#readAt > Math.max(this.#parts.terms.offlineAfterMs / 3, MOST_MISSED * pollMs)) this.#knownSince = now;
      this.#readAt = now;
    }
    if (this.#agents.length === 0) return;
    this.#board.start();
    const reloadMs = hears() ? RELOAD_MS : UNHEARD_RELOAD_MS;
    if (this.#isLoadDue || clock.now() - this.#loadedAt >= reloadMs) {
      const isFirst = this.#loadedAt === 0;
      this.#isLoadDue = false;
      await this.#board.load().catch((error: unknown) => {
        this.#isLoadDue = true;
        throw error;
      });
      this.#loadedAt = clock.now();
      // What was late before is not counted again with each start.
      this.#countBreaches(!isFirst);
    } else this.#countBreaches(true);
    await this.#takeFromAbsent(this.#agents, signal);
    await this.#giveToPresent(this.#agents, signal);
  }

  /**
   * A holder who is no account of the program, or never had a console, works elsewhere, and is not
   * known to be absent.
   */
  async #takeFromAbsent(known: readonly Availability[], signal: AbortSignal): Promise<void> {
    if (!this.#knowsAbsent()) return;
    const absent = new Map(known.filter(({ online, seenAt }) => !online && seenAt !== null).map((agent) => [agent.id, agent]));
    for (const session of [...this.#board.sessions]) {
      const holder = session.agentId === null ? undefined : absent.get(session.agentId);
      if (signal.aborted) return;
      if (holder !== undefined && session.handoff.awaitedSince !== null) await this.#send(session, this.#offline(holder));
    }
  }

  #knowsAbsent(): boolean {
    return this.#parts.clock.now() - this.#knownSince >= this.#parts.terms.offlineAfterMs;
  }

  async #giveToPresent(known: readonly Availability[], signal: AbortSignal): Promise<void> {
    const { queues } = this.#parts.terms;
    const isRuled = ({ handoff }: BoardSession): boolean => handoff.reopened || queues.of(handoff.queue).assignment.method !== 'manual';
    const waiting = this.#board.waiting(isRuled);
    if (waiting.length === 0) return;
    const holds = this.#holds();
    const names = new Map(known.map(({ id, name }) => [id, name]));
    const candidates = known.map((agent) => this.#candidate(agent, holds));
    for (const session of waiting) {
      if (signal.aborted) return;
      // Thousands may wait while everybody is busy.
      if (!session.handoff.reopened && !candidates.some(({ available, holds: count, capacity }) => available && count < capacity)) continue;
      const chosen = this.#choose(session, candidates);
      if (chosen === undefined) continue;
      const { agent, by } = chosen;
      const name = names.get(agent) ?? agent;
      if (by === undefined) {
        if (this.#knowsAbsent()) await this.#send(session, this.#offline({ id: agent, name }));
      } else if (await this.#send(session, { type: 'agent.assign', at: this.#parts.clock.now(), agent: { id: agent, name }, by })) {
        const at = this.#parts.clock.now();
        const index = candidates.findIndex(({ id }) => id === agent);
        const before = candidates[index];
        if (before !== undefined) candidates[index] = { ...before, holds: before.holds + 1, lastAssignedAt: at };
        this.#assignedAt.set(agent, at);
        await this.#parts.records.assigned(agent, at);
      }
    }
  }

  /** Undefined if it goes on waiting. Without `by` the agent for whom it waits is not there. */
  #choose(session: BoardSession, candidates: readonly Candidate[]): { readonly agent: string; readonly by?: Rule } | undefined {
    if (this.#isSent(session)) return undefined;
    const { queue, lastAgent, passedOver, reopened } = session.handoff;
    const { skills, assignment } = this.#parts.terms.queues.of(queue);
    if (reopened && lastAgent !== null) {
      const known = candidates.filter(({ id }) => id === lastAgent);
      const { agent } = assign(known, { skills: [], lastAgent, except: passedOver }, { method: 'round_robin', sticky: true });
      return agent === null ? { agent: lastAgent } : { agent, by: 'sticky' };
    }
    const { agent } = assign(candidates, { skills, lastAgent, except: passedOver }, assignment);
    const by = agent === null ? undefined : ruleOf(assignment, agent === lastAgent);
    return agent === null || by === undefined ? undefined : { agent, by };
  }

  #candidate({ id, skills, capacity, assignedAt, ...agent }: Availability, holds: ReadonlyMap<string, number>): Candidate {
    const own = this.#assignedAt.get(id);
    const lastAssignedAt = own === undefined ? assignedAt : Math.max(own, assignedAt ?? own);
    return { id, skills, capacity, available: isAvailable(agent), holds: holds.get(id) ?? 0, lastAssignedAt };
  }

  /** With the assignments whose turns were not seen yet. */
  #holds(): Map<string, number> {
    const holds = this.#board.holds();
    for (const [id, { version, agentId }] of this.#sent) {
      const isSeen = (this.#board.find(id)?.version ?? 0) > version;
      if (!isSeen && agentId !== null) holds.set(agentId, (holds.get(agentId) ?? 0) + 1);
    }
    return holds;
  }

  #isSent({ id, version }: BoardSession): boolean {
    return (this.#sent.get(id)?.version ?? -1) >= version;
  }

  /** Whether the machine took it. */
  async #send(session: BoardSession, event: SessionEventOf<'agent.assign'> | SessionEventOf<'agent.offline'>): Promise<boolean> {
    if (this.#isSent(session)) return false;
    const { id, version } = session;
    const eventId = `${HOST_EVENT}${event.type}:${version}`;
    const receipt = await this.#parts.actors.deliver({ sessionId: id }, { ...event }, { eventId }).catch((error: unknown) => {
      if (!(error instanceof StatechatError) || error.retryable) throw error;
      this.#parts.onError(`the assignment of session ${id}`, error);
      return undefined;
    });
    const isTaken =
      receipt !== undefined &&
      !receipt.duplicate &&
      receipt.ignored === undefined &&
      receipt.refused === undefined &&
      receipt.parked === undefined;
    // One that has ended meanwhile is not forgotten a second time.
    if (this.#board.find(id) !== undefined)
      this.#sent.set(id, {
        version: receipt === undefined || isTaken || receipt.duplicate ? version : receipt.version,
        agentId: isTaken && event.type === 'agent.assign' ? event.agent.id : null,
      });
    return isTaken;
  }

  #offline({ id, name }: Agent): SessionEventOf<'agent.offline'> {
    return { type: 'agent.offline', at: this.#parts.clock.now(), agent: { id, name } };
  }

  #changed(session: BoardSession | undefined, before: BoardSession | undefined): void {
    const id = (session ?? before)?.id;
    if (id === undefined) return;
    if (session === undefined) {
      this.#sent.delete(id);
      this.#late.delete(id);
    }
    if (before?.agentId === null && before.waitingSince !== null && session !== undefined && session.agentId !== null) {
      const { lastActivityAt: at } = session;
      const ms = Math.max(0, at - before.waitingSince);
      this.#parts.records
        .waited(before.handoff.queue, at, ms)
        .catch((error: unknown) => this.#parts.onError('the record of a wait', error));
    }
    this.#wake.resolve();
  }

  #countBreaches(counts: boolean): void {
    const now = this.#parts.clock.now();
    for (const { id, clocks } of this.#board.sessions) {
      for (const { target, since, due } of clocks) {
        if (due === null || now <= due) continue;
        const late = this.#late.get(id) ?? new Set();
        const clock = `${target} ${since}`;
        if (counts && !late.has(clock)) this.#parts.onBreach(target);
        this.#late.set(id, late.add(clock));
      }
    }
  }
}

type Rule = SessionEventOf<'agent.assign'>['by'];

function ruleOf(policy: AssignmentPolicy, isKnown: boolean): Rule | undefined {
  if (policy.method === 'manual') return undefined;
  return policy.sticky && isKnown ? 'sticky' : policy.method;
}
