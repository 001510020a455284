/** Keeps the notes that mention an agent, so that one who is away finds them later. */
import type { Mentions } from '#storage/mentions.ts';
import type { AgentNotifier } from './agent-notifier.ts';

/**
 * The mention is stored before the agent is notified, because a live notification may find nobody.
 */
export function withMentions(notifier: AgentNotifier, mentions: Pick<Mentions, 'addMentions'>): AgentNotifier {
  return {
    async notify(call) {
      const { sessionId, agentId, note, seq } = call;
      if (note !== undefined && agentId !== undefined)
        await mentions.addMentions([{ id: `${sessionId}.${seq}`, agentId, sessionId, by: note.by.id, at: note.at, seenAt: null }]);
      await notifier.notify(call);
    },
  };
}
