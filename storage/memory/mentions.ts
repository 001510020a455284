import { byMentionPlace, type Mention, type Mentions, mentionPage, mentionPlace } from '#storage/mentions.ts';

/** Mentions of a store in memory, with the same answers as PostgreSQL's. */
export function memoryMentions(): Mentions {
  const kept = new Map<string, Mention>();
  const keyOf = (agentId: string, id: string): string => JSON.stringify([agentId, id]);

  return {
    async addMentions(mentions) {
      for (const mention of mentions) {
        const key = keyOf(mention.agentId, mention.id);
        if (!kept.has(key)) kept.set(key, { ...mention });
      }
    },

    async mentions(agentId, unseen, limit, cursor) {
      const place = mentionPlace(cursor);
      const found = [...kept.values()]
        .filter((mention) => mention.agentId === agentId && !(unseen && mention.seenAt !== null) && byMentionPlace(place, mention) < 0)
        .toSorted(byMentionPlace);
      return mentionPage(found.slice(0, limit + 1), limit);
    },

    async seeMentions(agentId, ids, at) {
      const changed = [...new Set(ids)].flatMap((id) => {
        const mention = kept.get(keyOf(agentId, id));
        return mention === undefined || mention.seenAt !== null ? [] : [mention];
      });
      for (const mention of changed) kept.set(keyOf(agentId, mention.id), { ...mention, seenAt: at });
      return changed.length;
    },

    async forgetMentions(before, limit) {
      const old = [...kept.values()].filter(({ at }) => at < before).slice(0, limit);
      for (const { agentId, id } of old) kept.delete(keyOf(agentId, id));
      return old.length;
    },
  };
}
