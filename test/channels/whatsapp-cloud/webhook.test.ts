/**
 * The webhook under fire (C6), by handshake, signatures, repeats, wrong order, batches, a store
 * that is away, and entries that are poison.
 */
import { describe, expect, it } from 'vitest';
import type { ChannelEvent } from '#channels/inbound.ts';
import { InvalidInput, Unavailable } from '#machines/errors.ts';
import { at, Host, KEY, PHONE, startAdapter, USER } from './started-adapter.ts';

const MONA = { phone: PHONE };

describe('the handshake', () => {
  it.each([
    [
      'the right token',
      { 'hub.mode': 'subscribe', 'hub.verify_token': 'a-verify-token', 'hub.challenge': '1158201444' },
      200,
      '1158201444',
    ],
    [
      'another token',
      { 'hub.mode': 'subscribe', 'hub.verify_token': 'a-verify-tokem', 'hub.challenge': '1158201444' },
      403,
      'WHATSAPP_CLOUD_VERIFY_TOKEN',
    ],
    ['no token', { 'hub.mode': 'subscribe', 'hub.challenge': '1158201444' }, 403, 'WHATSAPP_CLOUD_VERIFY_TOKEN'],
    [
      'a script as challenge',
      { 'hub.mode': 'subscribe', 'hub.verify_token': 'a-verify-token', 'hub.challenge': '<script>' },
      400,
      'hub.challenge',
    ],
    ['nothing', {}, 400, 'hub.mode'],
  ])('with %s', async (_, query, status, text) => {
    const { api } = await startAdapter();
    const response = await fetch(`${api.webhooks.url}?${new URLSearchParams(query as Record<string, string>)}`);
    expect(response.status).toBe(status);
    expect(await response.text()).toContain(text);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('is the only use of GET', async () => {
    const { api } = await startAdapter();
    expect((await fetch(api.webhooks.url ?? '', { method: 'DELETE' })).status).toBe(405);
  });
});

describe('the signature', () => {
  it('that is wrong by one byte is refused, and so is a body that is', async () => {
    const { api, host } = await startAdapter();
    const payload = JSON.stringify(api.webhooks.text(MONA, 'wamid.1', 'hello'));
    const right = api.webhooks.sign(payload);
    const flipped = right.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'));
    for (const signature of [flipped, right.slice(0, -1), right.replace('sha256=', 'sha1='), '', 'sha256=', null])
      expect(await api.webhooks.post(payload, { signature })).toBe(401);
    expect(await api.webhooks.post(payload.replace('hello', 'hellO'), { signature: right })).toBe(401);
    expect(host.events).toEqual([]);
    expect(await api.webhooks.post(payload, { signature: right })).toBe(200);
    expect(host.texts).toEqual(['hello']);
  });

  it('covers the bytes as they were sent, whatever JSON makes of them', async () => {
    const { api, host } = await startAdapter();
    const payload = JSON.stringify(api.webhooks.text(MONA, 'wamid.1', 'x')).replace(
      '"x"',
      '"\\u0645\\u0631\\u062d\\u0628\\u0627 \\/ caf\\u00e9"',
    );
    expect(await api.webhooks.post(payload)).toBe(200);
    expect(host.texts).toEqual(['مرحبا / café']);
  });
});

describe('what it answers', () => {
  it.each([
    ['no JSON', '{"no":', 400],
    ['another object', { object: 'page', entry: [{ id: '1', changes: [] }] }, 400],
    ['a list', [1, 2], 400],
    ['no entries', { object: 'whatsapp_business_account', entry: [] }, 400],
    ['five megabytes', 'x'.repeat(5 * 1_048_576), 413],
  ])('to %s', async (_, payload, status) => {
    const { api, host } = await startAdapter();
    expect(await api.webhooks.post(payload).catch(() => 413)).toBe(status);
    expect(host.events).toEqual([]);
  });

  it('null fields count as absent', async () => {
    const { api, host } = await startAdapter();
    const contact = { profile: { name: 'Mona', username: null }, wa_id: null, user_id: USER, parent_user_id: null };
    const message = {
      from: null,
      from_user_id: USER,
      id: 'wamid.1',
      timestamp: '1749416383',
      type: 'text',
      text: { body: 'hi' },
      referral: null,
    };
    await api.webhooks.post(api.webhooks.change('messages', { contacts: [contact], messages: [message], errors: null }));
    expect(host.of('message')).toMatchObject([{ address: at(USER), text: 'hi', customer: { name: 'Mona' } }]);
  });
});

describe('a batch of 1,000 entries', () => {
  const people = Array.from({ length: 50 }, (_, i) => ({ phone: `2010000${String(i).padStart(5, '0')}`, userId: `EG.${9_000 + i}` }));

  it('is taken once, in order for each person, with poison, strangers and broken entries in it', async () => {
    const host = new Host((event) =>
      'text' in event && event.text === 'poison' ? Promise.reject(new InvalidInput('no')) : Promise.resolve(),
    );
    const { api, rejected, ignored } = await startAdapter({ host });
    const payloads = Array.from({ length: 1_000 }, (_, i) => {
      const person = people[i % people.length] ?? {};
      if (i % 100 === 7) return api.webhooks.change('messages', { messages: [{ broken: i }] });
      if (i % 100 === 8) return api.webhooks.change('messages', { messages: [{ id: `x${i}` }] }, '999999999999999');
      return api.webhooks.text(person, `wamid.${i}`, i % 100 === 9 ? 'poison' : `${i}`);
    });
    const batch = api.webhooks.batch(payloads);
    expect(await api.webhooks.post(batch)).toBe(200);
    expect(await api.webhooks.post(batch)).toBe(200);
    expect(host.of('message')).toHaveLength(970);
    for (const person of people) {
      const own = host.of('message').filter(({ address }) => address === at(person.userId));
      const numbers = own.map(({ text }) => Number(text));
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    }
    expect(new Set(rejected.map(({ providerId }) => providerId)).size).toBe(20);
    expect(ignored.filter(({ kind }) => kind === 'another_number')).toHaveLength(20);
  });

  it('comes again as a whole if one entry could not be stored, and nothing is taken twice', async () => {
    let failures = 3;
    const host = new Host((event) =>
      'text' in event && event.text === '500' && failures-- > 0 ? Promise.reject(new Unavailable('away')) : Promise.resolve(),
    );
    const { api } = await startAdapter({ host });
    api.webhooks.deliver(
      api.webhooks.batch(Array.from({ length: 1_000 }, (_, i) => api.webhooks.text(people[i % 50] ?? {}, `wamid.${i}`, `${i}`))),
    );
    await api.webhooks.delivered();
    expect(new Set(host.texts).size).toBe(1_000);
    expect(host.of('message')).toHaveLength(1_000);
  });
});

describe('deliveries', () => {
  it('that are repeated, late and in the wrong order keep their ids and times', async () => {
    const { api, host } = await startAdapter();
    const first = api.webhooks.text(MONA, 'wamid.first', 'first', 1_700_000_000_000);
    const second = api.webhooks.text(MONA, 'wamid.second', 'second', 1_700_000_060_000);
    for (const payload of [second, first, second, first, first]) expect(await api.webhooks.post(payload)).toBe(200);
    expect(host.of('message').map(({ id, at: time }) => [id, time])).toEqual([
      ['wa:wamid.second', 1_700_000_060_000],
      ['wa:wamid.first', 1_700_000_000_000],
    ]);
  });

  it('of statuses in any order are passed on, each once, for the host to keep monotonic', async () => {
    const { api, host } = await startAdapter();
    const status = (name: string) => api.webhooks.status(name, { id: 'wamid.ours', biz_opaque_callback_data: KEY });
    for (const name of ['read', 'delivered', 'sent', 'delivered', 'read']) await api.webhooks.post(status(name));
    expect(host.of('status').map(({ status: one, id }) => [one, id])).toEqual([
      ['read', 'wa:wamid.ours:read'],
      ['delivered', 'wa:wamid.ours:delivered'],
      ['sent', 'wa:wamid.ours:sent'],
    ]);
  });

  it('of defects are poison after five attempts', async () => {
    const host = new Host((event) => ('text' in event ? Promise.reject(new TypeError('a defect')) : Promise.resolve()));
    const { api, rejected } = await startAdapter({ host });
    const payload = api.webhooks.text(MONA, 'wamid.1', 'hello');
    const answers: number[] = [];
    for (let i = 0; i < 5; i++) answers.push(await api.webhooks.post(payload));
    expect(answers).toEqual([503, 503, 503, 503, 200]);
    expect(rejected).toMatchObject([{ channel: 'whatsapp', providerId: 'wamid.1' }]);
  });

  it('of poison come again while the dead letter cannot be stored', async () => {
    let down = true;
    const host = new Host(() => Promise.reject(new InvalidInput('no')));
    const { api } = await startAdapter({
      host,
      adapter: { deadLetter: () => (down ? Promise.reject(new Unavailable('away')) : Promise.resolve()) },
    });
    const payload = api.webhooks.text(MONA, 'wamid.1', 'hello');
    expect(await api.webhooks.post(payload)).toBe(503);
    down = false;
    expect(await api.webhooks.post(payload)).toBe(200);
  });

  it('of one person do not wait for those of another that is stored slowly', async () => {
    const slow = Promise.withResolvers<void>();
    const host = new Host((event: ChannelEvent) => ('address' in event && event.address === at(USER) ? slow.promise : Promise.resolve()));
    const { api } = await startAdapter({ host });
    const waiting = api.webhooks.post(api.webhooks.text({ userId: USER }, 'wamid.slow', 'slow'));
    expect(await api.webhooks.post(api.webhooks.text(MONA, 'wamid.fast', 'fast'))).toBe(200);
    slow.resolve();
    expect(await waiting).toBe(200);
  });

  it('before the start and after the stop come again', async () => {
    const { api, adapter, host } = await startAdapter();
    await adapter.stop();
    expect(await api.webhooks.post(api.webhooks.text(MONA, 'wamid.1', 'hello'))).toBe(503);
    await adapter.start(host.intake);
    expect(await api.webhooks.post(api.webhooks.text(MONA, 'wamid.1', 'hello'))).toBe(200);
  });
});
