/**
 * Fills a database by SQL with the journals of a month. A third of the sessions are handed over to
 * a human. What differs from session to session follows from its number.
 */
import pg from 'pg';

/** Entries of each session. */
export const ENTRIES = 20;
const CHUNK = 20_000;
export const DAYS = 30;

/** Ids begin with the time at which a session was opened, like the program's. */
const OPENED = `($3::bigint + (n::bigint * ${DAYS * 86_400_000} / $4::bigint))`;
const ID = `(lpad(to_hex(${OPENED}), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8' || substr(md5(n::text), 4, 15))::uuid`;

const SESSIONS = `
insert into sessions (id, address, ordinal, assistant, machine_id, machine_version, version, state, handler, agent_id, tags, open, snapshot, opened_at,
  last_activity_at, closed_at)
select ${ID}, format('%s:1:%s', (array['telegram', 'whatsapp', 'web', 'discord'])[1 + n % 4], (n::bigint * 7919) % 400000), n,
  (array['stock-analyst', 'companion', 'property-concierge'])[1 + n % 3], 'session', 3, ${ENTRIES}, 'CLOSED', 'none', null, '{}', false,
  '{"format":1}', ${OPENED}, ${OPENED} + 3600000, ${OPENED} + 3600000
from generate_series($1::int, $2::int) n`;

const message = (id: string, text: string) =>
  `json_build_object('stimulus', json_build_object('kind', 'event', 'event', json_build_object('type', 'customer.message', 'id', ${id}, 'text', ${text}, 'at', at)))`;
const agentEvent = (type: string) =>
  `json_build_object('stimulus', json_build_object('kind', 'event', 'event', json_build_object('type', '${type}', 'at', at, 'agent', json_build_object('id', 'agent-' || n % 25, 'name', 'Agent'))))`;
const moved = (from: string, to: string) => {
  const [a = '', b = ''] = from.split(' ');
  const [c = '', d = ''] = to.split(' ');
  return `json_build_object('from', json_build_object('state', '${a}', 'handler', '${b}'), 'to', json_build_object('state', '${c}', 'handler', '${d}'))`;
};
const answer = `json_build_object('stimulus', json_build_object('kind', 'signal', 'serial', seq, 'to', 'self', 'prompt', false, 'event', json_build_object(
  'type', 'xstate.promise.resolve', 'data', json_build_object('text', 'An answer of some length, as models write them.', 'intent',
    (array['price', 'delivery', 'opening hours', 'complaint', 'other'])[1 + n % 5], 'usage',
    json_build_object('tokensIn', 900 + n % 700, 'tokensOut', 80 + n % 90, 'costMicros', 3000 + n % 2000, 'toolCalls', n % 3, 'cacheHits', n % 2)))))`;
const sent = (author: string) =>
  `json_build_object('effect', 'message.send', 'serial', seq, 'params', json_build_object('text', 'An answer of some length, as models write them.', 'author', '${author}', 'draft', null${
    author === 'agent' ? `, 'agent', json_build_object('id', 'agent-' || n % 25, 'name', 'Agent')` : ''
  }))`;
const called = `json_build_object('effect', 'agents.notify', 'serial', seq, 'params', json_build_object('reason', 'asked', 'queue', (array['sales', 'billing', 'complaints'])[1 + n % 3]))`;
const close = `json_build_object('stimulus', json_build_object('kind', 'event', 'event', json_build_object('type', 'close', 'at', at, 'by', 'system')))`;
const opened = `json_build_object('previousId', null, 'machine', json_build_object('id', 'session', 'version', 3), 'input', json_build_object('assistant', 'companion'), 'firstSerial', 0)`;
const rated = `json_build_object('rating', json_build_object('score', 1 + n % 5, 'comment', null, 'agent', null))`;
const TALK = [
  ['opened', opened],
  ['customer.message', message("'a'", "'Hello, what does it cost?'")],
  ['transition', moved('NEW bot', 'ACTIVE bot')],
  ['run', answer],
  ['assistant.message', sent('assistant')],
  ['customer.message', message("'b'", "'And when does it come?'")],
  ['run', answer],
  ['assistant.message', sent('assistant')],
] as const;
const HUMAN = [
  [
    'transition',
    `json_build_object('stimulus', json_build_object('kind', 'event', 'event', json_build_object('type', 'escalate', 'at', at, 'reason', 'asked')))`,
  ],
  ['effect', called],
  ['transition', moved('ACTIVE bot', 'WAITING_AGENT none')],
  ['transition', agentEvent('agent.claim')],
  ['transition', moved('WAITING_AGENT none', 'ACTIVE human')],
  ['transition', agentEvent('agent.message')],
  ['agent.message', sent('agent')],
  ['customer.message', message("'c'", "'Good, thank you for the details.'")],
  ['agent.message', sent('agent')],
  ['transition', close],
  ['transition', moved('ACTIVE human', 'CLOSED none')],
  ['rating', rated],
] as const;
const BOT = [
  ...[0, 1, 2].flatMap((round) => [
    ['customer.message', message(`'d${round}'`, "'Yet another question'")] as const,
    ['run', answer] as const,
    ['assistant.message', sent('assistant')] as const,
  ]),
  ['customer.message', message("'e'", "'bye'")],
  ['transition', close],
  ['transition', moved('ACTIVE bot', 'CLOSED none')],
] as const;

const arms = (entries: readonly (readonly [string, string])[], column: 0 | 1): string =>
  entries.map((entry, index) => `when ${index + 1} then ${column === 0 ? `'${entry[0]}'` : entry[1]}`).join(' ');
const human = [...TALK, ...HUMAN];
const bot = [...TALK, ...BOT];

const JOURNAL = `
insert into journal (session_id, seq, at, kind, payload)
select id, seq, at, case when human then case seq ${arms(human, 0)} end else case seq ${arms(bot.slice(0, ENTRIES), 0)} else 'note' end end,
  case when human then case seq ${arms(human, 1)} end else case seq ${arms(bot.slice(0, ENTRIES), 1)} else '{}'::json end end
from (
  select n, seq, ${ID} as id, n % 3 = 0 as human, ${OPENED} + (seq - 1) * (2000 + (n::bigint * 31) % 60000) as at
  from generate_series($1::int, $2::int) n, generate_series(1, ${ENTRIES}) seq
) s`;

/** @param since when the month begins, in milliseconds since the epoch. */
export async function generate(url: string, sessions: number, since: number, log: (line: string) => void): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('set synchronous_commit = off');
    for (let first = 0; first < sessions; first += CHUNK) {
      const values = [first, Math.min(first + CHUNK, sessions) - 1, since, sessions];
      await client.query(SESSIONS, values);
      await client.query(JOURNAL, values);
      if ((first / CHUNK) % 10 === 9) log(`${first + CHUNK} sessions`);
    }
    await client.query('vacuum analyze sessions');
    await client.query('analyze journal');
  } finally {
    await client.end();
  }
}
