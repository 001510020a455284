/** Cards and reactions, of agents and of answers. */
import { describe, expect, it } from 'vitest';
import { type Card, cardSchema, withCard } from '#machines/session/cards.ts';
import { messageSendParams } from '#machines/session/effects.ts';
import { sessionEvent } from '#machines/session/events.ts';
import { PHONE_AGENT } from '#machines/session/phone-agent.ts';
import { answerOutput } from '#machines/session/runs.ts';
import { ann, bob, liveSession } from './live-session.ts';

const PLACE: Card = { kind: 'location', latitude: 30.0444, longitude: 31.2357, name: 'Tower A' };
const PERSON: Card = { kind: 'contact', name: 'Nour *Adel*', phone: '16000', email: 'nour@example.com', organization: 'Nile Homes' };
const LINK: Card = { kind: 'link', label: 'The [plan]', url: 'https://example.com/a(b)?x=1' };
const MAP = 'https://www.google.com/maps/search/?api=1&query=30.0444%2C31.2357';

describe('a card as words', () => {
  it.each<[string, Card, string]>([
    ['a place by its name', PLACE, `📍 [Tower A](${MAP})`],
    ['a place without a name by its degrees', { kind: 'location', latitude: 30.0444, longitude: 31.2357 }, `📍 [30.0444, 31.2357](${MAP})`],
    ['a person', PERSON, '👤 Nour \\*Adel\\*, Nile Homes\n\n16000\n\n<nour@example.com>'],
    ['a link', LINK, '[The \\[plan\\]](<https://example.com/a(b)?x=1>)'],
    ['nothing of what its text says', { kind: 'location_request' }, ''],
  ])('is %s', (_, card, words) => {
    expect(withCard('', card)).toBe(words);
    expect(withCard('Look', card)).toBe(words === '' ? 'Look' : `Look\n\n${words}`);
  });

  it('is nothing without a card', () => expect(withCard('Look', undefined)).toBe('Look'));
});

describe('what is no card', () => {
  it.each<[string, unknown]>([
    ['a place beyond the pole', { ...PLACE, latitude: 90.1 }],
    ['a place that is not a number', { ...PLACE, longitude: Number.NaN }],
    ['a name of two lines', { ...PLACE, name: 'a\nb' }],
    ['a name that nobody sees', { ...PLACE, name: ' ' }],
    ['a phone number with letters', { ...PERSON, phone: '+20 CALL ME' }],
    ['an address that is no page', { ...LINK, url: 'javascript:alert(1)' }],
    ['a message of the provider without a type', { kind: 'whatsapp', interactive: { body: { text: 'x' } } }],
    ['a message of the provider that is too long', { kind: 'whatsapp', interactive: { type: 'flow', more: 'x'.repeat(32_768) } }],
    ['a kind that is unknown', { kind: 'poem' }],
  ])('is refused: %s', (_, given) => expect(cardSchema.safeParse(given).success).toBe(false));

  it('is a card that needs a text and has none, or one beside buttons', () => {
    const message = { author: 'agent', draft: null };
    expect(messageSendParams.safeParse({ ...message, text: '', card: PLACE }).success).toBe(true);
    expect(messageSendParams.safeParse({ ...message, text: '', card: LINK }).success).toBe(false);
    expect(messageSendParams.safeParse({ ...message, text: '' }).success).toBe(false);
    expect(messageSendParams.safeParse({ ...message, text: 'x', card: LINK, buttons: [{ id: 'a', label: 'A' }] }).success).toBe(false);
    expect(answerOutput.safeParse({ text: '', cards: [{ card: LINK }] }).success).toBe(false);
    // A text that nobody sees is none.
    for (const text of [' ', '\u200b']) {
      expect(messageSendParams.safeParse({ ...message, text, card: LINK }).success).toBe(false);
      expect(answerOutput.safeParse({ text: '', cards: [{ text, card: LINK }] }).success).toBe(false);
      expect(cardSchema.safeParse({ ...PLACE, name: text }).success).toBe(false);
    }
    const event = { type: 'agent.message', at: 1, agent: ann };
    expect(sessionEvent.safeParse({ ...event, text: '', card: PERSON }).success).toBe(true);
    expect(sessionEvent.safeParse({ ...event, text: '', card: LINK }).success).toBe(false);
    const template = { name: 'hello', language: 'en', parameters: [] };
    expect(sessionEvent.safeParse({ ...event, text: 'x', card: PLACE, template }).success).toBe(false);
    expect(messageSendParams.safeParse({ ...message, text: 'x', card: PLACE, template }).success).toBe(false);
  });
});

it('goes out with the text of the agent, and a model reads it', () => {
  const s = liveSession();
  s.say('Where is it?');
  s.send({ type: 'agent.message', at: s.now(), agent: ann, text: 'Here', card: PLACE });
  s.send({ type: 'agent.message', at: s.now(), agent: ann, text: '', card: PERSON });
  expect(s.sent.map(({ text, card, author }) => [text, card, author])).toEqual([
    ['Here', PLACE, 'agent'],
    ['', PERSON, 'agent'],
  ]);
  const [, first, second] = s.context().messages;
  expect(first?.text).toBe(`Here\n\n📍 [Tower A](${MAP})`);
  expect(second?.text).toContain('16000');
});

it('of an answer is a message of its own behind the text, and a reaction goes to the last message', async () => {
  const s = liveSession();
  s.say('Where is it?');
  s.say('And who shows it?');
  s.advance(800);
  const cards = [{ card: PLACE }, { text: 'Call her', card: PERSON }];
  await s.answers.at(-1)?.done({ text: 'Here', cards, reaction: '👍' });
  expect(s.sent.map(({ text, card, author }) => [text, card, author])).toEqual([
    ['Here', undefined, 'assistant'],
    ['', PLACE, 'assistant'],
    ['Call her', PERSON, 'assistant'],
  ]);
  expect(s.reactions).toEqual([{ messageId: 'm2', emoji: '👍', author: 'assistant' }]);
  const last = s.context().messages.at(-1);
  expect([last?.role, last?.text]).toEqual(['assistant', `Here\n\n📍 [Tower A](${MAP})\n\n${withCard('Call her', PERSON)}`]);
});

it('of an answer without a text is sent all the same, and counts as an answer', async () => {
  const s = liveSession({ debounceMs: 0 });
  s.say('Where is it?');
  await s.answers.at(-1)?.done({ text: '', cards: [{ card: PLACE }] });
  expect(s.sent.map(({ card }) => card)).toEqual([PLACE]);
  expect([s.context().pending, s.context().messages.at(-1)?.role]).toEqual([0, 'assistant']);
});

describe('of an analysis', () => {
  const analysing = () => liveSession({ debounceMs: 0, analyses: true, analysisCommands: ['analyze'], subjectPattern: '[A-Z]{2,5}' });
  const output = { summary: 'fine', cards: [{ card: PLACE }], reaction: '📈' };

  it('is behind its text, is read by a model, and the reaction goes to the command', async () => {
    const s = analysing();
    s.say('hello');
    await s.answers.at(-1)?.done({ text: 'Hello' });
    s.command('analyze', 'AAPL');
    s.say('and its debt?');
    s.forget();
    await s.analyses.at(-1)?.done({ text: 'Solid', ...output });
    expect(s.sent.map(({ text, card, author }) => [text, card, author])).toEqual([
      ['Solid', undefined, 'assistant'],
      ['', PLACE, 'assistant'],
    ]);
    expect(s.reactions).toEqual([{ messageId: 'm2', emoji: '📈', author: 'assistant' }]);
    expect(s.context().messages.at(-1)?.text).toBe(`Solid\n\n📍 [Tower A](${MAP})`);
  });

  it('has the reaction on the message that named the subject, also if the customer had to confirm it', async () => {
    const s = analysing();
    s.say('AAPL');
    await s.analyses.at(-1)?.done({ text: 'Solid', summary: 'fine' });
    s.say('MSFT');
    s.say('yes');
    await s.analyses.at(-1)?.done({ text: 'Solid too', ...output });
    expect(s.reactions).toEqual([{ messageId: 'm2', emoji: '📈', author: 'assistant' }]);
  });
});

describe('a reaction of an agent', () => {
  it('goes to the message, changes no handler, and is taken back', () => {
    const s = liveSession();
    const messageId = s.say('Thank you');
    for (const emoji of ['❤️', null]) s.send({ type: 'agent.reaction', at: s.now(), agent: bob, id: messageId, emoji });
    expect(s.reactions).toEqual(['❤️', null].map((emoji) => ({ messageId, emoji, author: 'agent', agent: bob })));
    expect([s.state(), s.context().agent]).toEqual(['ACTIVE.bot', null]);
  });

  it('is refused while a colleague holds the session, and not while the phone does', () => {
    const s = liveSession();
    const id = s.say('Thank you');
    s.send({ type: 'agent.claim', at: s.now(), agent: ann });
    const react = { type: 'agent.reaction', agent: bob, id, emoji: '👍' } as const;
    s.send({ ...react, at: s.now() });
    expect([s.reactions, s.emitted.at(-1)]).toMatchObject([[], { type: 'refused', code: 'held', holder: 'Ann' }]);
    s.send({ ...react, at: s.now(), agent: ann });
    s.send({ type: 'agent.release', at: s.now(), agent: ann });
    s.send({ type: 'agent.echo', at: s.now(), id: 'e1', agent: PHONE_AGENT, text: 'from the phone' });
    s.send({ ...react, at: s.now() });
    expect(s.reactions.map(({ agent }) => agent?.id)).toEqual([ann.id, bob.id]);
  });

  it('is refused outside the window of the provider', () => {
    const s = liveSession();
    s.send({ type: 'customer.message', id: 'm1', at: s.now(), text: 'hello', windowUntil: s.now() + 60_000 });
    s.advance(61_000);
    s.send({ type: 'agent.reaction', at: s.now(), agent: ann, id: 'm1', emoji: '👍' });
    expect([s.reactions, s.emitted.at(-1)]).toMatchObject([[], { type: 'refused', code: 'window' }]);
  });
});

it('of an answer goes out before its reaction, which may be held back', async () => {
  const order: string[] = [];
  const s = liveSession({ debounceMs: 0 });
  s.sent.push = (...messages) => order.push(...messages.map(({ card }) => card?.kind ?? 'text'));
  s.reactions.push = (...reactions) => order.push(...reactions.map(() => 'reaction'));
  s.say('Where is it?');
  await s.answers.at(-1)?.done({ text: 'Here', cards: [{ card: PLACE }], reaction: '👍' });
  expect(order).toEqual(['text', 'location', 'reaction']);
});
