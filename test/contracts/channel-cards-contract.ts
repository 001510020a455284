/** Contract of a channel's cards and reactions, which the contract of channels includes. */
import { expect, it } from 'vitest';
import { Refused } from '#channels/port.ts';
import { saysEnough } from '#machines/session/card-rules.ts';
import type { Card } from '#machines/session/cards.ts';
import { type ChannelHarness, context, recorder, words } from './channel-harness.ts';

/** One of each kind. */
const CARDS: readonly Card[] = [
  { kind: 'location', latitude: 30.0444, longitude: 31.2357, name: 'Tower A', street: '12 Nile St, Cairo' },
  { kind: 'contact', name: 'Nour Adel', phone: '+20 100 123 4567', email: 'nour@example.com', organization: 'Nile Homes' },
  { kind: 'link', label: 'See the plan', url: 'https://example.com/plan?id=7' },
  { kind: 'location_request' },
  {
    kind: 'whatsapp',
    interactive: {
      type: 'flow',
      body: { text: 'Book a viewing' },
      action: {
        name: 'flow',
        parameters: { flow_message_version: '3', flow_id: '8013', flow_cta: 'Book', flow_action: 'navigate', flow_token: 't' },
      },
    },
  },
];

/** @param current the harness of the test that runs. */
export function describeCards(current: () => ChannelHarness): void {
  it('shows each card that it has below its text, and none of an interrupted attempt again', async () => {
    const { adapter, address, cards, seen } = current();
    const { capabilities } = adapter;
    expect(cards !== undefined).toBe(capabilities.cards.length > 0 && capabilities.streaming !== 'pulled');
    if (cards === undefined || seen === null) return;
    for (const [i, card] of CARDS.filter(({ kind }) => capabilities.cards.includes(kind)).entries()) {
      const text = `Card ${i}`;
      const first = context({ key: `session.${i}`, failAfter: 1 });
      await adapter.send(address, { ...words(text), card }, first.context).catch(() => undefined);
      const second = context({ key: `session.${i}`, attempt: 2, sent: first.sent });
      const ref = await adapter.send(address, { ...words(text), card }, second.context);
      expect([...first.sent, ...second.sent].at(-1)).toBe(ref);
      expect((await cards()).length).toBe(i + 1);
      // What is in the provider's own form has its own text.
      expect((await seen()).filter((shown) => shown.includes(text))).toHaveLength(card.kind === 'whatsapp' ? 0 : 1);
    }
    expect(await cards()).toEqual(CARDS.map(({ kind }) => kind).filter((kind) => capabilities.cards.includes(kind)));
  });

  it('shows a card without a text where the card says enough', async () => {
    const { adapter, address, cards } = current();
    const alone = CARDS.filter((card) => saysEnough(card) && adapter.capabilities.cards.includes(card.kind));
    for (const card of alone) expect(await adapter.send(address, { ...words(''), card }, context().context)).not.toBe('');
    expect(await cards?.()).toEqual(cards === undefined ? undefined : alone.map(({ kind }) => kind));
  });

  it('reacts to a message of the customer, changes the reaction and takes it back', async () => {
    const { adapter, address, reactions, seen } = current();
    expect(reactions !== undefined).toBe(adapter.capabilities.reactions && seen !== null);
    if (reactions === undefined) return;
    const messageId = await customerMessage(current());
    for (const [emoji, shown] of [
      ['👍', ['👍']],
      ['❤️', ['❤️']],
      [null, []],
    ] as const) {
      expect(await adapter.send(address, { reaction: { messageId, emoji } }, context().context)).not.toBe('');
      expect(await reactions()).toEqual(shown);
    }
  });

  it('gives no reaction again that an interrupted attempt had given', async () => {
    const { adapter, address, reactions } = current();
    if (reactions === undefined) return;
    const reaction = { messageId: await customerMessage(current()), emoji: '👍' };
    const first = context({ failAfter: 1 });
    await expect(adapter.send(address, { reaction }, first.context)).rejects.toThrow();
    const second = context({ attempt: 2, sent: first.sent });
    expect(await adapter.send(address, { reaction }, second.context)).toBe(first.sent.at(-1));
    expect(second.sent).toEqual([]);
    expect(await reactions()).toEqual(['👍']);
  });

  it('refuses a reaction to what is no message of its own', async () => {
    if (current().reactions === undefined) return;
    const reaction = { messageId: 'nothing of the kind', emoji: '👍' };
    const { adapter, address } = current();
    await expect(adapter.send(address, { reaction }, context().context)).rejects.toBeInstanceOf(Refused);
  });
}

/** The customer writes a message. Resolves to its id, as a reaction names it. */
async function customerMessage({ adapter, offer }: ChannelHarness): Promise<string> {
  const host = recorder();
  await adapter.start(host.intake);
  await offer({ id: 'a', text: 'Thank you' });
  const [event] = host.events;
  if (event?.type !== 'message') throw new Error('expected one message');
  return event.messageId ?? event.id;
}
