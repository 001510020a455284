/** Mentions in Redis, a hash for each agent, and all of them by time for what is forgotten. */
import * as z from 'zod';
import { byMentionPlace, type Mention, type Mentions, mentionPage, mentionPlace, mentionSchema } from '#storage/mentions.ts';
import type { Connection } from '#storage/redis/connection.ts';
import { decodeCount, decodeTexts, reading } from '#storage/redis/decode.ts';
import { MENTIONS_KEY, mentionsKey } from '#storage/redis/keys.ts';
import { SCRIPTS } from '#storage/redis/scripts.ts';

export function mentionsOf(connection: Connection): Mentions {
  return {
    async addMentions(mentions) {
      for (const mention of mentions) {
        // The order first, so that nothing is kept that would never be forgotten.
        await connection.call('zadd', MENTIONS_KEY, 'nx', mention.at, memberOf(mention));
        await connection.call('hsetnx', mentionsKey(mention.agentId), mention.id, JSON.stringify(mention));
      }
    },

    async mentions(agentId, unseen, limit, cursor) {
      const place = mentionPlace(cursor);
      const found = decodeTexts(await connection.call('hvals', mentionsKey(agentId)))
        .map(decodeMention)
        .filter((mention) => !(unseen && mention.seenAt !== null) && byMentionPlace(place, mention) < 0)
        .toSorted(byMentionPlace);
      return mentionPage(found, limit);
    },

    async seeMentions(agentId, ids, at) {
      const key = mentionsKey(agentId);
      const texts = await Promise.all([...new Set(ids)].map((id) => connection.call('hget', key, id)));
      const changes = texts.flatMap((text) => {
        if (typeof text !== 'string') return [];
        const mention = decodeMention(text);
        return mention.seenAt === null ? [mention.id, text, JSON.stringify({ ...mention, seenAt: at })] : [];
      });
      return changes.length === 0 ? 0 : decodeCount(await connection.run(SCRIPTS.seeMentions, [key], changes));
    },

    async forgetMentions(before, limit) {
      const range = ['-inf', `(${before}`, 'byscore', 'limit', 0, limit];
      const old = decodeTexts(await connection.call('zrange', MENTIONS_KEY, ...range));
      for (const [agentId, id] of old.map(decodeMember)) await connection.call('hdel', mentionsKey(agentId), id);
      return old.length === 0 ? 0 : decodeCount(await connection.call('zrem', MENTIONS_KEY, ...old));
    },
  };
}

const member = z.tuple([z.string(), z.string()]);

function memberOf({ agentId, id }: Mention): string {
  return JSON.stringify([agentId, id]);
}

function decodeMember(text: string): readonly [string, string] {
  return reading('mention', () => member.parse(JSON.parse(text)));
}

function decodeMention(text: string): Mention {
  return reading('mention', () => mentionSchema.parse(JSON.parse(text)));
}
