import { describe, expect, it } from 'vitest';
import type { FeedState } from '../../console/chat/feed-state.ts';
import { formats } from '../../console/chat/format.ts';
import type { FeedMessage } from '../../console/chat/protocol.ts';
import { chooseLanguage, STRINGS } from '../../console/chat/strings.ts';
import { type Row, timeline } from '../../console/chat/timeline.ts';
import { directionOf } from '../../console/text/direction.ts';

const S = '0198c0de-0000-7000-8000-000000000001';
const day = (at: number): string => new Date(at).toISOString().slice(0, 10);
let seq = 0;
const said = (author: FeedMessage['author'], at: number, part: Partial<FeedMessage> = {}): FeedMessage => ({
  type: 'message',
  id: `${S}.${++seq}`,
  author,
  text: 'words',
  at,
  ...part,
});
const told = (messages: FeedState['messages'], answering = false) => ({ messages, notices: [], answering });
const kinds = (rows: readonly Row[]): string[] =>
  rows.map((row) => (row.kind === 'message' ? row.author : row.kind === 'line' ? row.line : row.kind));
const minute = 60_000;

describe('a message that answers another one', () => {
  const shown = (messages: readonly FeedMessage[], waiting: Parameters<typeof timeline>[1] = []) =>
    timeline(told(messages), waiting, [], () => '').flatMap((row) => (row.kind === 'message' ? [row] : []));

  it('quotes it in words, by the page’s own name and by ours', () => {
    const own = said('customer', 1, { clientId: 'a', text: 'Where *is*\n it?' });
    const ours = said('agent', 2, { name: 'Sara', ref: 's.1', text: 'In **Tower A**', replyTo: 'a' });
    const [, second, third, fourth] = shown(
      [own, ours],
      [
        { id: 'b', text: 'This one', at: 3, replyTo: 's.1' },
        { id: 'c', text: 'That one', at: 4, replyTo: 'gone' },
      ],
    );
    expect(second?.quote).toEqual({ key: 'a', author: 'customer', name: undefined, text: 'Where *is* it?' });
    expect(third?.quote).toEqual({ key: ours.id, author: 'agent', name: 'Sara', text: 'In Tower A' });
    expect(fourth?.quote).toEqual({ key: undefined, author: undefined, name: undefined, text: '' });
  });

  it('can be answered if it is of an assistant or an agent', () => {
    const all = (['customer', 'assistant', 'agent', 'system'] as const).map((author, i) =>
      said(author, i, { ref: `s.${i}`, clientId: 'x' }),
    );
    expect(shown(all).map(({ author, answerTo }) => [author, answerTo])).toEqual([
      ['customer', undefined],
      ['assistant', 's.1'],
      ['agent', 's.2'],
      ['system', undefined],
    ]);
  });
});

describe('timeline', () => {
  it('parts days and groups what one author wrote in one go', () => {
    const at = Date.UTC(2026, 2, 1, 23, 50);
    const rows = timeline(told([said('assistant', at), said('assistant', at + minute), said('assistant', at + 20 * minute)]), [], [], day);
    expect(kinds(rows)).toEqual(['day', 'assistant', 'assistant', 'day', 'assistant']);
    expect(rows.flatMap((row) => (row.kind === 'message' ? [[row.first, row.last]] : []))).toEqual([
      [true, false],
      [false, true],
      [true, true],
    ]);
  });

  it('tells who comes and goes from the messages alone, as after a reload', () => {
    const rows = timeline(
      told([said('assistant', 1), said('agent', 2, { name: 'Sara' }), said('agent', 3, { name: 'Sara' }), said('assistant', 4)]),
      [],
      [],
      () => '',
    );
    expect(kinds(rows)).toEqual(['assistant', 'human', 'agent', 'agent', 'bot', 'assistant']);
    expect(rows[1]).toMatchObject({ name: 'Sara' });
  });

  it('tells it once when the state said so before, with the name that follows', () => {
    const messages = [said('assistant', 1), said('agent', 2, { name: 'Sara' })];
    const notices = [{ kind: 'human', after: messages[0]?.id ?? null, sessionId: S }] as const;
    const rows = timeline({ messages, notices, answering: false }, [], [], () => '');
    expect(kinds(rows)).toEqual(['assistant', 'human', 'agent']);
    expect(rows[1]).toMatchObject({ name: 'Sara' });
  });

  it('names the colleague to whom the conversation was passed on', () => {
    const [first, second] = [said('assistant', 1), said('agent', 2, { name: 'Sara' })];
    const notices = [
      { kind: 'human', after: first.id, sessionId: S, name: 'Sara' },
      { kind: 'human', after: second.id, sessionId: S, name: 'Omar' },
    ] as const;
    const rows = timeline({ messages: [first, second], notices, answering: false }, [], [], () => '');
    expect(kinds(rows)).toEqual(['assistant', 'human', 'agent', 'human']);
    expect(rows[3]).toMatchObject({ name: 'Omar' });
  });

  it('marks one’s own words waiting, sent, read', () => {
    const marks = (rows: readonly Row[]): unknown[] =>
      rows.flatMap((row) => (row.kind === 'message' && row.author === 'customer' ? [row.mark] : []));
    const own = [said('customer', 1, { clientId: 'a' }), said('customer', 2, { clientId: 'b' })];
    expect(
      marks(timeline(told(own), [{ id: 'd', text: 'x', at: 4 }], [{ id: 'c', text: 'x', at: 3, after: own[1]?.id ?? null }], day)),
    ).toEqual(['sent', 'sent', 'sent', 'waiting']);
    expect(marks(timeline(told([own[0] ?? said('customer', 1), said('assistant', 3), said('customer', 4)]), [], [], day))).toEqual([
      'read',
      'sent',
    ]);
    expect(marks(timeline(told(own, true), [], [], day))).toEqual(['read', 'read']);
  });

  it('has cards with what stands above them, a reaction that was not taken back, and the place that is on its way', () => {
    const card = { kind: 'link', label: 'Plan', url: 'https://example.com/' } as const;
    const reaction = { seq: 9, emoji: '👍', author: 'agent', name: 'Sara' } as const;
    const rows = timeline(
      told([
        said('agent', 1, { card, caption: 'Look' }),
        { ...said('customer', 2, { clientId: 'a' }), reaction },
        { ...said('customer', 3, { clientId: 'b' }), reaction: { ...reaction, emoji: null } },
      ]),
      [{ id: 'c', text: '', at: 4, location: { latitude: 1, longitude: 2 } }],
      [],
      () => '',
    ).filter((row) => row.kind === 'message');
    expect(rows[0]).toMatchObject({ card, caption: 'Look' });
    expect(rows.map((row) => row.reaction?.emoji)).toEqual([undefined, '👍', undefined, undefined]);
    expect(rows[3]).toMatchObject({ media: [{ kind: 'location', latitude: 1, longitude: 2 }], mark: 'waiting' });
  });

  it('shows what the stream has told once, though the outbox still has it', () => {
    const rows = timeline(told([said('customer', 1, { clientId: 'a' })]), [{ id: 'a', text: 'words', at: 1 }], [], () => '');
    expect(kinds(rows)).toEqual(['customer']);
    expect(rows[0]).toMatchObject({ key: 'a' });
  });

  it('leaves what the stream never tells where it was said', () => {
    const messages = [said('assistant', 1), said('assistant', 3)];
    const taken = [{ id: 'c', text: '/help', at: 2, after: messages[0]?.id ?? null }];
    const rows = timeline(told(messages), [], taken, () => '');
    expect(kinds(rows)).toEqual(['assistant', 'customer', 'assistant']);
    expect(rows[1]).toMatchObject({ mark: 'read' });
  });

  it('begins a day once, though clocks differ', () => {
    const rows = timeline(told([said('assistant', Date.UTC(2026, 2, 2)), said('customer', Date.UTC(2026, 2, 1, 23, 59))]), [], [], day);
    expect(kinds(rows)).toEqual(['day', 'assistant', 'customer']);
  });

  it.each(['Stopped.', 'There is nothing to stop.'])('shows what came of a stop, “%s”, and nothing else', (text) => {
    const feed = told([said('customer', 1, { text: '/stop' }), said('system', 2, { text })]);
    expect(timeline(feed, [], [], () => '').flatMap((row) => (row.kind === 'message' ? [row.text] : []))).toEqual([text]);
  });
  it('shows /stop as a message where it is one, such as while a human has the conversation', () => {
    const feed = told([said('agent', 1), said('customer', 2, { text: '/stop' }), said('agent', 3)]);
    expect(kinds(timeline(feed, [], [], () => '')).filter((kind) => kind === 'customer')).toHaveLength(1);
  });
});

describe('words', () => {
  it('names days in the visitor’s zone', () => {
    const now = Date.UTC(2026, 2, 2, 1, 0);
    const cairo = formats('en-GB', STRINGS.en, 'Africa/Cairo');
    expect(cairo.day(Date.UTC(2026, 2, 1, 23, 0), now)).toBe('Today');
    expect(cairo.day(Date.UTC(2026, 2, 1, 12, 0), now)).toBe('Yesterday');
    expect(cairo.day(Date.UTC(2025, 1, 1), now)).toBe('1 February 2025');
    expect(cairo.time(Date.UTC(2026, 2, 1, 23, 5))).toBe('01:05');
    expect(formats('ar-EG', STRINGS.ar, 'Africa/Cairo').time(Date.UTC(2026, 2, 1, 11, 5))).toContain('١:٠٥');
  });

  it('chooses a language that it speaks', () => {
    expect(chooseLanguage('ar', ['en-US'])).toBe('ar');
    expect(chooseLanguage(null, ['de-DE', 'ar-EG', 'en'])).toBe('ar');
    expect(chooseLanguage('xx', ['de'])).toBe('en');
  });

  it.each([
    ['مرحبا world', 'rtl'],
    ['Hello عالم', 'ltr'],
    ['1. שלום', 'rtl'],
    ['123 …', undefined],
  ])('%j runs %s', (text, direction) => expect(directionOf(text)).toBe(direction));
});
