/**
 * The gate before a tool call that a human has to allow.
 *
 * Owns: what exactly is allowed (the fingerprint), waiting, using it up. Does not own: who decides and that it happens once (the
 * approvals port), which tools need it (the workflows), telling the humans (its caller, by `onAsked`).
 *
 * Invariants
 * 1. A call is made only after `use` was answered with true, which it is once: a run that begins again after a crash finds its approval used,
 *    and does not do twice what may have been done before.
 * 2. The same call of the same run is the same approval, so a restart neither asks again nor forgets what was said.
 * 3. What is allowed is this tool with this input. What humans see of it is the caller's, who leaves out secrets.
 */
import { createHash } from 'node:crypto';
import type { Clock } from '#channels/clock.ts';
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
  /** What those who decide get to see, without secrets. */
  readonly shown: Json;
  readonly approvers: readonly Approver[];
  /** How often this run made the very same call before. Default 0. Each needs an approval of its own. */
  readonly repetition?: number;
}

export type Permission =
  | { readonly granted: true; readonly approval: Approval }
  /** `used`: an attempt of this run that was cut off had used it. Whether the call was made is not known. */
  | { readonly granted: false; readonly reason: 'denied' | 'expired' | 'used'; readonly approval: Approval };

export interface ApprovalGateOptions {
  readonly approvals: Approvals;
  readonly clock: Clock;
  /** Milliseconds that an approval is open, and can be used once it was given. Default an hour. */
  readonly ttlMs?: number;
  /** Milliseconds between two looks at whether it was decided. Default 1,000. */
  readonly pollMs?: number;
}

export interface ApprovalGate {
  /**
   * Asks, waits, and uses the approval up. Rejects with `Unavailable` when the store is away as it asks or uses, and with the signal's
   * reason when it is aborted: the approval stays open then. A store that is away while it waits is waited for too.
   * `onAsked` hears of it before the waiting begins, on every attempt.
   */
  allow(call: GuardedCall, signal: AbortSignal, onAsked?: (approval: Approval) => void): Promise<Permission>;
}

export function createApprovalGate({ approvals, clock, ttlMs = 3_600_000, pollMs = 1_000 }: ApprovalGateOptions): ApprovalGate {
  /** As it is known to be: what cannot be told now is told by the next look. */
  async function lookAt(approval: Approval): Promise<Approval> {
    try {
      return (await approvals.get(approval.id)) ?? { ...approval, status: 'expired' };
    } catch (error) {
      if (error instanceof StatechatError && error.retryable) return approval;
      throw error;
    }
  }

  return {
    async allow(call, signal, onAsked) {
      signal.throwIfAborted();
      const { sessionId, tool, shown, approvers } = call;
      const fingerprint = fingerprintOf(call);
      const id = digest([call.runId, fingerprint, call.repetition ?? 0]);
      let approval = await approvals.ask({ id, sessionId, tool, shown, fingerprint, approvers, ttlMs });
      onAsked?.(approval);
      while (approval.status === 'open') {
        await clock.sleep(pollMs, signal);
        approval = await lookAt(approval);
      }
      // Whoever was stopped while the answer was on its way must not use it up.
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
