/**
 * The main job over WhatsApp's Cloud API (C3). The whole app runs against a server that speaks the
 * Graph API, and its webhooks come signed, twice and late.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { type GraphApi, startGraphApi } from '#test/fakes/graph-api.ts';
import type { Person } from '#test/fakes/graph-api-webhooks.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import type { Session } from './api.ts';
import { DictatedModel, LONG_ANSWER, type Writing } from './models.ts';
import { PATIENCE, type RunningApp, runApp } from './running-app.ts';
import { whatsAppSettings } from './whatsapp-settings.ts';

let graph: GraphApi;
let app: RunningApp;
const model = new DictatedModel();
const NADIA = { id: 'nadia', name: 'Nadia' };

beforeAll(async () => {
  const { connectionString } = await createTestDatabase();
  graph = await startGraphApi({ limits: true });
  app = await runApp(
    {
      DATABASE_URL: connectionString,
      ...(await whatsAppSettings(graph)),
      WHATSAPP_CLOUD_PRICES: 'service=0.004,utility=0.01',
    },
    { provider: model, policy: { debounceMs: 0 } },
  );
});
afterAll(async () => {
  await app?.stop();
  await graph?.close();
});

let count = 0;
/** A customer writes. Meta posts it twice. */
function say(person: Person, text: string): string {
  const id = `wamid.in${++count}`;
  for (let copy = 0; copy < 2; copy++) graph.webhooks.deliver(graph.webhooks.text(person, id, text));
  return id;
}

function system(fields: object, more: object = {}): object {
  return graph.webhooks.change('messages', {
    messages: [
      { id: `wamid.system${++count}`, timestamp: String(Math.floor(Date.now() / 1_000)), type: 'system', system: fields, ...more },
    ],
  });
}

const address = (peer: string): string => `whatsapp:${graph.phoneNumberId}:${peer}`;
const shown = (peer: string): string[] => graph.screen(peer).map(({ from, text }) => `${from}: ${text}`);
const expectShown = (peer: string, texts: readonly string[]) => expect.poll(() => shown(peer), PATIENCE).toEqual(texts);

/** The answers that the model was asked for by a message. */
async function writing(asked: string): Promise<Writing> {
  return vi.waitFor(() => {
    const found = model.writings.find(
      ({ request }) => request.workflow === 'conversation' && JSON.stringify(request.messages.at(-1)).includes(asked),
    );
    if (!found) throw new Error(`the model was not asked "${asked}"`);
    return found;
  }, PATIENCE);
}

async function answer(asked: string, text: string): Promise<void> {
  const answering = await writing(asked);
  answering.write(text);
  answering.end();
}

async function sessionAt(peer: string): Promise<Session> {
  return vi.waitFor(async () => {
    const [newest] = await app.api.sessionsAt(address(peer));
    if (!newest) throw new Error('nobody has written yet');
    return newest;
  }, PATIENCE);
}

const shownSession = z.object({
  snapshot: z.object({ snapshot: z.object({ context: z.object({ counters: z.object({ costMicros: z.number() }) }) }) }),
});

async function costOf(id: string): Promise<number> {
  const { snapshot } = shownSession.parse((await app.api.get(`/api/sessions/${id}`)).body);
  return snapshot.snapshot.context.counters.costMicros;
}

async function deliveries(id: string): Promise<(string | undefined)[]> {
  return (await app.api.said(id)).filter(({ kind }) => kind !== 'customer.message').map(({ delivery }) => delivery?.status);
}

describe('a customer on WhatsApp (SPEC C3)', () => {
  it('is answered, found by user id first and number later, and statuses and their cost reach the journal', async () => {
    const USER = 'EG.1000001';
    const PHONE = '201000000001';
    const first = say({ userId: USER, username: 'mona.adel' }, 'Is the flat still there?');
    await answer('Is the flat', 'Yes, **it is**.');
    await expectShown(USER, ['business: Yes, it is.']);
    expect(graph.screen(USER)[0]?.raw).toBe('Yes, *it is*.');
    // While the answer was written, the customer saw that the message is read and somebody types.
    expect(graph.calls.map(({ payload }) => payload)).toContainEqual({
      messaging_product: 'whatsapp',
      status: 'read',
      message_id: first,
      typing_indicator: { type: 'text' },
    });

    const session = await sessionAt(USER);
    const sent = graph.screen(USER)[0]?.id ?? '';
    const pricing = { billable: true, pricing_model: 'PMP', type: 'regular', category: 'service' };
    for (const status of ['read', 'delivered', 'sent', 'delivered']) graph.status(sent, status, status === 'delivered' ? { pricing } : {});
    await graph.webhooks.delivered();
    await expect.poll(() => deliveries(session.id), PATIENCE).toEqual(['read']);
    await expect.poll(() => costOf(session.id), PATIENCE).toBe(4_000);

    say({ userId: USER, phone: PHONE }, 'I can see my number now');
    await answer('my number now', 'Good.');
    await expectShown(USER, ['business: Yes, it is.', 'business: Good.']);
    expect(await sessionAt(PHONE)).toMatchObject({ id: session.id, address: address(USER) });
    expect(await app.api.sessionsAt(address(USER))).toHaveLength(1);
    expect((await app.api.said(session.id)).map(({ text }) => text)).toEqual([
      'Is the flat still there?',
      'Yes, **it is**.',
      'I can see my number now',
      'Good.',
    ]);
    expect(graph.messages.lost).toEqual([]);
  });

  it('gets an answer that is written for a while at its end, once, whole and in parts, and choices as a list', async () => {
    const PHONE = '201000000021';
    say({ phone: PHONE }, 'Tell me all about it');
    const answering = await writing('all about it');
    for (const piece of LONG_ANSWER.match(/[\s\S]{1,997}/g) ?? []) answering.write(piece);
    const { id } = await sessionAt(PHONE);
    await expect.poll(() => graph.calls.filter(({ payload }) => 'typing_indicator' in payload).length, PATIENCE).toBeGreaterThan(0);
    expect(shown(PHONE)).toEqual([]);
    answering.end();
    await expect.poll(() => deliveries(id), PATIENCE).toEqual(['sent']);
    const parts = graph.screen(PHONE).map(({ text }) => text);
    expect(parts.join(' ')).toBe(LONG_ANSWER);
    expect(parts).toHaveLength(Math.ceil(LONG_ANSWER.length / 4_096));
    expect((await app.api.said(id)).map(({ text }) => text)).toEqual(['Tell me all about it', LONG_ANSWER]);

    // The question for a rating has five choices, and WhatsApp takes three buttons.
    await app.api.tell(id, { type: 'agent.message', agent: NADIA, text: 'Nadia here.' });
    await app.api.tell(id, { type: 'close', by: 'nadia' });
    await expect.poll(() => shown(PHONE).at(-1), PATIENCE).toContain('How was our help?');
    const question = graph.calls.findLast(({ payload }) => JSON.stringify(payload).includes('How was our help?'))?.payload;
    expect(question).toMatchObject({ type: 'interactive', interactive: { type: 'list' } });
  });

  it('is taken over by a human on the phone, who silences the bot in that turn, and by an agent after that', async () => {
    const PHONE = '201000000002';
    say({ phone: PHONE }, 'Tell me a long story');
    const story = await writing('a long story');
    story.write('Once upon a time');
    const session = await sessionAt(PHONE);
    const id = graph.messages.phoneWrites(PHONE, 'Hi, this is Omar. I take it from here.');
    graph.webhooks.deliver(graph.webhooks.echo({ phone: PHONE }, id, 'Hi, this is Omar. I take it from here.'));
    await expect.poll(() => story.aborted, PATIENCE).toBe(true);
    story.write(' there was a queen');
    story.end();
    await expect.poll(() => app.api.session(session.id), PATIENCE).toMatchObject({ state: 'ACTIVE', handler: 'human' });
    say({ phone: PHONE }, 'Thank you, Omar');
    await expect.poll(async () => (await app.api.said(session.id)).at(-1)?.text, PATIENCE).toBe('Thank you, Omar');
    expect(
      model.writings.some(
        ({ request }) => request.workflow === 'conversation' && JSON.stringify(request.messages.at(-1)).includes('Thank you, Omar'),
      ),
    ).toBe(false);
    await app.api.tell(session.id, { type: 'agent.claim', agent: NADIA });
    await app.api.tell(session.id, { type: 'agent.message', agent: NADIA, text: 'Nadia here.' });
    await expectShown(PHONE, ['phone: Hi, this is Omar. I take it from here.', 'business: Nadia here.']);
    // What the program sent may come back as an echo. It is not a human's.
    graph.webhooks.deliver(graph.webhooks.echo({ phone: PHONE }, graph.screen(PHONE).at(-1)?.id ?? '', 'Nadia here.'));
    await graph.webhooks.delivered();
    expect((await app.api.said(session.id)).map(({ text }) => text)).toEqual([
      'Tell me a long story',
      'Hi, this is Omar. I take it from here.',
      'Thank you, Omar',
      'Nadia here.',
    ]);
  });

  it('who changes the number in mid-conversation is answered at the new one, and a stranger with the old one is a stranger', async () => {
    const [before, after, stranger] = [
      { phone: '201000000003', userId: 'EG.1000003' },
      { phone: '201000000004', userId: 'EG.1000004' },
      { phone: '201000000003', userId: 'EG.1000005' },
    ];
    say(before, 'My first message');
    const answering = await writing('My first message');
    const session = await sessionAt(before.userId);
    const fields = { type: 'user_changed_number', body: `User Mona changed from ${before.phone} to ${after.phone}`, wa_id: after.phone };
    graph.webhooks.deliver(system({ ...fields, user_id: after.userId, previous_user_id: before.userId }, { from: before.phone }));
    await graph.webhooks.delivered();
    answering.write('My answer.');
    answering.end();
    await expectShown(after.userId, ['business: My answer.']);
    expect(await sessionAt(after.phone)).toMatchObject({ id: session.id, address: address(after.userId) });
    say(stranger, 'I am somebody else');
    await answer('somebody else', 'Hello, somebody else.');
    await expectShown(stranger.userId, ['business: Hello, somebody else.']);
    expect((await sessionAt(stranger.userId)).id).not.toBe(session.id);
    expect(shown(after.userId)).toEqual(['business: My answer.']);
    expect(shown(before.userId)).toEqual([]);
  });

  it('who takes over the number of another customer, by a report of numbers alone, is not merged with them', async () => {
    const former = { phone: '201000000010', userId: 'EG.1000010' };
    const mona = { phone: '201000000011', userId: 'EG.1000011' };
    say(former, 'I had the number first');
    say(mona, 'I get it later');
    await answer('had the number first', 'Noted.');
    await answer('get it later', 'Noted too.');
    const [theirs, hers] = [await sessionAt(former.userId), await sessionAt(mona.userId)];
    const body = `User Mona changed from ${mona.phone} to ${former.phone}`;
    graph.webhooks.deliver(system({ type: 'user_changed_number', body, wa_id: former.phone }, { from: mona.phone }));
    await graph.webhooks.delivered();
    expect(await sessionAt(former.phone)).toMatchObject({ id: hers.id, address: address(former.phone) });
    say({ phone: former.phone, userId: 'EG.1000012' }, 'Mona at her new number');
    await answer('Mona at her new number', 'Welcome back.');
    expect(await sessionAt('EG.1000012')).toMatchObject({ id: hers.id });
    expect(await sessionAt(mona.userId)).toMatchObject({ id: hers.id });
    expect(await sessionAt(former.userId)).toMatchObject({ id: theirs.id, address: address(former.userId) });
    expect((await app.api.said(theirs.id)).map(({ text }) => text)).toEqual(['I had the number first', 'Noted.']);
    await expectShown('EG.1000012', ['business: Welcome back.']);
  });

  it('with a conversation under each id has one once WhatsApp names both', async () => {
    const [PHONE, USER] = ['201000000013', 'EG.1000013'];
    say({ phone: PHONE }, 'Under my number');
    await answer('Under my number', 'First.');
    say({ userId: USER }, 'Under my user id');
    await answer('Under my user id', 'Second.');
    await expectShown(USER, ['business: Second.']);
    expect((await sessionAt(PHONE)).id).not.toBe((await sessionAt(USER)).id);
    say({ phone: PHONE, userId: USER }, 'Under both');
    await answer('Under both', 'Third.');
    await expectShown(USER, ['business: Second.', 'business: Third.']);
    expect(await app.api.sessionsAt(address(PHONE))).toEqual(await app.api.sessionsAt(address(USER)));
    const sessions = await app.api.sessionsAt(address(USER));
    const texts = async (open: boolean) => {
      const [session, ...more] = sessions.filter((one) => one.open === open);
      expect(more).toEqual([]);
      return (await app.api.said(session?.id ?? '')).map(({ text }) => text);
    };
    expect(await texts(true)).toEqual(['Under my number', 'First.', 'Under both', 'Third.']);
    // What the other one had received and answered is in its journal, which counts as an earlier
    // one.
    expect(await texts(false)).toEqual(['Under my user id', 'Second.']);
  });

  it('outside the window is sent no free text, and a template goes', async () => {
    const PHONE = '201000000006';
    const yesterday = Date.now() - 25 * 3_600_000;
    graph.webhooks.deliver(graph.webhooks.text({ phone: PHONE }, `wamid.in${++count}`, 'A question from yesterday', yesterday));
    const answering = await writing('from yesterday');
    const session = await sessionAt(PHONE);
    answering.write('Too late.');
    answering.end();
    await expect
      .poll(async () => (await app.api.history(session.id)).some(({ payload }) => JSON.stringify(payload).includes('template')), PATIENCE)
      .toBe(true);
    expect(shown(PHONE)).toEqual([]);
    await app.api.tell(session.id, { type: 'agent.claim', agent: NADIA });
    const refused = await app.api.tell(session.id, { type: 'agent.message', agent: NADIA, text: 'Hello again' });
    expect(refused.status).toBeGreaterThanOrEqual(400);
    const template = { name: 'back_soon', language: 'en_US', parameters: ['Mona'] };
    await app.api.tell(session.id, { type: 'agent.message', agent: NADIA, text: 'Hello Mona, we are back.', template });
    await expect.poll(() => graph.screen(PHONE).map((message) => message.template), PATIENCE).toEqual([template]);
  });

  it('edits and deletes a message that was answered, reacts and calls, and none of it is answered', async () => {
    const PHONE = '201000000014';
    const id = say({ phone: PHONE }, 'Two rooms in Giza');
    await answer('Two rooms in Giza', 'I have three.');
    await expectShown(PHONE, ['business: I have three.']);
    const session = await sessionAt(PHONE);
    const sent = graph.screen(PHONE)[0]?.id ?? '';
    const timestamp = String(Math.floor(Date.now() / 1_000));
    const report = (type: string, fields: object) =>
      graph.webhooks.deliver(graph.webhooks.message({ phone: PHONE }, { id: `wamid.in${++count}`, timestamp, type, [type]: fields }));
    report('edit', { original_message_id: id, message: { type: 'text', text: { body: 'Three rooms in Giza' } } });
    await graph.webhooks.delivered();
    report('reaction', { message_id: sent, emoji: '👍' });
    report('revoke', { original_message_id: id });
    graph.webhooks.deliver(
      graph.webhooks.change('calls', {
        calls: [{ id: 'wacid.1', from: PHONE, event: 'terminate', direction: 'USER_INITIATED', timestamp, duration: 12 }],
      }),
    );
    await graph.webhooks.delivered();
    const history = JSON.stringify(await app.api.history(session.id));
    for (const seen of ['Three rooms in Giza', '👍', `"wa:${sent}"`, 'customer.revoke', '"seconds":12']) expect(history).toContain(seen);
    expect(shown(PHONE)).toEqual(['business: I have three.']);
    expect(await app.api.sessionsAt(address(PHONE))).toHaveLength(1);
  });

  it('whose message cannot be delivered is known to the session, once', async () => {
    const PHONE = '201000000007';
    say({ phone: PHONE }, 'Write to me');
    await answer('Write to me', 'This never arrives.');
    await expectShown(PHONE, ['business: This never arrives.']);
    const session = await sessionAt(PHONE);
    const errors = [{ code: 131026, title: 'Message undeliverable', error_data: { details: 'Message Undeliverable.' } }];
    for (let copy = 0; copy < 2; copy++) graph.status(graph.screen(PHONE)[0]?.id ?? '', 'failed', { errors });
    await graph.webhooks.delivered();
    await expect.poll(() => deliveries(session.id), PATIENCE).toEqual(['failed']);
    expect((await app.api.history(session.id)).filter(({ payload }) => JSON.stringify(payload).includes('effect.failed'))).toHaveLength(1);
  });
});
