/** Sending by the Cloud API (C7). Who it is for, the window, what WhatsApp refuses, its limits. */
import { describe, expect, it } from 'vitest';
import { RateLimited, Refused } from '#channels/port.ts';
import { Unavailable } from '#machines/errors.ts';
import { at, KEY, PHONE, says, sending, startAdapter, USER } from './started-adapter.ts';

const MESSAGES = /\/messages$/;
const to = at(PHONE);

describe('a message', () => {
  it.each([
    ['a number in `to`', PHONE, { to: PHONE }],
    ['a user id in `recipient`', USER, { recipient: USER }],
    ['a parent in `recipient`', 'EG.ENT.11815799212886844830', { recipient: 'EG.ENT.11815799212886844830' }],
  ])('names %s, and carries its key', async (_, peer, named) => {
    const { api, adapter } = await startAdapter();
    const ref = await adapter.send(at(peer), says('Good morning'), sending().context);
    const [call] = api.callsOf(MESSAGES);
    expect(call?.payload).toMatchObject({
      messaging_product: 'whatsapp',
      recipient_type: 'individual',
      biz_opaque_callback_data: KEY,
      ...named,
    });
    expect(Object.keys(call?.payload ?? {}).filter((key) => key === 'to' || key === 'recipient')).toHaveLength(1);
    expect(ref).toBe(`wa:${api.screen(peer)[0]?.id}`);
    expect(api.messages.lost).toEqual([]);
  });

  it('to nobody on WhatsApp is refused without a request', async () => {
    const { api, adapter } = await startAdapter();
    await expect(adapter.send(at('somebody'), says('x'), sending().context)).rejects.toBeInstanceOf(Refused);
    await expect(adapter.send(to, says('\u200b'), sending().context)).rejects.toBeInstanceOf(Refused);
    expect(api.calls).toEqual([]);
  });

  it('with a connection that breaks before or after is tried again, and says so', async () => {
    const { api, adapter } = await startAdapter();
    for (const failure of ['cut', 'cut-after', 'garbage'] as const) {
      api.fail(MESSAGES, failure);
      const error = await adapter.send(to, says('x'), sending().context).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(Unavailable);
      expect(String(error)).not.toContain(api.token);
    }
    await adapter.send(to, says('x'), sending().context);
  });

  it('whose signal is aborted is stopped', async () => {
    const { adapter } = await startAdapter();
    await expect(adapter.send(to, says('x'), sending({ signal: AbortSignal.abort() }).context)).rejects.toBeInstanceOf(Unavailable);
  });
});

describe('the window', () => {
  const template = { name: 'viewing_reminder', language: 'ar_EG', parameters: ['Mona', 'الأحد\n  الساعة   5'] };

  it('that is closed refuses free text without a request, and lets a template through', async () => {
    const { api, adapter, clock } = await startAdapter({ api: { windows: true } });
    for (const windowUntil of [0, clock.now() - 1, clock.now()]) {
      const error = await adapter.send(to, says('hello'), sending({ windowUntil }).context).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(Refused);
      expect(error).toMatchObject({ facts: { reason: 'window_closed' } });
    }
    expect(api.calls).toEqual([]);
    await adapter.send(to, says('preview', { template }), sending({ windowUntil: 0 }).context);
    expect(api.screen(PHONE)[0]?.template).toEqual({ name: 'viewing_reminder', language: 'ar_EG', parameters: ['Mona', 'الأحد الساعة 5'] });
  });

  it('lets a template through that has more than texts in its body, as it is', async () => {
    const { api, adapter } = await startAdapter({ api: { windows: true } });
    const components = [
      { type: 'header', parameters: [{ type: 'image', image: { id: '17' } }] },
      { type: 'body', parameters: [{ type: 'text', parameter_name: 'who', text: 'Mona' }] },
      { type: 'button', sub_type: 'url', index: '0', parameters: [{ type: 'text', text: 'p/7' }] },
    ];
    const given = { name: 'viewing', language: 'en', parameters: [], components };
    await adapter.send(to, says('preview', { template: given }), sending({ windowUntil: 0 }).context);
    expect(api.callsOf(MESSAGES)[0]?.payload).toMatchObject({
      type: 'template',
      template: { name: 'viewing', language: { code: 'en' }, components },
    });
  });

  it('that closes between the decision and the send is refused by WhatsApp with the same reason', async () => {
    const { api, adapter, clock } = await startAdapter({ api: { windows: true } });
    api.messages.heard(PHONE);
    await adapter.send(to, says('in time'), sending({ windowUntil: clock.now() + 1_000 }).context);
    api.messages.windows.set(PHONE, clock.now() - 1);
    const error = await adapter
      .send(to, says('too late'), sending({ windowUntil: clock.now() + 1_000 }).context)
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Refused);
    expect(error).toMatchObject({ facts: { reason: 'window_closed', code: 131047 } });
  });

  it('that nobody knows of is left to WhatsApp', async () => {
    const { api, adapter } = await startAdapter();
    await adapter.send(to, says('hello'), sending().context);
    expect(api.shown(PHONE)).toEqual(['hello']);
  });
});

describe('a refusal of WhatsApp', () => {
  it.each([
    [131026, 'refused', 'undeliverable'],
    [131047, 'refused', 'window_closed'],
    [131049, 'refused', 'marketing_cap'],
    [131051, 'refused', 'unsupported'],
    [131062, 'refused', 'needs_phone'],
    [100, 'refused', 'invalid_request'],
    [132001, 'refused', 'template'],
    [999999, 'refused', 'refused'],
    [131016, 'unavailable', undefined],
    [131000, 'unavailable', undefined],
    [133004, 'unavailable', undefined],
    [190, 'unavailable', undefined],
    [10, 'unavailable', undefined],
    [200, 'unavailable', undefined],
    [131042, 'unavailable', undefined],
  ])('%i is %s', async (code, kind, reason) => {
    const { api, adapter } = await startAdapter();
    api.fail(MESSAGES, { code, details: 'as scripted' }, 9);
    const error = await adapter.send(to, says('x'), sending().context).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: kind, facts: { code, ...(reason === undefined ? {} : { reason }) } });
    expect(api.callsOf(MESSAGES)).toHaveLength(1);
  });

  it('that is transient, or comes with 5xx, is tried again whatever its code', async () => {
    const { api, adapter } = await startAdapter();
    api.fail(MESSAGES, { code: 131026, transient: true });
    api.fail(MESSAGES, { code: 987654, status: 503 });
    for (let i = 0; i < 2; i++) await expect(adapter.send(to, says('x'), sending().context)).rejects.toBeInstanceOf(Unavailable);
  });

  it('of the token says how to mend it, and never shows the token', async () => {
    const { api, adapter } = await startAdapter({ adapter: { token: 'EAAJB-a-token-that-has-expired' } });
    const error = await adapter.send(to, says('x'), sending().context).catch((caught: unknown) => caught);
    expect(String(error)).toMatch(/WHATSAPP_CLOUD_TOKEN/);
    expect(JSON.stringify(error) + String(error)).not.toContain('EAAJB-a-token');
    expect(api.callsOf(MESSAGES)[0]?.status).toBe(401);
  });
});

describe('the limits', () => {
  it('a long conversation with one person is never refused, and its pace is one in 6 s', async () => {
    const { api, adapter, clock } = await startAdapter({ api: { limits: true }, adapter: { maxWaitMs: 100_000 } });
    const begun = clock.now();
    for (let i = 0; i < 60; i++) await adapter.send(to, says(`message ${i}`), sending().context);
    expect(api.callsOf(MESSAGES).every(({ status }) => status === 200)).toBe(true);
    expect(clock.now() - begun).toBeGreaterThanOrEqual(5 * 60_000);
    expect(api.shown(PHONE)).toHaveLength(60);
  });

  it('many people at once stay below what the number may send, in and out together', async () => {
    const { api, adapter, clock } = await startAdapter({
      api: { limits: true, perSecond: 20 },
      adapter: { perSecond: 20, maxWaitMs: 100_000 },
    });
    const people = Array.from({ length: 60 }, (_, i) => `2010000${String(i).padStart(5, '0')}`);
    for (const phone of people.slice(0, 10)) {
      api.messages.heard(phone);
      await api.webhooks.post(api.webhooks.text({ phone }, `wamid.${phone}`, 'hello'));
    }
    const begun = clock.now();
    await Promise.all(people.map((phone) => adapter.send(at(phone), says('hi'), sending().context)));
    expect(api.callsOf(MESSAGES).map(({ status }) => status)).toEqual(people.map(() => 200));
    expect(clock.now() - begun).toBeGreaterThanOrEqual(3_000);
  });

  it('what the number received counts for a second, and no longer', async () => {
    const { api, adapter, clock } = await startAdapter({ adapter: { perSecond: 20 } });
    for (let i = 0; i < 30; i++) await api.webhooks.post(api.webhooks.text({ phone: PHONE }, `wamid.${i}`, `${i}`));
    clock.advance(2_000);
    const begun = clock.now();
    await adapter.send(to, says('an answer'), sending().context);
    expect(clock.now() - begun).toBe(0);
  });

  it('131056 holds the person, longer each time, and nobody else', async () => {
    const { api, adapter, clock } = await startAdapter();
    api.fail(MESSAGES, { code: 131056 }, 2);
    const begun = clock.now();
    await adapter.send(to, says('x'), sending().context).catch((error: unknown) => expect(error).toBeInstanceOf(RateLimited));
    const error = await adapter.send(to, says('x'), sending().context).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RateLimited);
    const other = clock.now();
    await adapter.send(at(USER), says('x'), sending().context);
    expect(clock.now() - other).toBeLessThan(1_000);
    expect(other - begun).toBeLessThan(60_000);
    clock.advance(300_000);
    await adapter.send(to, says('x'), sending().context);
    expect(api.shown(PHONE)).toEqual(['x']);
  });

  it('130429 holds the number for a moment, and the message goes in the same attempt', async () => {
    const { api, adapter, clock } = await startAdapter();
    api.fail(MESSAGES, { code: 130429 }, 2);
    const begun = clock.now();
    await adapter.send(to, says('x'), sending().context);
    expect(clock.now() - begun).toBeGreaterThanOrEqual(4_000);
    expect(api.shown(PHONE)).toEqual(['x']);
  });

  it('a wait that is too long is given back', async () => {
    const { adapter } = await startAdapter();
    for (let i = 0; i < 10; i++) await adapter.send(to, says(`${i}`), sending().context);
    const error = await adapter.send(to, says('x'), sending().context).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RateLimited);
    expect(error).toMatchObject({ retryAfterMs: expect.any(Number) });
  });
});

describe('choices', () => {
  const choices = (count: number, label = 'Choice') =>
    Array.from({ length: count }, (_, i) => ({ id: `pick ${i}`, label: `${label} ${i}` }));

  it.each([
    ['up to three are buttons', choices(3), 'interactive', ['pick 0', 'pick 1', 'pick 2']],
    ['up to ten are a list', choices(10), 'interactive', choices(10).map(({ id }) => id)],
    ['long labels are a list', choices(2, 'A label with 22 units'), 'interactive', ['pick 0', 'pick 1']],
    ['more are numbers', choices(11), 'text', []],
    ['longer labels are numbers', choices(2, 'A label that is longer than any row'), 'text', []],
    [
      'equal labels are numbers',
      [
        { id: 'a', label: 'Same' },
        { id: 'b', label: 'Same' },
      ],
      'text',
      [],
    ],
  ])('%s', async (_, buttons, type, ids) => {
    const { api, adapter } = await startAdapter();
    await adapter.send(to, says('What next?', { buttons }), sending().context);
    const [message] = api.screen(PHONE);
    expect(message?.type).toBe(type);
    expect(message?.choices.map(({ id }) => id)).toEqual(ids);
    for (const [i, { label }] of buttons.entries()) {
      if (type === 'text') expect(message?.text).toContain(`${i + 1}. ${label}`);
    }
  });

  it('below a text that is too long for them stand below a line of their own, in its language', async () => {
    const { api, adapter } = await startAdapter();
    await adapter.send(to, says('اكتب لي ما تريد. '.repeat(100), { buttons: choices(2) }), sending().context);
    expect(api.screen(PHONE).map(({ type }) => type)).toEqual(['text', 'interactive']);
    expect(api.shown(PHONE).at(-1)).toBe('اختر:');
  });
});

describe('formatting', () => {
  it.each([
    ['**bold** and *italic* and ~~gone~~ and `code`', '*bold* and _italic_ and ~gone~ and `code`'],
    ['# Title\n\ntext', '*Title*\n\ntext'],
    ['a [link](https://example.com/x) here', 'a link (https://example.com/x) here'],
    ['see https://example.com/x', 'see https://example.com/x'],
    ['```\ncode\n```', '```\ncode\n```'],
    ['> said\n> twice', '> said\n> twice'],
    ['- one\n- two', '• one\n• two'],
    ['un**believ**able', 'unbelievable'],
    ['**مهم** جدا', '*مهم* جدا'],
  ])('%j is %j', async (markdown, raw) => {
    const { api, adapter } = await startAdapter();
    await adapter.send(to, says(markdown), sending().context);
    expect(api.screen(PHONE)[0]?.raw).toBe(raw);
  });

  it('stays in a text that is split, whose parts leave room for it', async () => {
    const { api, adapter } = await startAdapter();
    await adapter.send(to, says(`**First** ${'and so on '.repeat(900)}**last**`), sending().context);
    const parts = api.screen(PHONE).map(({ raw }) => raw);
    expect(parts.length).toBeGreaterThan(1);
    expect(parts[0]).toMatch(/^\*First\* and/);
    expect(parts.at(-1)).toMatch(/\*last\*$/);
  });

  it('that makes a part too long is left out, and no part is too long', async () => {
    const { api, adapter } = await startAdapter({ adapter: { maxWaitMs: 1_000_000 } });
    await adapter.send(to, says('**a** _b_ '.repeat(2_000)), sending().context);
    const parts = api.screen(PHONE);
    expect(parts.length).toBeGreaterThan(1);
    for (const { raw } of parts) expect(raw.length).toBeLessThanOrEqual(4_096);
    expect(parts.map(({ text }) => text.replace(/[^ab]/g, '')).join('')).toBe('ab'.repeat(2_000));
  });
});
