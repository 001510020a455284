/** Messages that answer a certain one, in the form that Meta documents. */
import { describe, expect, it } from 'vitest';
import { Refused } from '#channels/port.ts';
import { decodeMessage } from '#channels/whatsapp-cloud/decode-person.ts';
import { echoSchema, messageSchema } from '#channels/whatsapp-cloud/payload.ts';
import { at, PHONE, says, sending, startAdapter } from './started-adapter.ts';

const MESSAGES = /\/messages$/;
const to = at(PHONE);

describe('an answer', () => {
  it('names the message in its context, and a template has none, because WhatsApp shows no quote above it', async () => {
    const { api, adapter } = await startAdapter();
    api.messages.received.add('wamid.A');
    await adapter.send(to, says('Here', { replyTo: 'wa:wamid.A' }), sending().context);
    const template = { name: 'hello', language: 'en', parameters: [] };
    await adapter.send(to, says('Hello', { template, replyTo: 'wa:wamid.A' }), sending().context);
    expect(api.callsOf(MESSAGES).map(({ payload }) => payload['context'])).toEqual([{ message_id: 'wamid.A' }, undefined]);
    expect(api.screen(PHONE).map(({ answers }) => answers)).toEqual(['wamid.A', undefined]);
  });

  it('to an id that WhatsApp does not take is sent once more without it', async () => {
    const { api, adapter } = await startAdapter();
    const { sent, context } = sending();
    await adapter.send(to, says('Here', { replyTo: 'wa:gone' }), context);
    expect(api.callsOf(MESSAGES).map(({ payload }) => payload['context'])).toEqual([{ message_id: 'gone' }, undefined]);
    expect(api.shown(PHONE)).toEqual(['Here']);
    expect(sent).toHaveLength(1);
  });

  it('that is refused for another reason is not tried again', async () => {
    const { api, adapter } = await startAdapter();
    api.fail(MESSAGES, { code: 131026 });
    await expect(adapter.send(to, says('Here', { replyTo: 'wa:wamid.A' }), sending().context)).rejects.toBeInstanceOf(Refused);
    expect(api.callsOf(MESSAGES)).toHaveLength(1);
  });

  it('to a message of another channel is refused, and nothing is sent', async () => {
    const { api, adapter } = await startAdapter();
    await expect(adapter.send(to, says('Here', { replyTo: 'tg:1:2' }), sending().context)).rejects.toBeInstanceOf(Refused);
    expect(api.callsOf(MESSAGES)).toEqual([]);
  });
});

describe('what a customer answers', () => {
  const head = { id: 'wamid.B', timestamp: '1700000000', from: PHONE };
  const replyTo = (message: object) => {
    const decoded = decodeMessage(messageSchema.parse({ ...head, ...message }), []);
    return decoded.type === 'person' && 'replyTo' in decoded.event ? decoded.event.replyTo : undefined;
  };

  it.each([
    ['a text', { type: 'text', text: { body: 'This one' } }],
    ['a command', { type: 'text', text: { body: '/help me' } }],
    ['a pressed button', { type: 'interactive', interactive: { type: 'button_reply', button_reply: { id: 'say Yes', title: 'Yes' } } }],
    ['a picture', { type: 'image', image: { id: '7' } }],
  ])('is known of %s', (_, message) => {
    expect(replyTo({ ...message, context: { from: '15550783881', id: 'wamid.A' } })).toBe('wa:wamid.A');
    expect(replyTo({ ...message, context: { forwarded: true } })).toBeUndefined();
    expect(replyTo(message)).toBeUndefined();
  });

  it.each([null, 'wamid.A', { id: 7 }, { id: 'x'.repeat(5_000) }])('is left out if it is not as documented: %j', (context) => {
    const text = { type: 'text', text: { body: 'This one' } };
    expect(decodeMessage(messageSchema.parse({ ...head, ...text, context }), [])).toMatchObject({ event: { text: 'This one' } });
    expect(replyTo({ ...text, context })).toBeUndefined();
    expect(echoSchema.parse({ ...head, ...text, to: PHONE, context }).context).toBeUndefined();
  });
});
