/** A message that answers another one comes with what that one says. */
import { expect, it } from 'vitest';
import type { ChannelEvent } from '#channels/inbound.ts';
import { parseAddress, parseSessionId } from '#machines/ids.ts';
import { MAX_QUOTE } from '#machines/session/quote-line.ts';
import { withQuotes } from '#src/intake/quoted-messages.ts';

const address = parseAddress('telegram:1:2');
const sessionId = parseSessionId('0198c0de-0000-7000-8000-000000000000');
const previousId = parseSessionId('0198c0de-0000-7000-8000-000000000001');

const received = (id: string, text: string, more: object = {}, kind = 'customer.message') => ({
  kind,
  text,
  payload: { stimulus: { kind: 'event', event: { type: kind, id, text, ...more } } },
  delivery: null,
});
const sent = (ref: string, text: string, kind = 'assistant.message') => ({
  kind,
  text,
  payload: { effect: 'message.send', params: { text } },
  delivery: { status: 'sent', at: 1, ref },
});

/** @param before entries of the session before it. */
function setUp(entries: readonly object[], before?: readonly object[]) {
  const taken: ChannelEvent[] = [];
  const gate = { open: Promise.resolve() };
  const store: object = {
    load: async (key: { readonly id?: string }) => {
      await gate.open;
      if (key.id !== undefined) return { id: previousId, version: before?.length, previousId: null };
      return { id: sessionId, version: entries.length, previousId: before === undefined ? null : previousId };
    },
    journal: async (id: string) => (id === previousId ? before : entries),
  };
  const intake = withQuotes(async (event) => {
    taken.push(event);
    return { sessionId, version: taken.length, duplicate: false };
  }, store as never);
  const message = (text: string, more: object = {}): ChannelEvent => ({ type: 'message', id: text, address, at: 1, text, ...more });
  const quoted = () => taken.map((event) => ('quoted' in event ? event.quoted : undefined));
  return { intake, message, quoted, taken, gate };
}

it.each<[string, readonly object[], string, object | undefined]>([
  ['one of ours, by the id that a reaction to it has', [sent('7', 'In Tower A')], 'tg:2:7', { author: 'assistant', text: 'In Tower A' }],
  ['one of ours, by the id that the channel gave it', [sent('wa:7', 'Hello', 'agent.message')], 'wa:7', { author: 'agent', text: 'Hello' }],
  ['one of ours in a group', [sent('tg:-2:7', 'In Tower A')], 'tg:-2:7', { author: 'assistant', text: 'In Tower A' }],
  ['one of the chat that the group has now', [sent('tg:-2:7', 'Of the old chat'), sent('7', 'Of any chat')], 'tg:-1002:7', undefined],
  ['an own one', [received('tg:2:7', 'Where?')], 'tg:2:7', { author: 'customer', text: 'Where?' }],
  [
    'an own one that was changed',
    [received('tg:2:7', 'Were?'), received('tg:2:7', 'Where?', {}, 'customer.edit')],
    'tg:2:7',
    { author: 'customer', text: 'Where?' },
  ],
  ['an own one that was deleted', [received('tg:2:7', 'Where?'), received('tg:2:7', '', {}, 'customer.revoke')], 'tg:2:7', undefined],
  [
    'a file',
    [received('tg:2:7', '', { media: [{ kind: 'image' }, { kind: 'document', fileName: 'plan.pdf' }] })],
    'tg:2:7',
    { author: 'customer', text: '[image] [plan.pdf]' },
  ],
  ['one on several lines', [sent('7', 'In\n\n  Tower A ')], 'tg:2:7', { author: 'assistant', text: 'In Tower A' }],
  ['one that nobody knows', [sent('8', 'Another one')], 'tg:2:7', undefined],
  ['what is no message', [{ ...sent('7', '👍', 'assistant.reaction') }], 'tg:2:7', undefined],
])('%s', async (_, entries, replyTo, expected) => {
  const { intake, message, quoted, taken } = setUp(entries);
  await intake(message('About that', { replyTo }));
  expect(quoted()).toEqual([expected]);
  expect(taken).toMatchObject([{ id: 'About that', text: 'About that', replyTo }]);
});

it('a long one is cut, and between no two halves of an emoji', async () => {
  const { intake, message, quoted } = setUp([sent('7', `${'x'.repeat(MAX_QUOTE - 2)}😀 and more`)]);
  await intake(message('About that', { replyTo: 'tg:2:7' }));
  const text = quoted()[0]?.text ?? '';
  expect(text).toBe(`${'x'.repeat(MAX_QUOTE - 2)}…`);
  expect(text.isWellFormed()).toBe(true);
});

it('one of the session before is found too', async () => {
  const { intake, message, quoted } = setUp([sent('8', 'Welcome back')], [sent('7', 'In Tower A')]);
  await intake(message('About that', { replyTo: 'tg:2:7' }));
  expect(quoted()).toEqual([{ author: 'assistant', text: 'In Tower A' }]);
});

it('what comes behind it at its address stays behind it, and nothing else waits', async () => {
  const { intake, message, taken, gate } = setUp([sent('7', 'In Tower A')]);
  const names = () => taken.map((event) => ('id' in event ? event.id : ''));
  const open = Promise.withResolvers<void>();
  gate.open = open.promise;
  const all = [intake(message('first', { replyTo: 'tg:2:7' })), intake(message('second'))];
  const elsewhere = { ...message('elsewhere'), address: parseAddress('telegram:1:3') } as ChannelEvent;
  await intake(elsewhere);
  expect(names()).toEqual(['elsewhere']);
  open.resolve();
  await Promise.all(all);
  expect(names()).toEqual(['elsewhere', 'first', 'second']);
});
