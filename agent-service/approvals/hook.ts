/**
 * Hook that puts the approval gate around a run's tool calls. It knows which tools wait for a human
 * and what the model reads about it.
 */
import type { Json } from '#machines/definition.ts';
import { parseSessionId } from '#machines/ids.ts';
import type { Approval, Approver } from '#storage/approvals.ts';
import { type ApprovalGate, fingerprintOf } from './gate.ts';

export interface ApprovalHookOptions {
  readonly gate: ApprovalGate;
  /** Approvers by tool name. A tool without an entry needs no approval. */
  readonly guarded: Readonly<Record<string, readonly Approver[]>>;
  /** Removes secrets from an input before the deciding humans see it. */
  readonly show: (input: Json) => Json;
  /** Called with each call that waits, so that the humans can be notified. */
  readonly onRequested?: (approval: Approval) => void;
}

const REFUSED = {
  denied: 'A human did not allow this call, so it was not made.',
  expired: 'No human allowed this call in time, so it was not made.',
  used: 'This call was allowed once, and the attempt that it was allowed for was cut off. It is unknown whether the call was made. Do not repeat it. Tell the customer that a human will check.',
} as const;

/** Scope is one run. If the run makes the same call again, that call needs its own approval. */
export function approvalHook({ gate, guarded, show, onRequested }: ApprovalHookOptions) {
  const made = new Map<string, number>();
  return {
    name: 'approval',
    gate: true,
    async onToolUse(
      { name: tool, input }: { readonly name: string; readonly input: Json },
      { sessionId, runId }: { readonly sessionId: string; readonly runId: string },
      signal: AbortSignal,
    ): Promise<{ readonly refuse: string } | undefined> {
      const approvers = Object.hasOwn(guarded, tool) ? guarded[tool] : undefined;
      if (approvers === undefined) return undefined;
      const fingerprint = fingerprintOf({ tool, input });
      const repetition = made.get(fingerprint) ?? 0;
      made.set(fingerprint, repetition + 1);
      const call = { sessionId: parseSessionId(sessionId), runId, tool, input, shown: show(input), approvers, repetition };
      const permission = await gate.allow(call, signal, onRequested);
      if (permission.granted) return undefined;
      const comment = permission.approval.decision?.comment ?? null;
      const remark = permission.reason === 'denied' && comment !== null ? ` They said: ${JSON.stringify(comment)}` : '';
      return { refuse: REFUSED[permission.reason] + remark };
    },
  };
}
