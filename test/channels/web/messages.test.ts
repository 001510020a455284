/** SPEC C5, C6, G8. Requests of a visitor's page, valid and invalid. */
import { SignJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { streamsWithin } from '#channels/web/limits.ts';
import { formatAddress } from '#machines/ids.ts';
import { SECRET, type WebHarness, webHarness } from './harness.ts';

/** Time of a test with thousands of requests on a busy machine, in milliseconds. */
const THOUSANDS_MS = 120_000;

let web: WebHarness;
beforeEach(async () => {
  web = await webHarness();
});
afterEach(() => web[Symbol.asyncDispose]());

describe('visitors', () => {
  it('gives a token that another instance with the same secret accepts', async () => {
    await using other = await webHarness();
    const { visitor, token } = await web.visitor({ assistant: 'companion', locale: 'ar-EG' });
    expect(visitor).toMatch(/^v_[A-Za-z0-9_-]{24}$/);
    expect((await other.call('POST', '/messages', { token, body: { id: '1', text: 'Hi' } })).status).toBe(200);
    expect(other.backend.heard).toMatchObject([
      {
        type: 'message',
        id: '1',
        text: 'Hi',
        address: formatAddress({ channel: 'web', account: 'companion', peer: visitor }),
        customer: { locale: 'ar-EG' },
      },
    ]);
  });

  it('says which assistant it does not know', async () => {
    await using strict = await webHarness({ knowsAssistant: (name) => name === 'companion' });
    expect((await strict.call('POST', '/visitors', { body: { assistant: 'companion' } })).status).toBe(201);
    const response = await strict.call('POST', '/visitors', { body: { assistant: 'nobody' } });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'unknown_assistant', detail: expect.stringContaining('"nobody"') });
  });

  it('accepts a request without a body', async () => {
    expect((await fetch(`${web.url}/visitors`, { method: 'POST' })).status).toBe(201);
  });

  it.each([
    ['no token', undefined],
    ['rubbish', 'rubbish'],
    ['an unsigned token', `${btoa('{"alg":"none"}')}.${btoa('{"sub":"v_000000000000000000000000","account":"default"}')}.`],
  ])('refuses %s', async (_name, token) => {
    const response = await web.call('POST', '/messages', { ...(token === undefined ? {} : { token }), body: { id: '1', text: 'Hi' } });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toContain('Bearer');
    expect(web.backend.heard).toEqual([]);
  });

  it('refuses a token of another secret, an expired one, and one for another purpose', async () => {
    const sign = (secret: string, audience: string, expires: string): Promise<string> =>
      new SignJWT({ account: 'default' })
        .setProtectedHeader({ alg: 'HS256' })
        .setIssuer('statechat')
        .setAudience(audience)
        .setSubject('v_000000000000000000000000')
        .setIssuedAt()
        .setExpirationTime(expires)
        .sign(new TextEncoder().encode(secret));
    const status = async (token: string): Promise<number> => (await web.call('POST', '/typing', { token })).status;
    expect(await status(await sign(SECRET, 'web', '1h'))).toBe(204);
    expect(await status(await sign(`${SECRET}!`, 'web', '1h'))).toBe(401);
    expect(await status(await sign(SECRET, 'console', '1h'))).toBe(401);
    expect(await status(await sign(SECRET, 'web', '-1h'))).toBe(401);
  });
});

describe('messages', () => {
  it('answers with the session and its version, and says when it had the message already', async () => {
    const { token } = await web.visitor();
    const post = async (): Promise<unknown> => (await web.call('POST', '/messages', { token, body: { id: 'm1', text: 'Hi' } })).json();
    expect(await post()).toEqual({ sessionId: expect.stringMatching(/^[0-9a-f-]{36}$/), version: 1, duplicate: false });
    expect(await post()).toMatchObject({ version: 1, duplicate: true });
  });

  it.each([
    ['/stop', 'stop', ''],
    ['/Analyze AAPL now', 'analyze', 'AAPL now'],
    ['  /help  ', 'help', ''],
    ['@support ／ＡＧＥＮＴ\u00a0please', 'agent', 'please'],
  ])('hears %j as a command', async (text, name, args) => {
    const { token } = await web.visitor();
    await web.call('POST', '/messages', { token, body: { id: '1', text } });
    expect(web.backend.heard).toMatchObject([{ type: 'command', id: '1', name, args }]);
  });

  it.each(['/usr/bin is a folder', '/', '1/2', '/مرحبا'])('hears %j as a message', async (text) => {
    const { token } = await web.visitor();
    await web.call('POST', '/messages', { token, body: { id: '1', text } });
    expect(web.backend.heard).toMatchObject([{ type: 'message', text }]);
  });

  it('takes the longest text that is allowed, in any script', async () => {
    const { token } = await web.visitor();
    const text = 'ش'.repeat(32_768);
    expect((await web.call('POST', '/messages', { token, body: { id: '1', text } })).status).toBe(200);
    expect(web.backend.heard).toMatchObject([{ text }]);
  });

  it('takes a text with half of a surrogate pair or U+0000, with a mark in its place', async () => {
    const { token } = await web.visitor();
    expect((await web.call('POST', '/messages', { token, raw: '{"id":"1","text":"Hi \\ud83d\\u0000!"}' })).status).toBe(200);
    expect(web.backend.heard).toMatchObject([{ type: 'message', text: 'Hi \ufffd\ufffd!' }]);
  });

  it('takes where the visitor is, beside a text and alone', async () => {
    const { token } = await web.visitor();
    const location = { latitude: 30.0444, longitude: 31.2357 };
    for (const body of [
      { id: '1', text: '', location },
      { id: '2', text: 'Here', location },
    ])
      expect((await web.call('POST', '/messages', { token, body })).status).toBe(200);
    const media = [{ kind: 'location', ...location }];
    expect(web.backend.heard).toMatchObject([
      { type: 'message', text: '', media },
      { type: 'message', text: 'Here', media },
    ]);
  });

  const refusals: readonly (readonly [string, string | Uint8Array<ArrayBuffer>, number, string])[] = [
    ['malformed JSON', '{"id":"1","text":"Hi"', 400, 'malformed_json'],
    ['not an object', '"Hi"', 400, 'malformed_json'],
    ['an array', '[]', 400, 'invalid_input'],
    ['no text', '{"id":"1"}', 400, 'invalid_input'],
    ['a wrong type', '{"id":1,"text":"Hi"}', 400, 'invalid_input'],
    ['an unknown field', '{"id":"1","text":"Hi","author":"assistant"}', 400, 'invalid_input'],
    ['blank text', '{"id":"1","text":" \\n "}', 400, 'invalid_input'],
    ['a place that is nowhere', '{"id":"1","text":"","location":{"latitude":90.1,"longitude":0}}', 400, 'invalid_input'],
    ['half of a place', '{"id":"1","text":"Here","location":{"latitude":1}}', 400, 'invalid_input'],
    ['an empty id', '{"id":"","text":"Hi"}', 400, 'invalid_input'],
    ['text of nothing visible', '{"id":"1","text":"\\u200b\\u2800\\ufe0f"}', 400, 'invalid_input'],
    ['half of a character alone', '{"id":"1","text":"\\ud83d\\u0000"}', 400, 'invalid_input'],
    ['a text that is too long', JSON.stringify({ id: '1', text: 'a'.repeat(32_769) }), 413, 'too_large'],
    ['a command that is too long', JSON.stringify({ id: '1', text: `/ask ${'a'.repeat(4_001)}` }), 413, 'too_large'],
    ['a body that is too large', JSON.stringify({ id: '1', text: 'a'.repeat(300_000) }), 413, 'too_large'],
    ['deep nesting', `{"id":"1","text":${'['.repeat(50_000)}${']'.repeat(50_000)}}`, 400, 'invalid_input'],
    ['bytes that are no text', new Uint8Array([0xff, 0xfe, 0x00, 0x80]), 400, 'malformed_json'],
  ];
  it.each(refusals)('refuses %s, changes nothing, and takes the next good one', async (_name, raw, status, code) => {
    const { token } = await web.visitor();
    const response = await web.call('POST', '/messages', { token, raw });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    const problem: unknown = await response.json();
    expect(problem).toEqual({ type: `urn:statechat:problem:${code}`, code, status, title: expect.any(String), detail: expect.any(String) });
    expect(web.backend.heard).toEqual([]);
    expect((await web.call('POST', '/messages', { token, body: { id: '2', text: 'Hi' } })).status).toBe(200);
    expect(web.errors).toEqual([]);
  });

  it('refuses other media types and methods by name', async () => {
    const { token } = await web.visitor();
    const typed = await web.call('POST', '/messages', {
      token,
      raw: 'id=1&text=Hi',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    });
    expect(typed.status).toBe(415);
    const method = await web.call('DELETE', '/messages', { token });
    expect([method.status, method.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('is not acknowledged while the store is away, and taken once when it is back', async () => {
    const { token } = await web.visitor();
    const body = { id: '1', text: 'Hi' };
    web.backend.down = true;
    const refused = await web.call('POST', '/messages', { token, body });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '2']);
    web.backend.down = false;
    expect(await (await web.call('POST', '/messages', { token, body })).json()).toMatchObject({ duplicate: false });
  });

  it('tells a defect of ours to the log, not to the visitor', async () => {
    await using broken = await webHarness({ start: false });
    await broken.channel.start(() => Promise.reject(new Error('password=hunter2')));
    const { token } = await broken.visitor();
    const response = await broken.call('POST', '/messages', { token, body: { id: '1', text: 'Hi' } });
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('hunter2');
    expect(broken.errors).toHaveLength(1);
  });
});

describe('receipts and typing', () => {
  it('hands them over', async () => {
    const { token } = await web.visitor();
    const session = '0198c0de-0000-7000-8000-00000000000a';
    expect((await web.call('POST', '/receipts', { token, body: { upTo: `${session}.12`, status: 'read' } })).status).toBe(204);
    expect((await web.call('POST', '/typing', { token, body: {} })).status).toBe(204);
    expect(web.backend.heard).toMatchObject([{ type: 'receipt', sessionId: session, upTo: 12, status: 'read' }, { type: 'typing' }]);
  });

  it.each([
    { upTo: 'x.1', status: 'read' },
    { upTo: '0198c0de-0000-7000-8000-00000000000a.0', status: 'read' },
    { status: 'read' },
    { upTo: 'a', status: 'seen' },
  ])('refuses %j', async (body) => {
    const { token } = await web.visitor();
    expect((await web.call('POST', '/receipts', { token, body })).status).toBe(400);
    expect(web.backend.heard).toEqual([]);
  });
});

describe('limits', () => {
  it('takes new visitors of one address one by one after the first ones, with pauses that grow', async () => {
    let now = 1_000_000_000;
    await using limited = await webHarness({ now: () => now, limits: { visitorsPerHour: 100, visitorsAtOnce: 3 } });
    const arrive = async () => {
      const response = await limited.call('POST', '/visitors', { body: {} });
      return response.status === 201 ? 'taken' : Number(response.headers.get('retry-after'));
    };
    expect([await arrive(), await arrive(), await arrive()]).toEqual(['taken', 'taken', 'taken']);
    // Those that wait get times one after the other.
    expect([await arrive(), await arrive(), await arrive()]).toEqual(['taken', 1, 2]);
    now += 1_000;
    expect([await arrive(), await arrive()]).toEqual(['taken', 1]);
    // The pause is two seconds after twenty more, however many were refused.
    for (let taken = 5; taken < 22; taken += 1) {
      now += 1_000;
      expect([await arrive(), await arrive()]).toEqual(['taken', 1]);
    }
    now += 1_000;
    await arrive();
    now += 2_000;
    expect([await arrive(), await arrive(), await arrive()]).toEqual(['taken', 2, 4]);
    const detail = (await (await limited.call('POST', '/visitors', { body: {} })).json()).detail;
    expect(detail).toBe(
      'More than 3 new visitors came from this address in an hour, so they are taken one by one. Send it again in 6 seconds.',
    );
  });

  it(
    'takes all 200 people who come from one address in a minute within ten, if their pages wait as they are told to',
    async () => {
      const start = 1_000_000_000;
      let now = start;
      await using limited = await webHarness({ now: () => now });
      const arrivals = Array.from({ length: 200 }, (_, person) => start + person * 300);
      let last = start;
      for (let next = arrivals.shift(); next !== undefined; next = arrivals.shift()) {
        now = next;
        const response = await limited.call('POST', '/visitors', { body: {} });
        await response.body?.cancel();
        if (response.status === 201) last = now;
        else arrivals.push(now + Number(response.headers.get('retry-after')) * 1_000);
        arrivals.sort((a, b) => a - b);
      }
      expect((last - start) / 60_000).toBeGreaterThan(5);
      expect((last - start) / 60_000).toBeLessThan(10);
    },
    THOUSANDS_MS,
  );

  it(
    'gives a script that never waits some 430 visitors an hour',
    async () => {
      let now = 1_000_000_000;
      await using limited = await webHarness({ now: () => now });
      let taken = 0;
      for (let second = 0; second < 3_600; second += 1, now += 1_000) {
        for (;;) {
          const response = await limited.call('POST', '/visitors', { body: {} });
          await response.body?.cancel();
          if (response.status !== 201) break;
          taken += 1;
        }
      }
      expect(taken).toBeGreaterThan(400);
      expect(taken).toBeLessThan(450);
    },
    THOUSANDS_MS,
  );

  it('lets one address have so many streams, whoever opens them, and the next one once another is closed', async () => {
    await using limited = await webHarness({ limits: { streamsPerAddress: 2 } });
    const [a, b, c] = [await limited.visitor(), await limited.visitor(), await limited.visitor()];
    const first = await limited.listen(a.token);
    await limited.listen(b.token);
    const third = await limited.call('GET', '/events', { token: c.token });
    expect([third.status, third.headers.get('retry-after')]).toEqual([429, '30']);
    expect(await third.json()).toMatchObject({ code: 'rate_limited' });
    first.close();
    await expect.poll(() => limited.channel.streamCount()).toBe(1);
    expect((await limited.listen(c.token)).response.status).toBe(200);
  });

  it.each([{ streamsPerAddress: 2 }, { streams: 2 }])('lets a visitor who comes back replace its own stream, with %j', async (limits) => {
    await using limited = await webHarness({ limits });
    const [a, b] = [await limited.visitor(), await limited.visitor()];
    const [, left] = [await limited.listen(a.token), await limited.listen(b.token)];
    expect((await limited.listen(b.token)).response.status).toBe(200);
    expect(await left.ended()).toBe(30_000);
    expect(limited.channel.streamCount()).toBe(2);
  });

  it('bounds streams by the heap', () => {
    expect(streamsWithin(128 * 1_048_576)).toBe(838);
    expect(streamsWithin(4 * 1_073_741_824)).toBe(10_000);
    expect(streamsWithin(1_048_576)).toBe(100);
  });

  it('limits new visitors by address and messages by visitor, and says when to come back', async () => {
    await using limited = await webHarness({ limits: { visitorsPerHour: 2, messagesPerMinute: 3 } });
    const [a, b] = [await limited.visitor(), await limited.visitor()];
    const third = await limited.call('POST', '/visitors', { body: {} });
    expect(third.status).toBe(429);
    expect(Number(third.headers.get('retry-after'))).toBeGreaterThan(0);
    const post = async (token: string, id: number): Promise<number> =>
      (await limited.call('POST', '/messages', { token, body: { id: String(id), text: 'Hi' } })).status;
    expect([await post(a.token, 1), await post(a.token, 2), await post(a.token, 3), await post(a.token, 4)]).toEqual([200, 200, 200, 429]);
    expect(await post(b.token, 1)).toBe(200);
    expect(limited.backend.heard).toHaveLength(4);
  });
});
