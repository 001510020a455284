/** Contract of messages that answer a certain one, which the contract of channels includes. */

import { expect, it } from 'vitest';
import type { ChannelEvent } from '#channels/inbound.ts';
import { Refused } from '#channels/port.ts';
import { contentOf } from '#machines/file-content.ts';
import { idAtChannel } from '#machines/session/message-names.ts';
import { type ChannelHarness, context, recorder, words } from './channel-harness.ts';

/** @param current the harness of the test that runs. */
export function describeReplies(current: () => ChannelHarness): void {
  it('names the message that a customer answers, theirs or ours', async () => {
    const { adapter, address, offer } = current();
    if (!adapter.capabilities.replies) return;
    const host = recorder();
    await adapter.start(host.intake);
    await offer({ id: 'a', text: 'Which one?' });
    const theirs = nameOf(host.events[0]);
    const ours = await adapter.send(address, words('The first'), context().context);
    await offer({ id: 'b', text: 'I meant this', replyTo: theirs });
    await offer({ id: 'c', text: 'Thanks', replyTo: ours });
    await offer({ id: 'd', text: '/help me', replyTo: ours });
    const [first, second, third, fourth] = host.events.map((event) => ('replyTo' in event ? event.replyTo : undefined));
    expect([first, second]).toEqual([undefined, theirs]);
    // The name of a message of ours may have a word for the channel before the provider's id.
    expect([third, fourth].map((name) => idAtChannel(name ?? ''))).toEqual([idAtChannel(ours), idAtChannel(ours)]);
    expect(host.events[3]?.type).toBe('command');
  });

  it('answers a message of the customer, with the first part alone', async () => {
    const { adapter, address, answers } = current();
    expect(answers !== undefined).toBe(adapter.capabilities.replies && adapter.capabilities.streaming !== 'pulled');
    if (answers === undefined) return;
    const replyTo = await customerMessage(current());
    const long = 'word '.repeat(Math.ceil((adapter.capabilities.maxText * 1.5) / 5));
    const first = context({ failAfter: 1 });
    await adapter.send(address, { ...words(long), replyTo }, first.context).catch(() => undefined);
    const second = context({ attempt: 2, sent: first.sent });
    await adapter.send(address, { ...words(long), replyTo }, second.context);
    const [shown, ...others] = await answers();
    expect(shown).toBe(idAtChannel(replyTo));
    expect(others.length).toBeGreaterThan(0);
    expect(others.every((one) => one === undefined)).toBe(true);
  });

  it('answers a message of its own, by what the send resolved to', async () => {
    const { adapter, address, answers } = current();
    if (answers === undefined) return;
    const ref = await adapter.send(address, words('One'), context({ key: 'session.1' }).context);
    await adapter.send(address, { ...words('Two'), replyTo: ref }, context({ key: 'session.2' }).context);
    expect(await answers()).toEqual([undefined, idAtChannel(ref)]);
  });

  it('answers with a file and with each card that it has', async () => {
    const { adapter, address, answers } = current();
    if (answers === undefined) return;
    const replyTo = await customerMessage(current());
    const file = { name: 'plan.pdf', mimeType: 'application/pdf', ...contentOf(new TextEncoder().encode('%PDF-1.7 plan')) };
    await adapter.send(address, { ...words(''), file, replyTo }, context({ key: 'session.1' }).context);
    const place = { kind: 'location', latitude: 30.0444, longitude: 31.2357 } as const;
    const link = { kind: 'link', label: 'See the plan', url: 'https://example.com/plan' } as const;
    const cards = [place, link].filter(({ kind }) => adapter.capabilities.cards.includes(kind));
    for (const [i, card] of cards.entries()) {
      const text = card.kind === 'link' ? 'Look' : '';
      await adapter.send(address, { ...words(text), card, replyTo }, context({ key: `session.${i + 2}` }).context);
    }
    expect(await answers()).toEqual([file, ...cards].map(() => idAtChannel(replyTo)));
  });

  it('sends the answer alone if the message is not there any more', async () => {
    const { adapter, address, answers, forget, seen } = current();
    if (answers === undefined) return;
    const replyTo = await customerMessage(current());
    forget?.(idAtChannel(replyTo));
    await adapter.send(address, { ...words('All the same'), replyTo }, context().context);
    expect((await seen?.())?.filter((text) => text.includes('All the same'))).toHaveLength(1);
    expect(await answers()).toEqual([undefined]);
  });

  it('refuses to answer what is no message of its own', async () => {
    const { adapter, address, answers, seen } = current();
    if (answers === undefined) return;
    const send = adapter.send(address, { ...words('Hello'), replyTo: 'nothing of the kind' }, context().context);
    await expect(send).rejects.toBeInstanceOf(Refused);
    expect(await seen?.()).toEqual([]);
  });
}

/** The customer writes a message. Resolves to its name. */
async function customerMessage({ adapter, offer }: ChannelHarness): Promise<string> {
  const host = recorder();
  await adapter.start(host.intake);
  await offer({ id: 'a', text: 'Thank you' });
  return nameOf(host.events[0]);
}

/** As a reaction names the message of the event. */
function nameOf(event: ChannelEvent | undefined): string {
  if (event?.type !== 'message') throw new Error('expected one message');
  return event.messageId ?? event.id;
}
