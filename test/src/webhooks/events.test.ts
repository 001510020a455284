/** What of a message its webhooks have, from entries as the journal keeps them. */
import { expect, test } from 'vitest';
import { inputPayload } from '#actors/session/journal-payload.ts';
import { parseAddress, parseSessionId } from '#machines/ids.ts';
import { webhookBodies } from '#src/operations/webhook-events.ts';
import { eventsOf } from '#src/webhooks/events.ts';

const id = parseSessionId('0198c0de-0000-7000-8000-000000000000');
const row = { id, address: parseAddress('telegram:1:2'), assistant: 'a', open: true, state: 'ACTIVE', closedAt: null };

/** The bodies of one entry. */
function bodies(kind: string, text: string, payload: object): readonly unknown[] {
  const entry = { sessionId: id, seq: 2, at: 1, kind, author: null, text, eventId: null, delivery: null };
  const json = JSON.parse(JSON.stringify(payload));
  return eventsOf({ ...entry, payload: json }, row).map(({ body }) => body.data);
}

test('a message of a customer has its id, its media and what it answers', () => {
  const quoted = { author: 'assistant', text: 'In Tower A' };
  const media = [{ kind: 'image', mimeType: 'image/png' }];
  const message = { type: 'customer.message', id: 'tg:2:9', at: 1, text: 'This one', media, replyTo: 'tg:2:7', quoted };
  const [whole] = bodies('customer.message', 'This one', inputPayload({ kind: 'event', event: message }));
  expect(whole).toMatchObject({ text: 'This one', messageId: 'tg:2:9', media, replyTo: 'tg:2:7', quoted });
  const [plain] = bodies(
    'customer.message',
    'Hi',
    inputPayload({ kind: 'event', event: { type: 'customer.message', id: 'm', at: 1, text: 'Hi' } }),
  );
  expect(plain).toMatchObject({ messageId: 'm', media: [], replyTo: null, quoted: null });
  expect(
    webhookBodies['message.received'].safeParse({ type: 'message.received', timestamp: new Date(1).toISOString(), data: whole }).error,
  ).toBeUndefined();
});

test('a message of ours has what it answers', () => {
  const payload = { effect: 'message.send', serial: 4, params: { text: 'Yes', replyTo: 'tg:2:9' } };
  expect(bodies('agent.message', 'Yes', payload)).toMatchObject([{ key: `${id}.4`, replyTo: 'tg:2:9' }]);
  expect(bodies('agent.message', 'Yes', { ...payload, params: { text: 'Yes' } })).toMatchObject([{ replyTo: null }]);
  expect(bodies('agent.message', 'Sent by hand', {})).toMatchObject([{ key: null, replyTo: null }]);
});
