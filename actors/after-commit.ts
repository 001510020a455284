/**
 * What follows a commit in the process that made it.
 *
 * Owns: the order in which watchers, running code, work and the alarm hear of a turn.
 * Does not own: what each of them does about it.
 *
 * Invariants: the turn is durable, and whoever sent its events has been answered. All of this may be lost in a crash:
 * the work is swept up, the alarm is found in the store, and watchers read the journal.
 */
import type { JournalEntry } from '#storage/port.ts';
import type { RuntimeMetrics } from './contract/metrics.ts';
import { keyOf } from './contract/work-item.ts';
import type { InvocationRouter } from './invocations/invocation-router.ts';
import type { LiveStreams } from './live/live-streams.ts';
import type { Membership } from './live/membership.ts';
import type { Outbox } from './outbox/outbox.ts';
import type { Turn } from './session/turn.ts';
import type { TimerService } from './timers/timer-service.ts';

export interface CommitFollowers {
  readonly live: LiveStreams;
  readonly runs: InvocationRouter;
  readonly outbox: Outbox;
  readonly timerService: TimerService;
  readonly membership: Membership;
  readonly metrics: RuntimeMetrics;
}

export function followCommit(turn: Turn, { live, runs, outbox, timerService, membership, metrics }: CommitFollowers): void {
  const { commit, next } = turn;
  const { id, address, previousId } = commit.session;
  for (const event of turn.live) live.publish(address, id, event);
  for (const entry of commit.journal) countTimer(entry, metrics);
  for (const type of turn.done) metrics.effect(type, 'done', 0);
  if (turn.commands.length > 0) tellOthers(turn, { live, outbox, membership });
  outbox.forget(id, commit.settled);
  runs.follow(turn);
  const first = commit.expectedVersion === 0 && previousId === null;
  if (first) outbox.markOwned(address);
  // All entries of a turn are of the time at which it was computed.
  outbox.accept(commit.work, commit.journal[0]?.at ?? 0);
  timerService.set(address, next.open ? (next.start.actor?.earliestDue() ?? null) : null);
}

function countTimer({ kind, at, payload }: JournalEntry, metrics: RuntimeMetrics): void {
  if (kind !== 'timer') return;
  const due: unknown = Reflect.get(Object(payload), 'due');
  if (typeof due === 'number') metrics.timerFired(at - due);
}

/** A run that the turn stopped, or told something, and that is not ours: whoever has it is to look now. */
function tellOthers(
  { commit, commands }: Turn,
  { live, outbox, membership }: Pick<CommitFollowers, 'live' | 'outbox' | 'membership'>,
): void {
  const { id, address } = commit.session;
  const begun = new Set(commands.flatMap(({ type, serial }) => (type === 'start' ? [serial] : [])));
  for (const { type, serial } of commands) {
    const runId = keyOf({ sessionId: id, serial });
    if (begun.has(serial) || outbox.holds(runId)) continue;
    membership.tellRun(id, serial);
    // Whoever had it may be dead.
    if (type === 'stop') live.publish(address, id, { type: 'run', runId, phase: 'ended' });
  }
}
