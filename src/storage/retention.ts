/**
 * The retention deletes what is older than `SESSION_RETENTION_DAYS` or, in the audit trail, than
 * `STATECHAT_AUDIT_DAYS`. It also deletes sign-ins and invitations that have expired, mentions and
 * deliveries of webhooks that are as old as their sessions may be, uploads that no message has named,
 * and parts of files that no file has.
 *
 * Invariants
 * 1. One instance at a time works, under a leader lease. Another continues where a dead one stopped.
 * 2. Work is done in short steps with pauses as long as they took, so that no turn waits for longer
 *    than a step.
 */
import { pause } from '#actors/contract/waiting.ts';
import type { LeaderLease } from '#channels/plugin.ts';
import type { Clock } from '#machines/clock.ts';
import type { Agents } from '#storage/agents.ts';
import type { Archive } from '#storage/archive.ts';
import type { AuditTrail } from '#storage/audit-trail.ts';
import type { Files } from '#storage/files.ts';
import type { Mentions } from '#storage/mentions.ts';
import type { SignIns } from '#storage/sign-ins.ts';
import type { Uploads } from '#storage/uploads.ts';
import type { Webhooks } from '#storage/webhooks.ts';
import type { Config } from '../config/config.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** The ports from which it deletes. */
export interface Kept {
  readonly archive: Pick<Archive, 'deleteExpired'>;
  readonly auditTrail: Pick<AuditTrail, 'forgetAudit'>;
  readonly signIns: Pick<SignIns, 'forgetSignIns'>;
  readonly agents: Pick<Agents, 'forgetInvitations'>;
  readonly mentions: Pick<Mentions, 'forgetMentions'>;
  readonly uploads: Pick<Uploads, 'forget'>;
  readonly files: Pick<Files, 'forgetUnclaimed'>;
  readonly webhooks: Pick<Webhooks, 'forgetDeliveries'>;
}

export interface RetentionParts extends Kept {
  readonly keep: Config['keep'];
  readonly clock: Clock;
  readonly lease: LeaderLease;
  readonly metrics: Pick<Metrics, 'deleted'>;
  readonly log: Pick<Log, 'info' | 'warn'>;
}

export interface Retention {
  start(): void;
  /** Deletes what is due, once. */
  round(signal?: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

export interface Deleted {
  readonly sessions: number;
  readonly deadLetters: number;
  readonly auditEntries: number;
  readonly signIns: number;
  readonly invitations: number;
  readonly mentions: number;
  readonly uploads: number;
  /** That a process left unfinished, or long ones of deleted sessions. */
  readonly unclaimedFiles: number;
  /** Of webhooks. */
  readonly deliveries: number;
}
export const NOTHING_DELETED: Deleted = {
  sessions: 0,
  deadLetters: 0,
  auditEntries: 0,
  signIns: 0,
  invitations: 0,
  mentions: 0,
  uploads: 0,
  unclaimedFiles: 0,
  deliveries: 0,
};

/** Pause between two rounds, in milliseconds. */
const POLL_MS = 5_000;
/**
 * How long a file of a visitor waits for its message and to be kept with it, in milliseconds. Two
 * days, so that a program that was down over a weekend's night still finds it.
 */
const UPLOAD_MS = 2 * 86_400_000;
/** More than any file takes to come in, in milliseconds. */
const UNFINISHED_MS = 6 * 3_600_000;
/** Size of a step, which takes some tens of milliseconds. */
const DELETED = 100;
/** Unclaimed files of a step, each of which may be as large as a file can be. */
const FILES_DELETED = 3;

export function createRetention(parts: RetentionParts): Retention {
  const { keep, clock, lease, metrics, log } = parts;
  const stopping = new AbortController();
  let running = Promise.resolve();

  async function round(signal = stopping.signal): Promise<void> {
    const total = await deleteExpired(parts, {
      now: clock.now(),
      keep,
      pause: (ms) => pause(clock, ms, signal),
      deleted: metrics.deleted,
      signal,
    });
    if (Object.values(total).some((count) => count > 0)) log.info({ ...total }, 'deleted what was kept for long enough');
  }

  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await round(signal).catch((error: unknown) => log.warn({ error }, 'the retention failed and will be tried again'));
      await pause(clock, POLL_MS, signal);
    }
  }

  return {
    start: () => {
      running = lease(run, stopping.signal);
    },
    round,
    stop: () => {
      stopping.abort();
      return running;
    },
  };
}

export interface Deletion {
  readonly now: number;
  readonly keep: Config['keep'];
  readonly pause: (ms: number) => Promise<void>;
  /** Called after each step that deleted something. */
  readonly deleted?: (deleted: Deleted) => void;
  /** Ends it between two steps. */
  readonly signal?: AbortSignal;
}

/** What is deleted alike, and at most how many of it in a step. */
interface Kind {
  readonly limit: number;
  delete(limit: number): Promise<Partial<Deleted>>;
}

/** Deletes step by step until nothing is left that is old enough. Resolves to how much it was. */
export async function deleteExpired(kept: Kept, { now, keep, pause: rest, deleted, signal }: Deletion): Promise<Deleted> {
  const { archive, auditTrail, signIns, agents, mentions, uploads, files, webhooks } = kept;
  const kinds: readonly Kind[] = [
    { limit: DELETED, delete: (limit) => archive.deleteExpired(now - keep.sessionsMs, limit) },
    { limit: DELETED, delete: async (limit) => ({ auditEntries: await auditTrail.forgetAudit(now - keep.auditMs, limit) }) },
    { limit: DELETED, delete: async (limit) => ({ signIns: await signIns.forgetSignIns(now, limit) }) },
    { limit: DELETED, delete: async (limit) => ({ invitations: await agents.forgetInvitations(now, limit) }) },
    { limit: DELETED, delete: async (limit) => ({ mentions: await mentions.forgetMentions(now - keep.sessionsMs, limit) }) },
    { limit: DELETED, delete: async (limit) => ({ uploads: await uploads.forget(now - UPLOAD_MS, limit) }) },
    { limit: FILES_DELETED, delete: async (limit) => ({ unclaimedFiles: await files.forgetUnclaimed(now - UNFINISHED_MS, limit) }) },
    { limit: DELETED, delete: async (limit) => ({ deliveries: await webhooks.forgetDeliveries(now - keep.sessionsMs, limit) }) },
  ];
  let total = NOTHING_DELETED;
  for (const { limit, delete: deleteSome } of kinds) {
    while (!signal?.aborted) {
      const began = performance.now();
      const step = { ...NOTHING_DELETED, ...(await deleteSome(limit)) };
      const most = Math.max(...Object.values(step));
      if (most === 0) break;
      total = sum(total, step);
      deleted?.(step);
      if (most < limit) break;
      await rest(performance.now() - began);
    }
  }
  return total;
}

function sum(a: Deleted, b: Deleted): Deleted {
  return {
    sessions: a.sessions + b.sessions,
    deadLetters: a.deadLetters + b.deadLetters,
    auditEntries: a.auditEntries + b.auditEntries,
    signIns: a.signIns + b.signIns,
    invitations: a.invitations + b.invitations,
    mentions: a.mentions + b.mentions,
    uploads: a.uploads + b.uploads,
    unclaimedFiles: a.unclaimedFiles + b.unclaimedFiles,
    deliveries: a.deliveries + b.deliveries,
  };
}
