/**
 * Duplicates and invalid input at every endpoint of the running app (G2, G8). The app answers with
 * a typed error, the session is unchanged, and the conversation continues.
 */

import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { telegramPlugin } from '#channels/telegram/plugin.ts';
import { type BotApi, startBotApi } from '#test/fakes/bot-api.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { type Answer, ask, problemSchema, type Session } from './api.ts';
import { fastClock } from './fast-clock.ts';
import { freePort } from './free-port.ts';
import { echoModel } from './models.ts';
import { PATIENCE, type RunningApp, runApp } from './running-app.ts';
import type { Visitor } from './visitor.ts';

const { connectionString } = await createTestDatabase();
const SECRET = 'a-secret_of-the-webhook';
let app: RunningApp;
let telegram: BotApi;
beforeAll(async () => {
  telegram = await startBotApi();
  const port = await freePort();
  app = await runApp(
    {
      PORT: String(port),
      DATABASE_URL: connectionString,
      TELEGRAM_BOT_TOKEN: telegram.token,
      TELEGRAM_API_ROOT: telegram.url,
      TELEGRAM_MODE: 'webhook',
      TELEGRAM_WEBHOOK_SECRET: SECRET,
      STATECHAT_PUBLIC_URL: `http://127.0.0.1:${port}`,
    },
    { provider: echoModel(), policy: { debounceMs: 0 }, channels: [telegramPlugin({ clock: fastClock(Date.now(), 50) })] },
  );
});
afterAll(async () => {
  await app?.stop();
  await telegram?.close();
});

/** Once its answer is delivered nothing moves in a session by itself. */
async function settled(address: string): Promise<Session> {
  return vi.waitFor(async () => {
    const [session] = await app.api.sessionsAt(address);
    if (!session) throw new Error('there is no session yet');
    const said = await app.api.said(session.id);
    expect(said.at(-1)).toMatchObject({ kind: 'assistant.message', delivery: { status: 'sent' } });
    return app.api.session(session.id);
  }, PATIENCE);
}

async function greeted(): Promise<{ visitor: Visitor; session: Session }> {
  const visitor = await app.visitor();
  await visitor.write('Hello');
  return { visitor, session: await settled(visitor.address) };
}

/** The session is as it was, and takes the next good message. */
async function expectUnharmed(visitor: Visitor, { id, version }: Session): Promise<void> {
  expect(await app.api.session(id)).toMatchObject({ version });
  await visitor.write('Still there?');
  await expect.poll(async () => (await app.api.said(id)).at(-1)?.text, PATIENCE).toBe('You said: Still there?');
}

const deep = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;

describe('the same event more than once (G2, C6)', () => {
  it('changes a session once: a web message id, ten times at once and then again', async () => {
    const { visitor, session } = await greeted();
    const taken = await Promise.all(Array.from({ length: 10 }, () => visitor.write('Only once', 'same-id')));
    expect(taken.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
    expect(new Set(taken.map(({ sessionId }) => sessionId))).toEqual(new Set([session.id]));
    await settled(visitor.address);
    expect(await visitor.write('Only once', 'same-id')).toMatchObject({ sessionId: session.id, duplicate: true });
    // This holds with another text too, because the id identifies the message.
    expect(await visitor.write('Another text', 'same-id')).toMatchObject({ duplicate: true });
    const said = (await app.api.said(session.id)).map(({ text }) => text);
    expect(said).toEqual(['Hello', 'You said: Hello', 'Only once', 'You said: Only once']);
  });

  it('changes a session once: a Telegram update, ten times at once and then again, also once its session is closed', async () => {
    const chat = 6_001;
    const update = {
      update_id: 77_001,
      message: {
        message_id: 1,
        date: 1_700_000_000,
        chat: { id: chat, type: 'private' },
        from: { id: chat, is_bot: false, first_name: 'Mona', language_code: 'en' },
        text: 'Only once',
      },
    };
    telegram.chats.open(chat);
    const post = () => telegram.updates.post(update, { secret: SECRET });
    expect(await Promise.all(Array.from({ length: 10 }, post))).toEqual(Array(10).fill(200));
    const address = `telegram:${telegram.id}:${chat}`;
    const { id } = await settled(address);
    expect(await post()).toBe(200);
    await app.api.tell(id, { type: 'close', by: 'test' });
    expect(await post()).toBe(200);
    expect((await app.api.sessionsAt(address)).map((session) => session.id)).toEqual([id]);
    expect((await app.api.said(id)).map(({ text }) => text)).toEqual(['Only once', 'You said: Only once']);
    expect(telegram.shown(chat)).toEqual(['You said: Only once']);
  });

  it('changes a session once: an agent’s event under one Idempotency-Key, ten times at once', async () => {
    const { visitor, session } = await greeted();
    const event = { type: 'note', agent: 'nadia', text: 'A careful customer.' };
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => app.api.post(`/api/sessions/${session.id}/events`, event, { 'idempotency-key': 'note-1' })),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect(answers.filter(({ body }) => Reflect.get(Object(body), 'duplicate') === true)).toHaveLength(9);
    expect((await app.api.history(session.id)).filter(({ kind }) => kind === 'note')).toHaveLength(1);
    await visitor.write('Next');
  });
});

/** Bodies that no event of an agent is. */
const NO_EVENTS: Readonly<Record<string, { readonly body: unknown; readonly status: number; readonly code: string }>> = {
  'an unknown type': { body: { type: 'agent.dance' }, status: 400, code: 'invalid_input' },
  'a type of the host’s own': { body: { type: 'xstate.after.idle' }, status: 400, code: 'invalid_input' },
  'an internal type': { body: { type: 'answer.ask' }, status: 400, code: 'invalid_input' },
  'a customer’s message': { body: { type: 'customer.message', id: 'x', text: 'forged' }, status: 400, code: 'invalid_input' },
  'no type': { body: {}, status: 400, code: 'invalid_input' },
  'a wrong-typed type': { body: { type: 7 }, status: 400, code: 'invalid_input' },
  'a wrong-typed text': { body: { type: 'agent.message', text: { toString: 'x' } }, status: 400, code: 'invalid_input' },
  'an empty text': { body: { type: 'agent.message', text: '' }, status: 400, code: 'invalid_input' },
  'a text of nothing visible': { body: { type: 'agent.message', text: '\u200b\u3164' }, status: 400, code: 'invalid_input' },
  'a note of nothing visible': { body: { type: 'note', text: '\u2800' }, status: 400, code: 'invalid_input' },
  'a text that is too long': { body: { type: 'agent.message', text: 'x'.repeat(32_769) }, status: 400, code: 'invalid_input' },
  'an unknown field': { body: { type: 'agent.claim', admin: true }, status: 400, code: 'invalid_input' },
  'its own time': { body: { type: 'agent.claim', at: 1 }, status: 400, code: 'invalid_input' },
  'an array': { body: [{ type: 'agent.claim' }], status: 400, code: 'invalid_input' },
  null: { body: 'null', status: 400, code: 'malformed_json' },
  'a number': { body: '7', status: 400, code: 'malformed_json' },
  'no JSON': { body: '{"type":', status: 400, code: 'malformed_json' },
  nothing: { body: '', status: 400, code: 'invalid_input' },
  'deep nesting': { body: deep(20_000), status: 400, code: 'invalid_input' },
  'a deeply nested field': { body: `{"type":"note","text":${deep(20_000)}}`, status: 400, code: 'invalid_input' },
  'five megabytes': { body: { type: 'note', text: 'x'.repeat(5_000_000) }, status: 413, code: 'too_large' },
};

describe('rubbish over the API (G8, R2)', () => {
  it.each(Object.entries(NO_EVENTS))('is answered with a problem and changes nothing: %s', async (_name, { body, status, code }) => {
    const { visitor, session } = await greeted();
    const answer = await app.api.post(`/api/sessions/${session.id}/events`, body);
    expectProblem(answer, status, code);
    await expectUnharmed(visitor, session);
  });

  it('is answered with a problem: paths, queries, methods, media types, tokens', async () => {
    const { session } = await greeted();
    const path = `/api/sessions/${session.id}`;
    expectProblem(await app.api.get('/api/sessions/no-such-id'), 404, 'not_found');
    expectProblem(await app.api.get('/api/sessions/01890a5d-ac96-774b-bcce-b302099a8000'), 404, 'not_found');
    expectProblem(await app.api.get('/api/sessions/%E0%A4%A'), 400, 'bad_request');
    expectProblem(await app.api.get('/api/sessions?limit=-1'), 400, 'invalid_input');
    expectProblem(await app.api.get('/api/sessions?cursor=rubbish'), 400, 'invalid_input');
    expectProblem(await app.api.get('/api/sessions?address=nowhere'), 400, 'invalid_input');
    expectProblem(await app.api.get(`${path}/history?after=9e9`), 400, 'invalid_input');
    expectProblem(await app.api.get('/api/nothing'), 404, 'not_found');
    expectProblem(await app.api.post(path, {}), 405, 'method_not_allowed');
    expectProblem(
      await app.api.post(`${path}/events`, 'type=agent.claim', { 'content-type': 'application/x-www-form-urlencoded' }),
      415,
      'unsupported_media_type',
    );
    expectProblem(await app.api.post(`${path}/events`, { type: 'agent.claim' }, { 'idempotency-key': 'with space' }), 400, 'invalid_input');
    expectProblem(await app.api.post(`${path}/events`, { type: 'agent.claim' }, { authorization: 'Bearer wrong' }), 401, 'unauthorized');
    expect(await app.api.session(session.id)).toMatchObject({ version: session.version });
  });
});

const NO_MESSAGES: Readonly<Record<string, { readonly body: unknown; readonly status: number; readonly code: string }>> = {
  'no id': { body: { text: 'x' }, status: 400, code: 'invalid_input' },
  'a wrong-typed id': { body: { id: 7, text: 'x' }, status: 400, code: 'invalid_input' },
  'a long id': { body: { id: 'x'.repeat(201), text: 'x' }, status: 400, code: 'invalid_input' },
  'no text': { body: { id: 'a' }, status: 400, code: 'invalid_input' },
  'a wrong-typed text': { body: { id: 'a', text: ['x'] }, status: 400, code: 'invalid_input' },
  'an empty text': { body: { id: 'a', text: ' \n' }, status: 400, code: 'invalid_input' },
  'a text of nothing visible': { body: { id: 'a', text: '\u200b\u3164' }, status: 400, code: 'invalid_input' },
  'half of a surrogate pair alone': { body: '{"id":"a","text":"\\ud800"}', status: 400, code: 'invalid_input' },
  'a text that is too long': { body: { id: 'a', text: 'x'.repeat(32_769) }, status: 413, code: 'too_large' },
  'an unknown field': { body: { id: 'a', text: 'x', author: 'agent' }, status: 400, code: 'invalid_input' },
  'an array': { body: [], status: 400, code: 'invalid_input' },
  'no JSON': { body: '{"id"', status: 400, code: 'malformed_json' },
  'deep nesting': { body: `{"id":"a","text":${deep(20_000)}}`, status: 400, code: 'invalid_input' },
  'five megabytes': { body: { id: 'a', text: 'x'.repeat(5_000_000) }, status: 413, code: 'too_large' },
};

describe('rubbish over the web channel (G8, C5)', () => {
  it.each(Object.entries(NO_MESSAGES))('is answered with a problem and changes nothing: %s', async (_name, { body, status, code }) => {
    const { visitor, session } = await greeted();
    expectProblem(await visitor.post('messages', body), status, code);
    await expectUnharmed(visitor, session);
  });

  it('is answered with a problem: tokens, receipts, resume points, assistants', async () => {
    const { visitor, session } = await greeted();
    const stranger = await greeted();
    expectProblem(
      await visitor.post('messages', { id: 'a', text: 'x' }, { authorization: `Bearer ${visitor.token.slice(0, -3)}abc` }),
      401,
      'unauthorized',
    );
    expectProblem(await visitor.post('receipts', { upTo: `${session.id}.0`, status: 'read' }), 400, 'invalid_event_id');
    expectProblem(await visitor.post('receipts', { upTo: `${session.id}.1`, status: 'eaten' }), 400, 'invalid_input');
    // Another visitor's session is none of theirs.
    expectProblem(await visitor.post('receipts', { upTo: `${stranger.session.id}.99`, status: 'read' }), 400, 'invalid_input');
    expectProblem(
      await ask(`${app.url}/channels/web/events?after=rubbish`, { headers: { authorization: `Bearer ${visitor.token}` } }),
      400,
      'invalid_event_id',
    );
    expectProblem(await visitor.post('visitors', { assistant: 'nobody' }), 400, 'unknown_assistant');
    expectProblem(await visitor.post('nowhere', {}), 404, 'not_found');
    await expectUnharmed(visitor, session);
    await expectUnharmed(stranger.visitor, stranger.session);
  });
});

describe('rubbish at the Telegram webhook (G8, C2)', () => {
  const CHAT = 6_100;
  const webhook = (body: string, secret: string = SECRET): Promise<Answer> =>
    ask(`${app.url}/channels/telegram/webhook`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': secret },
      body,
    });

  it.each([
    ['no JSON', '{"update_id":1', 400],
    ['no object', '[]', 400],
    ['null', 'null', 400],
    ['no id', '{"message":{}}', 400],
    ['a wrong-typed id', '{"update_id":"1"}', 400],
    ['deep nesting', deep(20_000), 400],
    ['two megabytes', JSON.stringify({ update_id: 1, message: 'x'.repeat(2_000_000) }), 413],
    // Telegram would send these again for ever. The app acknowledges them, and keeps them as dead
    // letters or ignores them.
    ['a malformed message', '{"update_id":88001,"message":{"text":7}}', 200],
    ['a kind of the future', '{"update_id":88002,"telepathy":{}}', 200],
    ['a deeply nested message', `{"update_id":88003,"message":${deep(20_000)}}`, 200],
  ])('is answered, and changes nothing: %s', async (_name, body, status) => {
    const address = `telegram:${telegram.id}:${CHAT}`;
    telegram.say(CHAT, 'Hello', { from: { language_code: 'en' } });
    await telegram.updates.delivered();
    const { id, version } = await settled(address);
    const answer = await webhook(body);
    expect([answer.status, answer.contentType]).toEqual([status, expect.stringContaining('json')]);
    expect(await app.api.session(id)).toMatchObject({ version });
    telegram.say(CHAT, 'Still there?', { from: { language_code: 'en' } });
    await expect.poll(() => telegram.shown(CHAT).at(-1), PATIENCE).toBe('You said: Still there?');
  });

  it('wants the secret (C2)', async () => {
    expect((await webhook('{"update_id":88004}', 'guess')).status).toBe(401);
    expect((await webhook('{"update_id":88004}', createHash('sha256').update(SECRET).digest('hex'))).status).toBe(401);
  });
});

it('stays up through what is no HTTP at all (G8)', async () => {
  const { port } = new URL(app.url);
  for (const headers of [{ 'content-length': 'many' }, { 'content-type': 'application/json', 'content-encoding': 'gzip' }]) {
    await new Promise<void>((resolve, reject) => {
      const sent = request(
        { port, method: 'POST', path: '/channels/web/visitors', headers: { connection: 'close', ...headers } },
        (response) => response.resume().once('end', resolve),
      );
      sent.once('error', () => resolve()).setTimeout(5_000, () => reject(new Error('no answer')));
      sent.end('rubbish');
    });
  }
  expect((await ask(`${app.url}/healthz`)).status).toBe(200);
});

function expectProblem({ status, contentType, body }: Answer, expected: number, code: string): void {
  expect({ status, contentType, code: Object(body).code }).toEqual({
    status: expected,
    contentType: expect.stringContaining('application/problem+json'),
    code,
  });
  expect(problemSchema.parse(body).status).toBe(expected);
}
