import { afterEach, describe, expect, test, vi } from 'vitest';
import { Unavailable } from '#machines/errors.ts';
import { contentOf } from '#machines/file-content.ts';
import { FakeChildren, MONA, messageEvent, pageMessage } from './fake-child.ts';
import { AT_MONA, type Harness, harness, SESSION_ID, sendContext } from './started-adapter.ts';

const words = (text: string) => ({ text, author: 'assistant' }) as const;
const LID = '777000111@lid';

let one: Harness;
async function started(children = new FakeChildren()): Promise<Harness> {
  one = harness({ children });
  await one.adapter.start(one.intake);
  await vi.waitFor(async () => expect((await one.adapter.connection?.())?.state).toBe('connected'));
  return one;
}
afterEach(async () => {
  await one.adapter.stop();
  await one.adapter.close();
});

const ack = (id: string, value: number) => ({ kind: 'ack', message: pageMessage({ id: id.slice(3), fromMe: true }), ack: value });
const own = (id: string, body: string, more = {}) => messageEvent({ id: id.replace(/^wa:/, ''), fromMe: true, body }, more);

describe('messages from our own number', () => {
  test('what this program sent is no echo, also if the page reports it before it answers', async () => {
    const answered = Promise.withResolvers<object>();
    const children = new FakeChildren();
    const called = Promise.withResolvers<void>();
    children.answer = ({ op }) => {
      if (op !== 'sendText') return undefined;
      called.resolve();
      return answered.promise;
    };
    const { adapter, events } = await started(children);
    const sending = adapter.send(AT_MONA, words('Hello'), sendContext());
    await called.promise;
    const offered = children.current.offer(own('3EB0EARLY', 'Hello'));
    const report = children.current.offer(ack('wa:3EB0EARLY', 1));
    // By another id of the chat too.
    const offeredByLid = children.current.offer(messageEvent({ id: '3EB0EARLY', chat: LID, fromMe: true, body: 'Hello' }));
    answered.resolve({ id: '3EB0EARLY' });
    expect(await sending).toBe('wa:3EB0EARLY');
    expect(await Promise.all([offered, report, offeredByLid])).toEqual(['taken', 'taken', 'taken']);
    expect(events).toEqual([expect.objectContaining({ type: 'status', status: 'sent', statusKey: `${SESSION_ID}.1.2` })]);
  });

  test('what a human wrote on the phone, or on a colleague’s computer, is an echo', async () => {
    const { children, events } = await started();
    await children.current.offer(own('3AHUMAN', 'I take over'));
    await children.current.offer(own('3EB0C431C26A1916EA9A5C', 'me too'));
    expect(events).toEqual([
      expect.objectContaining({ type: 'echo', address: AT_MONA, text: 'I take over' }),
      expect.objectContaining({ type: 'echo', text: 'me too' }),
    ]);
  });

  test('a missed one is an echo only if a phone sent it', async () => {
    const { children, events, ignored } = await started();
    await children.current.offer(own('3EB0C431C26A1916EA9A5C', 'perhaps ours', { missed: true }));
    await children.current.offer(own('3AHUMAN', 'surely not', { missed: true }));
    expect(events.map((event) => ('text' in event ? event.text : event.type))).toEqual(['surely not']);
    expect(ignored).toEqual([expect.objectContaining({ kind: 'echo.missed' })]);
  });

  test('a text whose call was broken off is no echo when the page sends it after all', async () => {
    const children = new FakeChildren();
    children.answer = ({ op }) => {
      if (op === 'sendText') throw new Error('not connected');
      return undefined;
    };
    const { adapter, events } = await started(children);
    await expect(adapter.send(AT_MONA, words('Hello'), sendContext())).rejects.toMatchObject({ code: 'unavailable' });
    await children.current.offer(own('3EB0LATE', 'Hello'));
    expect(events).toEqual([]);
  });
});

describe('messages whose call was broken off, and which the page reports all the same', () => {
  const contact = { kind: 'contact', name: 'Nour Adel', phone: '+20 100 123 4567' } as const;
  const place = { kind: 'location', latitude: 30, longitude: 31, name: 'Tower A', street: 'Nile St' } as const;
  const vcard = (id: string, more = {}) => own(id, 'BEGIN:VCARD\nFN:Nour Adel\nEND:VCARD', { ...more });
  async function broken(op: 'sendContact' | 'sendLocation') {
    const children = new FakeChildren();
    const failed = Promise.withResolvers<object>();
    const called = Promise.withResolvers<void>();
    children.answer = (call) => {
      if (call.op !== op) return undefined;
      called.resolve();
      return failed.promise;
    };
    const { adapter, events } = await started(children);
    const card = op === 'sendContact' ? contact : place;
    const sending = adapter.send(AT_MONA, { ...words(''), card }, sendContext());
    const refused = expect(sending).rejects.toMatchObject({ code: 'unavailable' });
    await called.promise;
    const fail = async () => {
      failed.reject(new Error('WhatsApp reported an error for the message'));
      await refused;
    };
    return { children, events, fail };
  }
  const typed = (event: ReturnType<typeof own>, fields: object) => ({ ...event, message: { ...event.message, ...fields } });

  test('a contact is no echo, and one that the phone sent meanwhile is', async () => {
    const { children, events, fail } = await broken('sendContact');
    const reported = children.current.offer(typed(vcard('3EB0FAILED'), { type: 'vcard' }));
    const byPhone = children.current.offer(typed(vcard('3AHUMAN'), { type: 'vcard' }));
    const words = children.current.offer(own('3EB0COLLEAGUE', 'I take over'));
    await fail();
    expect(await Promise.all([reported, byPhone, words])).toEqual(['taken', 'taken', 'taken']);
    expect(events.map((event) => ('id' in event ? event.id : event.type)).toSorted()).toEqual(['wa:3AHUMAN', 'wa:3EB0COLLEAGUE']);
    await children.current.offer(typed(vcard('3EB0LATER'), { type: 'vcard' }));
    expect(events.at(-1)).toMatchObject({ type: 'echo', id: 'wa:3EB0LATER' });
  });

  test('a place is no echo, also later', async () => {
    const { children, events, fail } = await broken('sendLocation');
    await fail();
    await children.current.offer(typed(own('3EB0LATE', ''), { type: 'location', lat: 30, lng: 31, loc: 'Tower A\nNile St' }));
    expect(events).toEqual([]);
  });
});

describe('reports', () => {
  test('the last part of a message decides, and a part that failed', async () => {
    const { adapter, children, events } = await started();
    const context = sendContext();
    await adapter.send(AT_MONA, words(`${'a '.repeat(2_500)}`), context);
    const [first = '', second = ''] = context.sentParts;
    expect(context.sentParts).toHaveLength(2);
    await children.current.offer(ack(first, 3));
    expect(events).toEqual([]);
    await children.current.offer(ack(second, 2));
    await children.current.offer(ack(first, -1));
    expect(events).toEqual([
      expect.objectContaining({ type: 'status', status: 'delivered', ref: second, statusKey: context.statusKey }),
      expect.objectContaining({
        type: 'status',
        status: 'failed',
        ref: first,
        failure: { code: 'whatsapp_error', reason: expect.any(String) },
      }),
    ]);
  });

  test('a report finds its message after a restart of the program', async () => {
    const first = await started();
    const ref = await first.adapter.send(AT_MONA, words('Hello'), sendContext());
    await first.adapter.stop();
    await first.adapter.close();
    one = harness({ blobs: first.blobs });
    await one.adapter.start(one.intake);
    await vi.waitFor(() => expect(one.children.resumed).toHaveLength(1));
    await one.children.current.offer(ack(ref, 3));
    expect(one.events).toEqual([expect.objectContaining({ type: 'status', status: 'read', ref })]);
    await one.children.current.offer(ack('wa:3EB0UNKNOWN', 3));
    expect(one.ignored).toEqual([expect.objectContaining({ kind: 'ack.not_ours' })]);
  });
});

describe('one person with two ids', () => {
  test('the host learns it once, before the message', async () => {
    const { children, events } = await started();
    const person = { lid: LID, phone: MONA };
    await children.current.offer(messageEvent({ id: 'a', chat: LID, body: 'hi' }, { person }));
    await children.current.offer(messageEvent({ id: 'b', body: 'hi again' }, { person }));
    expect(events.map(({ type }) => type)).toEqual(['moved', 'message', 'message']);
    expect(events.slice(1)).toEqual([expect.objectContaining({ address: AT_MONA }), expect.objectContaining({ address: AT_MONA })]);
  });

  test('until it is stored the message waits', async () => {
    const { children, events } = await started();
    one.store = async ({ type }) => {
      if (type === 'moved') throw new Unavailable('away');
    };
    const raw = messageEvent({ id: 'a', chat: LID, body: 'hi' }, { person: { lid: LID, phone: MONA } });
    expect(await children.current.offer(raw)).toBe('again');
    one.store = async () => undefined;
    expect(await children.current.offer(raw)).toBe('taken');
    expect(events.map(({ type }) => type)).toEqual(['moved', 'moved', 'message']);
  });
});

describe('what the page sends', () => {
  test('marks are WhatsApp’s, and buttons are a list to write the number of', async () => {
    const { adapter, children } = await started();
    const buttons = [
      { id: 'say Cairo', label: 'Cairo' },
      { id: 'say Giza', label: 'Giza' },
    ];
    await adapter.send(AT_MONA, { ...words('**Where** do you _look_, `now`? [Map](https://example.com/m)'), buttons }, sendContext());
    expect(children.sent[0]?.text).toBe('*Where* do you _look_, `now`? Map (https://example.com/m)\n\n1. Cairo\n2. Giza');
  });

  test('a file too long a text is below it', async () => {
    const { adapter, children } = await started();
    const file = { name: 'a.pdf', mimeType: 'application/pdf', ...contentOf(Uint8Array.of(1)) };
    await adapter.send(AT_MONA, { ...words('x'.repeat(1_500)), file }, sendContext());
    expect(children.sent.map(({ text, file: sent }) => [text.length, sent?.name])).toEqual([
      [1_500, undefined],
      [0, 'a.pdf'],
    ]);
  });

  test('a file is sent as the store has it, with fields that are not for the page', async () => {
    const { adapter, children } = await started();
    const stored = { id: 'f1', sessionId: SESSION_ID, at: 1, name: 'a.pdf', mimeType: 'application/pdf', ...contentOf(Uint8Array.of(1)) };
    await adapter.send(AT_MONA, { ...words('Here'), file: stored }, sendContext());
    expect(children.sent).toMatchObject([{ text: 'Here', file: { name: 'a.pdf', bytes: Uint8Array.of(1) } }]);
  });

  test('a sticker, and a place, have their text above them', async () => {
    const { adapter, children } = await started();
    const file = { name: 'hi.webp', mimeType: 'image/webp', ...contentOf(Uint8Array.of(1)), sticker: 'animated' } as const;
    await adapter.send(AT_MONA, { ...words('Welcome'), file }, sendContext());
    await adapter.send(AT_MONA, { ...words('Come here'), card: { kind: 'location', latitude: 30, longitude: 31 } }, sendContext());
    expect(children.sent.map(({ text, file: sent, card }) => [text, sent?.isSticker, card])).toEqual([
      ['Welcome', undefined, undefined],
      ['', true, undefined],
      ['Come here', undefined, undefined],
      ['', undefined, { op: 'sendLocation', chat: MONA, latitude: 30, longitude: 31 }],
    ]);
  });

  test('a reaction names the message of the customer, and is none of ours', async () => {
    const { adapter, children, ignored } = await started();
    expect(await adapter.send(AT_MONA, { reaction: { messageId: 'wa:3A.x-1', emoji: '👍' } }, sendContext())).toBe('wa:3A.x-1');
    expect([...children.reactions]).toEqual([['3A.x-1', '👍']]);
    await children.current.offer(ack('wa:3A.x-1', 3));
    expect(ignored).toEqual([expect.objectContaining({ kind: 'ack.not_ours' })]);
    const sent = sendContext({ attempt: 2, sent: ['wa:3A.x-1'] });
    expect(await adapter.send(AT_MONA, { reaction: { messageId: 'wa:3A.x-1', emoji: '🎉' } }, sent)).toBe('wa:3A.x-1');
    expect([...children.reactions]).toEqual([['3A.x-1', '👍']]);
    for (const messageId of ['wa:call:1', 'wa:R1:0123456789abcdef', '17', 'wa:', 'wamid.a', 'wa:a b'])
      await expect(adapter.send(AT_MONA, { reaction: { messageId, emoji: '👍' } }, sendContext())).rejects.toMatchObject({
        code: 'refused',
        facts: { messageId },
      });
  });

  test('what the page refuses is refused, what it cannot do now is not', async () => {
    const children = new FakeChildren();
    children.answer = ({ op }) => {
      if (op === 'sendText') throw Object.assign(new Error('No LID for user'), { name: 'Refused' });
      return undefined;
    };
    const { adapter } = await started(children);
    await expect(adapter.send(AT_MONA, words('Hello'), sendContext())).rejects.toMatchObject({ code: 'refused' });
    await expect(adapter.send(AT_MONA, words(' '), sendContext())).rejects.toMatchObject({ code: 'refused' });
    const nowhere = `${AT_MONA.slice(0, AT_MONA.lastIndexOf(':'))}:status@broadcast` as typeof AT_MONA;
    await expect(adapter.send(nowhere, words('Hello'), sendContext())).rejects.toMatchObject({ code: 'refused' });
  });

  test('no more than one message a second goes to a chat, and no more than its share in a minute', async () => {
    const { adapter, clock } = await started();
    const begun = clock.now();
    for (let i = 0; i < 5; i++) await adapter.send(AT_MONA, words(`message ${i}`), sendContext());
    expect(clock.now() - begun).toBeGreaterThanOrEqual(4_000);
  });
});
