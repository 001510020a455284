/**
 * A buyer's way over WhatsApp through the whole program, with the property concierge and no model
 * (SPEC A8, C3). WhatsApp refuses free text outside its window, and the clock is moved by hand.
 */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import * as z from 'zod';
import { english } from '#assistants/property-concierge/offline/words-english.ts';
import type { Command } from '#console/client/protocol.ts';
import type { ApiRequest } from '#console/inbox/api-request.ts';
import { factsIn } from '#console/inbox/session-facts.ts';
import { templatesFor, textOf } from '#console/inbox/templates.ts';
import { type GraphApi, startGraphApi } from '#test/fakes/graph-api.ts';
import type { Person } from '#test/fakes/graph-api-webhooks.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { type Console, Consoles, PASSWORD } from '#test/src/gateway/consoles.ts';
import { pdf, voiceNote } from '#test/src/media/samples.ts';
import type { Session } from './api.ts';
import { JumpingClock } from './jumping-clock.ts';
import { API_TOKEN, PATIENCE, type RunningApp, runApp } from './running-app.ts';
import { whatsAppSettings } from './whatsapp-settings.ts';

const HOUR = 60;
const clock = new JumpingClock();
const consoles = new Consoles();
const TEMPLATE = { name: 'new_listings', language: 'en_US', body: 'Hello {{1}}, we found new homes in {{2}}. Shall we go on?' };

let graph: GraphApi;
let app: RunningApp;

beforeAll(async () => {
  const { connectionString } = await createTestDatabase();
  graph = await startGraphApi({ now: clock.now, limits: true, windows: true, statuses: ['sent', 'delivered', 'read'] });
  const { name, language, body: text } = TEMPLATE;
  graph.templates = [{ name, language, status: 'APPROVED', category: 'MARKETING', components: [{ type: 'BODY', text }] }];
  app = await runApp(
    {
      STATECHAT_ASSISTANTS: 'whatsapp=property-concierge',
      DATABASE_URL: connectionString,
      ...(await whatsAppSettings(graph)),
    },
    { clock, policy: { debounceMs: 0 } },
  );
});
afterEach(() => consoles.close());
afterAll(async () => {
  await app?.stop();
  await graph?.close();
});

let count = 0;
function send(person: Person, message: { readonly type: string; readonly [type: string]: unknown }): void {
  for (const id of [person.phone, person.userId]) if (id !== undefined) graph.messages.heard(id);
  const timestamp = String(Math.floor(clock.now() / 1_000));
  graph.webhooks.deliver(graph.webhooks.message(person, { id: `wamid.in${++count}`, timestamp, ...message }));
}
const say = (person: Person, body: string): void => send(person, { type: 'text', text: { body } });

const screenOf = ({ userId, phone }: Person): string[] => graph.shown(userId ?? phone ?? '');

/** What the person is shown after what `act` does, once `part` of it is there. */
async function shownAfter(person: Person, act: () => unknown, part: string): Promise<string> {
  const before = screenOf(person).length;
  await act();
  const shown = () => screenOf(person).slice(before).join('\n');
  await expect.poll(shown, PATIENCE).toContain(part);
  return shown();
}

const addressOf = (peer: string): string => `whatsapp:${graph.phoneNumberId}:${peer}`;

async function onlySessionOf(peer: string): Promise<Session> {
  const [session, ...more] = await app.api.sessionsAt(addressOf(peer));
  if (session === undefined) throw new Error(`${peer} has no session`);
  expect(more).toEqual([]);
  return session;
}

const stateOf = async (id: string): Promise<string> => {
  const { state, handler } = await app.api.session(id);
  return `${state} ${handler}`;
};

/** An agent at one session, with what the page uses. */
class Desk {
  readonly #console: Console;
  readonly #token: string;
  readonly #sessionId: string;

  private constructor(console: Console, token: string, sessionId: string) {
    this.#console = console;
    this.#token = token;
    this.#sessionId = sessionId;
  }

  get id(): string {
    return this.#sessionId;
  }

  static async open(token: string, sessionId: string): Promise<Desk> {
    const console = consoles.open({ url: app.url, apiToken: API_TOKEN }, token);
    await console.client.send({ type: 'watch', sessionId });
    return new Desk(console, token, sessionId);
  }

  act(type: 'claim' | 'release' | 'close') {
    return this.#console.client.send({ type, sessionId: this.#sessionId });
  }

  async write(text: string, more: Pick<Extract<Command, { readonly type: 'send' }>, 'files' | 'template'> = {}) {
    await this.upToDate();
    const seen = this.transcript().at(-1)?.seq ?? 0;
    return this.#console.client.send({ type: 'send', sessionId: this.#sessionId, text, seen, ...more });
  }

  correct(entities: Readonly<Record<string, { readonly value: unknown; readonly was: unknown }>>) {
    return this.#console.client.send({ type: 'update', sessionId: this.#sessionId, entities });
  }

  transcript() {
    return this.#console.transcript(this.#sessionId);
  }

  async upToDate(): Promise<void> {
    const { version } = await app.api.session(this.#sessionId);
    await expect.poll(() => this.#console.facts(this.#sessionId)?.version, PATIENCE).toBeGreaterThanOrEqual(version);
  }

  readonly api: ApiRequest = async (method, path) => (await this.get(path, method)).json();

  get(path: string, method = 'GET'): Promise<Response> {
    return fetch(`${app.url}/api${path}`, { method, headers: { authorization: `Bearer ${this.#token}`, connection: 'close' } });
  }

  /** Resolves to the id of the file. */
  async upload(fileName: string, bytes: Buffer): Promise<string> {
    const response = await fetch(`${app.url}/api/sessions/${this.#sessionId}/files?name=${fileName}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/pdf', connection: 'close' },
      body: Uint8Array.from(bytes),
    });
    return uploaded.parse(await response.json()).id;
  }

  /** What the page shows beside the conversation. */
  async facts() {
    const { snapshot } = wholeSession.parse(await this.api('GET', `/sessions/${this.#sessionId}`));
    return factsIn(snapshot);
  }
}

async function signIn(login: string): Promise<string> {
  const response = await fetch(`${app.url}/console/auth/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', connection: 'close' },
    body: JSON.stringify({ login, password: PASSWORD }),
  });
  return signedIn.parse(await response.json()).accessToken;
}

const signedIn = z.looseObject({ accessToken: z.string() });
const uploaded = z.looseObject({ id: z.string() });
const wholeSession = z.looseObject({ snapshot: z.unknown() });

it('goes from a greeting to three listings, to a human and back, and on the next day by a template', async () => {
  const MONA = { phone: '201000000001', userId: 'EG.2000001', name: 'Mona Adel' };
  const says = (text: string, part: string) => shownAfter(MONA, () => say(MONA, text), part);
  const amira = await consoles.join({ url: app.url, apiToken: API_TOKEN }, 'Amira');

  // What is missing is asked for, and nothing else.
  expect(await says('Hello!', english.greeting)).toContain(english.ask.locations);
  const second = await says('an apartment in New Cairo please', english.ask.budget);
  expect(second).not.toContain(english.ask.locations);
  expect(await says('my budget is 4.5 million', english.ask.bedrooms)).toContain('apartment, in New Cairo, up to 4.5 million EGP');
  const offers = await says('3', english.afterOffers);
  expect(new Set(offers.match(/SC-\d+/g)).size).toBe(3);
  expect(offers).toContain('Fits the area, your budget, the kind of home, and the bedrooms');

  // A voice note is kept, and the customer reads that nobody has listened to it yet.
  const { id } = await onlySessionOf(MONA.userId);
  const voice = voiceNote(6);
  const audio = { id: graph.receive(voice, 'audio/ogg'), mime_type: 'audio/ogg; codecs=opus', voice: true };
  await shownAfter(MONA, () => send(MONA, { type: 'audio', audio }), english.received);

  const desk = await Desk.open(amira.token, id);
  await says('THIS IS USELESS, YOU DO NOT LISTEN', 'I am sorry about this');
  await expect.poll(() => stateOf(id), PATIENCE).toBe('WAITING_AGENT none');

  // The agent sees what the customer looks for with their words, hears the voice note, and corrects
  // a fact.
  await desk.act('claim');
  await desk.upToDate();
  expect(await desk.facts()).toMatchObject({
    entities: { types: ['apartment'], locations: ['New Cairo'], budgetMax: 4_500_000, bedrooms: 3 },
    sources: { budgetMax: { by: 'rules', words: '4.5 million' } },
  });
  const sent = desk.transcript().find(({ payload }) => JSON.stringify(payload).includes(audio.id));
  const heard = await desk.get(`/sessions/${id}/received/${sent?.seq}/0`);
  expect([heard.headers.get('content-type'), Buffer.compare(Buffer.from(await heard.arrayBuffer()), voice)]).toEqual(['audio/ogg', 0]);
  expect(desk.transcript().map(({ kind, text }) => `${kind}: ${text}`)).toContain(`media: kept: audio/ogg, ${voice.length} bytes`);
  await desk.correct({ bedrooms: { value: 2, was: 3 } });
  await shownAfter(MONA, () => desk.write('I am Amira. Two bedrooms, as you said in the recording?'), 'I am Amira.');
  say(MONA, 'Yes, exactly');
  await expect.poll(() => desk.transcript().at(-1)?.text, PATIENCE).toBe('Yes, exactly');

  // The bot continues with what the agent corrected.
  await desk.act('release');
  const again = await says('show me more options', english.afterOffers);
  expect(again).not.toContain('instead of 3');
  expect((await desk.facts())?.entities).toMatchObject({ bedrooms: 2 });
  consoles.close();

  clock.jump(31);
  await expect.poll(() => stateOf(id), PATIENCE).toBe('IDLE bot');

  // The window has closed on the next day.
  clock.jump(24 * HOUR - 30);
  await expect.poll(() => stateOf(id), PATIENCE).toBe('IDLE bot');
  const tomorrow = await Desk.open(await signIn('amira'), id);
  await tomorrow.act('claim');
  const before = screenOf(MONA);
  await expect(tomorrow.write('Good morning, we have news.')).rejects.toMatchObject({ code: 'window' });
  const [template, ...others] = await templatesFor(tomorrow.api, id);
  expect(others).toEqual([]);
  if (template === undefined) throw new Error('no template is offered');
  const parameters = ['Mona', 'New Cairo'];
  const { name, language } = template;
  const text = textOf(template, parameters);
  expect(text).toBe('Hello Mona, we found new homes in New Cairo. Shall we go on?');
  await shownAfter(MONA, () => tomorrow.write(text, { template: { name, language, parameters } }), '[new_listings] Mona, New Cairo');
  expect(graph.screen(MONA.userId).at(-1)?.template).toEqual({ name, language, parameters });
  expect(screenOf(MONA)).toHaveLength(before.length + 1);

  // The answer opens the window.
  say(MONA, 'Yes, please');
  await expect.poll(() => tomorrow.transcript().at(-1)?.text, PATIENCE).toBe('Yes, please');
  const plan = await pdf(1);
  const file = await tomorrow.upload('plan.pdf', plan);
  // WhatsApp takes 4,096 characters in a message, and 1,024 below a file.
  const letter = Array.from({ length: 500 }, (_, index) => `Point ${index} of the plan.`).join(' ');
  const parts = (await shownAfter(MONA, () => tomorrow.write(letter, { files: [file] }), 'Point 499 of the plan.')).split('\n');
  expect(parts).toHaveLength(Math.ceil(letter.length / 4_096));
  expect(parts.join(' ')).toBe(letter);
  await expect.poll(() => graph.screen(MONA.userId).at(-1)?.file, PATIENCE).toMatchObject({ name: 'plan.pdf', kind: 'document' });
  expect(Buffer.compare(graph.screen(MONA.userId).at(-1)?.file?.bytes ?? new Uint8Array(), plan)).toBe(0);
  await shownAfter(MONA, () => tomorrow.act('close'), 'How was our help?');
  expect(await stateOf(id)).toBe('CLOSED none');

  // The question for a rating has five choices, which WhatsApp shows as a list.
  const best = graph.screen(MONA.userId).at(-1)?.choices[0];
  expect(best?.title).toBe('5 – Very good');
  const chosen = { type: 'interactive', interactive: { type: 'list_reply', list_reply: best } };
  await shownAfter(MONA, () => send(MONA, chosen), 'Thank you');
  expect(await tomorrow.api('GET', `/sessions/${id}/rating`)).toMatchObject({ rating: { score: 5 } });
  expect((await onlySessionOf(MONA.phone)).id).toBe(id);

  await graph.webhooks.delivered();
  await expect
    .poll(
      async () => (await app.api.said(id)).filter(({ kind }) => kind !== 'customer.message').map(({ delivery }) => delivery?.status),
      PATIENCE,
    )
    .toSatisfy((statuses) => statuses.every((one: unknown) => one === 'read'));
  const ours = (await app.api.said(id)).filter(({ kind }) => kind !== 'customer.message');
  expect(graph.screen(MONA.userId)).toHaveLength(ours.length + parts.length - 1);
  expect(graph.calls.filter(({ status }) => status !== 200)).toEqual([]);
});

it('shows where a listing is as a place of WhatsApp, in the language of the customer', async () => {
  const SALMA = { phone: '201000000005', userId: 'EG.2000005', name: 'Salma' };
  const asks = (text: string, part: string) => shownAfter(SALMA, () => say(SALMA, text), part);
  const cardsOf = () => graph.screen(SALMA.userId).flatMap(({ card }) => (card === undefined ? [] : [card]));
  const offers = await asks('2 bedrooms in Maadi, to buy, up to 5 million', english.afterOffers);
  expect(cardsOf()).toEqual([]);
  const ref = offers.match(/SC-\d+/)?.[0] ?? '';

  await asks('where is the first one?', `(${ref}) is in Maadi. The map shows the middle of the area.`);
  await expect.poll(() => cardsOf().length, PATIENCE).toBe(1);
  const place = { type: 'location', latitude: 29.96, longitude: 31.26 };
  expect(cardsOf()[0]).toMatchObject({ ...place, name: expect.stringContaining(`(${ref})`), address: 'Maadi (the middle of the area)' });

  await asks('فين مكانه؟', `(${ref}) تقع في المعادي.`);
  await expect.poll(() => cardsOf().length, PATIENCE).toBe(2);
  expect(cardsOf()[1]).toMatchObject({ ...place, name: expect.stringContaining(`(${ref})`), address: 'المعادي (وسط المنطقة)' });

  const { id } = await onlySessionOf(SALMA.userId);
  const said = (await app.api.said(id)).filter(({ kind }) => kind === 'assistant.message').map(({ text }) => text);
  expect(said.at(-1)).toMatch(/^📍 \[.*المعادي \(وسط المنطقة\)\]\(https:\/\/www\.google\.com\/maps\/.*29\.96%2C31\.26\)$/);
  await expect.poll(async () => (await app.api.said(id)).at(-1)?.delivery?.status, PATIENCE).toBe('read');
});

it('reaches the customer of a closed session by a template, once, in a new session that the agent holds', async () => {
  const NOUR = { phone: '201000000003', userId: 'EG.2000003', name: 'Nour' };
  await shownAfter(NOUR, () => say(NOUR, '3 bedrooms in Maadi'), english.ask.budget);
  const { id: closed } = await onlySessionOf(NOUR.userId);
  const { token } = await consoles.join({ url: app.url, apiToken: API_TOKEN }, 'Bashir');
  const desk = await Desk.open(token, closed);
  await desk.act('claim');
  await desk.act('close');
  await expect.poll(() => stateOf(closed), PATIENCE).toBe('CLOSED none');
  consoles.close();
  clock.jump(25 * HOUR);
  const sami = { id: 'a9', name: 'Sami' };
  expect((await app.api.tell(closed, { type: 'agent.message', text: 'Good morning', agent: sami })).body).toMatchObject({ code: 'closed' });

  const parameters = ['Nour', 'Maadi'];
  const { name, language, body } = TEMPLATE;
  const template = { name, language, parameters };
  const text = textOf({ body }, parameters);
  const event = { type: 'agent.message', text, template, agent: sami };
  const post = () => app.api.post(`/api/sessions/${closed}/events`, event, { 'idempotency-key': 'template-1' });
  let opened: unknown;
  await shownAfter(NOUR, async () => (opened = (await post()).body), '[new_listings] Nour, Maadi');
  const { sessionId: id } = z.object({ sessionId: z.string() }).parse(opened);
  expect(id).not.toBe(closed);
  expect(opened).toMatchObject({ state: 'ACTIVE', handler: 'human' });
  expect(await app.api.session(id)).toMatchObject({ previousId: closed, open: true });
  expect((await post()).body).toMatchObject({ sessionId: id, duplicate: true });
  expect(await stateOf(closed)).toBe('CLOSED none');

  // Free text still waits for the customer, whose answer comes to the agent.
  const free = await app.api.tell(id, { type: 'agent.message', text: 'Hello?', agent: sami });
  expect(free.body).toMatchObject({ code: 'window' });
  say(NOUR, 'Yes, please');
  await expect.poll(async () => (await app.api.said(id)).at(-1)?.text, PATIENCE).toBe('Yes, please');
  expect(await stateOf(id)).toBe('ACTIVE human');
  expect((await app.api.get(`/api/sessions/${id}`)).body).toMatchObject({
    snapshot: { snapshot: { context: { entities: { bedrooms: 3 }, customer: { name: 'Nour' } } } },
  });

  // From the console, for a customer who is closed again.
  await app.api.tell(id, { type: 'close', by: 'a9' });
  const again = await Desk.open(await signIn('bashir'), id);
  await shownAfter(NOUR, async () => (opened = await again.write(text, { template })), '[new_listings] Nour, Maadi');
  expect(opened).toMatchObject({ sessionId: expect.not.stringMatching(id) });
});

it('holds a template to a closed session back if the customer has written meanwhile', async () => {
  const HANA = { phone: '201000000004', userId: 'EG.2000004', name: 'Hana' };
  await shownAfter(HANA, () => say(HANA, '2 bedrooms in Zamalek'), english.ask.budget);
  const { id: closed } = await onlySessionOf(HANA.userId);
  const { token } = await consoles.join({ url: app.url, apiToken: API_TOKEN }, 'Salma');
  const desk = await Desk.open(token, closed);
  await desk.act('claim');
  await desk.act('close');
  await expect.poll(() => stateOf(closed), PATIENCE).toBe('CLOSED none');
  await shownAfter(HANA, () => say(HANA, 'Hello again'), '?');
  const sessions = await app.api.sessionsAt(addressOf(HANA.userId));
  const next = sessions.find(({ id }) => id !== closed)?.id ?? '';

  const parameters = ['Hana', 'Zamalek'];
  const { name, language, body } = TEMPLATE;
  const send = (at: Desk) => at.write(textOf({ body }, parameters), { template: { name, language, parameters } });
  const before = screenOf(HANA).length;
  await expect(send(desk)).rejects.toMatchObject({ code: 'unseen', sessionId: next, seq: expect.any(Number) });
  expect(screenOf(HANA)).toHaveLength(before);
  expect(await stateOf(next)).toBe('ACTIVE bot');

  // Whoever has read the next session sends there.
  await shownAfter(HANA, async () => send(await Desk.open(token, next)), '[new_listings] Hana, Zamalek');
  expect(await stateOf(next)).toBe('ACTIVE human');
});

it('knows a customer by the username first and by the number later, in one conversation with all facts', async () => {
  const [USER, PHONE] = ['EG.2000002', '201000000002'];
  const byName = { userId: USER, username: 'omar.buys', name: 'Omar' };
  await shownAfter(byName, () => say(byName, '3 bedrooms in Maadi'), english.ask.budget);
  const { id } = await onlySessionOf(USER);
  expect(await app.api.sessionsAt(addressOf(PHONE))).toEqual([]);

  const both = { userId: USER, phone: PHONE, name: 'Omar' };
  const offers = await shownAfter(both, () => say(both, 'up to 6 million'), english.afterOffers);
  expect(offers).toContain('Maadi');
  const byNumber = { phone: PHONE, name: 'Omar' };
  await shownAfter({ userId: USER }, () => say(byNumber, 'what do you know about me?'), '3 bedrooms, in Maadi, up to 6 million EGP');
  for (const peer of [USER, PHONE]) expect(await onlySessionOf(peer)).toMatchObject({ id, address: addressOf(USER) });
  expect((await app.api.said(id)).filter(({ kind }) => kind === 'customer.message').map(({ text }) => text)).toEqual([
    '3 bedrooms in Maadi',
    'up to 6 million',
    'what do you know about me?',
  ]);
  expect(graph.messages.lost).toEqual([]);
});
