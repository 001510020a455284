import { type Mention, type Mentions, mentionPage, mentionPlace } from '#storage/mentions.ts';
import { storable, texts } from '#storage/postgres/arrays.ts';
import { type Column, numbered, parameters, unnest } from '#storage/postgres/columns.ts';
import type { Database } from '#storage/postgres/database.ts';
import { decodeMention, MENTION } from '#storage/postgres/decode.ts';

const COLUMNS: readonly Column<Mention>[] = [
  { name: 'agent_id', type: 'text', of: ({ agentId }) => agentId },
  { name: 'id', type: 'text', of: ({ id }) => id },
  { name: 'session_id', type: 'text', of: ({ sessionId }) => sessionId },
  { name: 'by', type: 'text', of: ({ by }) => by },
  { name: 'at', type: 'bigint', of: ({ at }) => at },
  { name: 'seen_at', type: 'bigint', of: ({ seenAt }) => seenAt },
];
const NAMES = COLUMNS.map(({ name }) => name).join(', ');

const ADD = numbered(
  `insert into mentions (${NAMES}) select ${NAMES} from ${unnest(COLUMNS, 't')} order by agent_id, id on conflict do nothing`,
);

const after = (isUnseen: boolean): string => `
select ${MENTION} from mentions m where m.agent_id = $1 and (m.at, m.id) < ($2, $3)${isUnseen ? ' and m.seen_at is null' : ''}
order by m.at desc, m.id desc limit $4`;
const ALL = after(false);
const UNSEEN = after(true);

const SEE = 'update mentions set seen_at = $3 where agent_id = $1 and id = any($2::text[]) and seen_at is null returning 1';

const FORGET = `
delete from mentions where (agent_id, id) in (
  select agent_id, id from mentions where at < $1 order by at limit $2 for update skip locked
) returning 1`;

/** Mentions in PostgreSQL. */
export function mentionsOf(database: Database): Mentions {
  return {
    async addMentions(mentions) {
      if (mentions.length > 0) await database.query('mentions-add', ADD, parameters(COLUMNS, mentions));
    },

    async mentions(agentId, unseen, limit, cursor) {
      const { at, id } = mentionPlace(cursor);
      const [name, statement] = unseen ? ['mentions-unseen', UNSEEN] : ['mentions', ALL];
      const rows = await database.query(name, statement, [storable(agentId), at, id, limit + 1]);
      return mentionPage(rows.map(decodeMention), limit);
    },

    async seeMentions(agentId, ids, at) {
      return (await database.query('mentions-see', SEE, [storable(agentId), texts(ids), at])).length;
    },

    async forgetMentions(before, limit) {
      return (await database.query('mentions-forget', FORGET, [before, limit], 'long')).length;
    },
  };
}
