/**
 * Afterwords append to a closed session what its machine's definition still takes, such as a rating
 * by the customer.
 *
 * Owns: the turn of a closed session, which is one entry and its effects. Does not own: which
 * events a closed session takes (`MachineDefinition.afterClose`), and which session an event means.
 *
 * Invariants, with their tests in `test/actors/session/afterwords.test.ts`
 * 1. The snapshot, the state and the times of a closed session do not change. Only its journal
 *    grows.
 * 2. An event is taken once. A copy of it gets the same receipt, marked as a duplicate.
 * 3. The turns of a closed session are decided by compare-and-set, as those of an open one.
 */
import type { Afterword, MachineEvent } from '#machines/definition.ts';
import { Unavailable } from '#machines/errors.ts';
import type { SessionRow, TurnCommit } from '#storage/port.ts';
import type { Receipt } from '../contract/api.ts';
import type { Settings } from '../contract/options.ts';
import type { HostedActor } from '../interpreter/hosted-actor.ts';
import { toJson } from '../interpreter/serialize.ts';
import { readSession, type TurnStart } from './activation.ts';
import type { CommitQueue } from './commit-queue.ts';
import { withFollower } from './follower.ts';
import type { SessionEvents } from './session-events.ts';
import type { Turn } from './turn.ts';
import { sessionFactsOf, TurnRecord } from './turn-record.ts';

export interface AfterwordsOptions extends Pick<Settings, 'store' | 'registry' | 'clock' | 'follow'> {
  readonly commits: CommitQueue;
  readonly events: SessionEvents;
}

/** Entries that a definition reads of a closed session. */
const LAST_ENTRIES = 50;
/** How often another commit may come first before the sender has to repeat. */
const ATTEMPTS = 5;

export class Afterwords {
  readonly #options: AfterwordsOptions;

  constructor(options: AfterwordsOptions) {
    this.#options = options;
  }

  /** Resolves to undefined if the session takes no such event. Rejects as `Actors.deliver` does. */
  async append(closed: SessionRow, event: MachineEvent, eventId: string): Promise<Receipt | undefined> {
    const { store, commits, events } = this.#options;
    let row: SessionRow | undefined = closed;
    for (let attempt = 0; attempt < ATTEMPTS && row !== undefined && !row.open; attempt++) {
      const turn = await this.#turn(row, event, eventId);
      if (turn === undefined) return undefined;
      // What is known of the lane may be from before the session closed.
      events.loaded(row.address);
      const result = await commits.commit(turn.commit);
      const { id: sessionId, address, state, handler } = row;
      if (result.ok) {
        events.committed(turn);
        return { sessionId, address, version: turn.commit.session.version, state, handler, duplicate: false };
      }
      if (result.reason === 'duplicate') return { sessionId, address, version: row.version, state, handler, duplicate: true };
      row = await store.load({ id: sessionId });
    }
    throw new Unavailable('the closed session changed too fast to add to it: send it again', { sessionId: closed.id });
  }

  async #turn(row: SessionRow, event: MachineEvent, eventId: string): Promise<Turn | undefined> {
    const { store, registry, clock } = this.#options;
    const { definitions = [] } = registry.assistant(row.assistant)?.binding ?? {};
    const { afterClose } = definitions.find(({ id, version }) => id === row.machineId && version === row.machineVersion) ?? {};
    if (afterClose === undefined) return undefined;
    const now = clock.now();
    const start = readSession(registry, row, now);
    const { actor } = start;
    if (actor?.status !== 'done') return undefined;
    const entries = await store.journal(row.id, Math.max(0, row.version - LAST_ENTRIES), LAST_ENTRIES);
    const afterword = afterClose({ context: actor.view().context, entries }, event);
    if (afterword === undefined) return undefined;
    return withFollower(this.#turnOf(start, actor, { afterword, event, eventId, now }), this.#options.follow);
  }

  #turnOf(
    start: TurnStart,
    actor: HostedActor,
    { afterword, event, eventId, now }: { afterword: Afterword; event: MachineEvent; eventId: string; now: number },
  ): Turn {
    const { row } = start;
    const record = new TurnRecord(this.#options.registry, start, now, sessionFactsOf(actor));
    const { kind, author, text, payload } = afterword.entry;
    record.entry(kind, {
      ...(author === undefined ? {} : { author }),
      ...(text === undefined ? {} : { text }),
      eventId,
      payload: toJson({ ...payload, event }, 'payload'),
    });
    // Above every serial that the session gave, and above those of its earlier afterwords, since
    // each of them took as many entries as serials at least.
    const first = (start.snapshot?.nextSerial ?? 0) + record.seq;
    const actions = afterword.effects.map(({ type, params }, index) => ({
      serial: first + index,
      machinePath: [],
      type,
      params,
      implementation: undefined,
      context: undefined,
      event,
    }));
    record.apply({ actions, emitted: [], logs: [], invocations: [], unhandled: false, thrown: undefined }, actor);
    const session: SessionRow = { ...row, version: record.seq };
    const commit: TurnCommit = {
      session,
      expectedVersion: row.version,
      steady: true,
      journal: record.journal,
      work: record.work,
      settled: [],
      deliveries: [],
      lineage: [],
    };
    return {
      commit,
      before: row,
      empty: false,
      next: { open: false, previous: session },
      receipts: new Map(),
      live: [...record.journal.map((entry) => ({ type: 'entry', entry }) as const), ...record.live],
      commands: [],
      done: record.done,
    };
  }
}
