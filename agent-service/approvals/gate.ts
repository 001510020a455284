/**
 * Gate before a tool call that a human has to allow.
 *
 * Owns the fingerprint of what is allowed, waiting for the decision, using it up. Does not own
 * who may decide and that a decision happens once (the approvals port), which tools need one (the
 * workflows), notifying the humans (the caller, through `onAsked`).
 *
 * Invariants
 * 1. A call is made only after `use` returned true, which happens once. A run that restarts after a
 *    crash finds its approval used and does not repeat what may have been done.
 * 2. The same call of the same run has the same approval. A restart neither requests it again nor
 *    loses the decision.
 * 3. An approval allows one tool with one input. The caller decides what humans see of it and
 *    leaves out secrets.
 */
import { createHash } from 'node:crypto';
import { type Clock, sleep } from '#machines/clock.ts';
import type { Json } from '#machines/definition.ts';
import { StatechatError } from '#machines/errors.ts';
import type { SessionId } from '#machines/ids.ts';
import type { Approval, Approvals, Approver } from '#storage/approvals.ts';

export interface GuardedCall {
  readonly sessionId: SessionId;
  /** Stable over attempts. */
  readonly runId: string;
  readonly tool: string;
  readonly input: Json;
  /** What the deciding humans see, without secrets. */
  readonly shown: Json;
  readonly approvers: readonly Approver[];
  /**
   * How often this run has made the very same call before. Default 0. Each call needs its own
   * approval.
   */
  readonly repetition?: number;
}

export type Permission =
  | { readonly granted: true; readonly approval: Approval }
  /**
   * `used` means that an earlier, interrupted attempt of this run used the approval. Whether it
   * made the call is unknown.
   */
  | { readonly granted: false; readonly reason: 'denied' | 'expired' | 'used'; readonly approval: Approval };

export interface ApprovalGateOptions {
  readonly approvals: Approvals;
  readonly clock: Clock;
  /** Milliseconds that an approval is open, and can be used once it was given. Default an hour. */
  readonly ttlMs?: number;
  /** Interval between two polls for the decision, in milliseconds. Default 1,000. */
  readonly pollMs?: number;
}

export interface ApprovalGate {
  /**
   * Requests an approval, waits for it and uses it up. Rejects with `Unavailable` if the store is
   * away during the request or the use, and with the signal's reason if it is aborted, in which
   * case the approval stays open. A store that is away during the wait is waited for. `onAsked` is
   * called before the wait begins, on every attempt.
   */
  allow(call: GuardedCall, signal: AbortSignal, onRequested?: (approval: Approval) => void): Promise<Permission>;
}

export function createApprovalGate({ approvals, clock, ttlMs = 3_600_000, pollMs = 1_000 }: ApprovalGateOptions): ApprovalGate {
  /** State as far as known. If the store cannot be read now, the next poll reads it. */
  async function lookAt(approval: Approval): Promise<Approval> {
    try {
      return (await approvals.get(approval.id)) ?? { ...approval, status: 'expired' };
    } catch (error) {
      if (error instanceof StatechatError && error.retryable) return approval;
      throw error;
    }
  }

  return {
    async allow(call, signal, onRequested) {
      signal.throwIfAborted();
      const { sessionId, tool, shown, approvers } = call;
      const fingerprint = fingerprintOf(call);
      const id = digest([call.runId, fingerprint, call.repetition ?? 0]);
      let approval = await approvals.ask({ id, sessionId, tool, shown, fingerprint, approvers, ttlMs });
      onRequested?.(approval);
      while (approval.status === 'open') {
        await sleep(clock, pollMs, signal);
        approval = await lookAt(approval);
      }
      // A run that was stopped while the answer was on its way must not use up the approval.
      signal.throwIfAborted();
      if (approval.status === 'approved') {
        if (await approvals.use(id, fingerprint)) return { granted: true, approval };
        approval = (await approvals.get(id)) ?? approval;
      }
      const reason = approval.status === 'denied' || approval.status === 'expired' ? approval.status : 'used';
      return { granted: false, reason, approval };
    },
  };
}

/** Of the tool and its input, whatever the order of the input's members. */
export function fingerprintOf({ tool, input }: Pick<GuardedCall, 'tool' | 'input'>): string {
  return digest([tool, input]);
}

function digest(value: Json): string {
  return createHash('sha256').update(canonical(value)).digest('hex');
}

/** JSON with the members of objects in the order of their names. */
function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.flatMap(([name, member]) => (member === undefined ? [] : `${JSON.stringify(name)}:${canonical(member)}`)).join()}}`;
}
