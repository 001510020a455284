/** Reaches the human agents when a session needs one of them. */
import type { Actors } from '#actors/contract/api.ts';
import type { Address, SessionId } from '#machines/ids.ts';
import type { AgentsNotifyParams } from '#machines/session/effects.ts';
import type { Log } from '../telemetry/log.ts';

export interface AgentCall extends AgentsNotifyParams {
  readonly sessionId: SessionId;
  readonly address: Address;
  /** Stable over all attempts at the same call. */
  readonly key: string;
  /** The call's entry in the session's journal. */
  readonly seq: number;
}

/**
 * Port for notifying agents that a session needs them. A call is made at least once. A rejection is
 * retried like that of any effect.
 */
export interface AgentNotifier {
  notify(call: AgentCall): Promise<void>;
}

/** Publishes the call to the watchers of sessions, on all instances, and logs it. */
export function liveAgentNotifier(actors: Promise<Pick<Actors, 'publishAttention'>>, log: Log): AgentNotifier {
  return {
    async notify({ sessionId, address, reason, queue, agentId }) {
      (await actors).publishAttention(sessionId, {
        reason,
        ...(queue === undefined ? {} : { queue }),
        ...(agentId === undefined ? {} : { agentId }),
      });
      log.info({ sessionId, address, reason, queue, agentId }, 'a customer needs a human');
    },
  };
}
