import { type AgentState, type HandoffRecords, KEPT_WAITS } from '#storage/handoff.ts';

/**
 * Records of the handoff in memory, with the same answers as PostgreSQL's. Each call is one
 * synchronous step.
 */
export function memoryHandoff(): HandoffRecords {
  const states = new Map<string, AgentState>();
  const waits = new Map<string, readonly { readonly at: number; readonly ms: number }[]>();

  function change(agentId: string, to: (state: AgentState) => Partial<AgentState>): void {
    const state = states.get(agentId) ?? { agentId, seenAt: null, away: false, assignedAt: null };
    states.set(agentId, { ...state, ...to(state) });
  }

  return {
    async seen(agentIds, at) {
      for (const agentId of agentIds) change(agentId, ({ seenAt }) => ({ seenAt: Math.max(seenAt ?? at, at) }));
    },
    async setAway(agentId, away) {
      change(agentId, () => ({ away }));
    },
    async assigned(agentId, at) {
      change(agentId, ({ assignedAt }) => ({ assignedAt: Math.max(assignedAt ?? at, at) }));
    },
    async agentStates() {
      return [...states.values()];
    },
    async waited(queue, at, ms) {
      waits.set(queue ?? '', [{ at, ms }, ...(waits.get(queue ?? '') ?? [])].slice(0, KEPT_WAITS));
    },
    async waits(queue, since, limit) {
      const ended = (waits.get(queue ?? '') ?? []).filter(({ at }) => at > since);
      return ended.slice(0, limit).map(({ ms }) => ms);
    },
  };
}
