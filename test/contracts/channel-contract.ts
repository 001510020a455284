/**
 * Contract of every channel adapter, whatever its provider (SPEC C1, C6, C7, C8). A channel's test
 * gives a harness that plays the provider and the customer. The suite plays the host. If a channel
 * differs, its capabilities declare it.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ChannelEvent, Intake } from '#channels/inbound.ts';
import { type ChannelAdapter, type OutboundMessage, Refused, type SendContext } from '#channels/port.ts';
import { InvalidInput, Unavailable } from '#machines/errors.ts';
import { type Address, addressParts } from '#machines/ids.ts';
import { saysEnough } from '#machines/session/card-rules.ts';
import type { Card } from '#machines/session/cards.ts';
import { sessionEvent } from '#machines/session/events.ts';

/**
 * Result of one offer. Acknowledged for good, left for the provider to offer again, or refused for
 * good.
 */
export type Offered = 'taken' | 'again' | 'refused';

export interface ChannelHarness {
  readonly adapter: ChannelAdapter;
  /** Where the harness's one customer is. */
  readonly address: Address;
  /**
   * The provider offers a customer's text once, over its real protocol, and returns the adapter's
   * answer. The same `id` is a redelivery of the same message.
   */
  offer(message: { readonly id: string; readonly text: string }): Promise<Offered>;
  /** The provider (or a stranger) offers what is no event at all. */
  offerRubbish(): Promise<Offered>;
  /** The provider reports that the customer types. Absent if it does not report that. */
  readonly offerTyping?: () => Promise<Offered>;
  /**
   * Our messages on the customer's screen, oldest first, with edits applied. Null if the client
   * pulls (streaming `pulled`).
   */
  readonly seen: null | (() => Promise<readonly string[]>);
  /** Our files on the customer's screen, oldest first. Null if the client pulls. */
  readonly files: null | (() => Promise<readonly { readonly name: string; readonly bytes: Uint8Array }[]>);
  /**
   * Cards on the customer's screen, oldest first, by their kind. Only where the channel has cards,
   * and is sent them.
   */
  readonly cards?: () => Promise<readonly Card['kind'][]>;
  /**
   * Our reactions to the customer's messages. Only where the channel has reactions, and is sent
   * them.
   */
  readonly reactions?: () => Promise<readonly string[]>;
  /** Stops the adapter and the provider. */
  close(): Promise<void>;
}

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

/** A deadline that a busy machine does not miss. */
const PATIENCE = { timeout: 15_000, interval: 5 };

export function describeChannel(name: string, factory: () => Promise<ChannelHarness>): void {
  describe(`channel contract: ${name}`, () => {
    let harness: ChannelHarness;
    beforeEach(async () => {
      harness = await factory();
    });
    afterEach(async () => {
      await harness.close();
    });

    describe('in', () => {
      it('declares capabilities that agree with one another', () => {
        const { capabilities } = harness.adapter;
        expect(capabilities.maxText).toBeGreaterThan(0);
        if (capabilities.streaming === 'edits') expect(capabilities.edits).toBe(true);
        expect(harness.seen === null).toBe(capabilities.streaming === 'pulled');
        expect(harness.files === null).toBe(capabilities.streaming === 'pulled');
      });

      it('hands over a message that a session can hear', async () => {
        const host = recorder();
        await harness.adapter.start(host.intake);
        expect(await harness.offer({ id: 'a', text: 'Hello, مرحبا 👋' })).toBe('taken');
        const [event] = host.events;
        if (event?.type !== 'message') throw new Error('expected one message');
        expect(host.events).toHaveLength(1);
        expect(event.text).toBe('Hello, مرحبا 👋');
        expect(event.address).toBe(harness.address);
        expect(addressParts(event.address).channel).toBe(harness.adapter.name);
        const { address: _, messageId: __, ...heard } = event;
        expect(sessionEvent.safeParse({ ...heard, type: 'customer.message' }).error).toBeUndefined();
      });

      it('acknowledges only what is durable', async () => {
        const durable = Promise.withResolvers<void>();
        const host = recorder(() => durable.promise);
        await harness.adapter.start(host.intake);
        let outcome: Offered | undefined;
        const offered = harness.offer({ id: 'a', text: 'one' }).then((result) => (outcome = result));
        await vi.waitFor(() => expect(host.events).toHaveLength(1), PATIENCE);
        expect(outcome).toBeUndefined();
        durable.resolve();
        await offered;
        expect(outcome).toBe('taken');
      });

      it('lets the provider offer again what could not be stored, under the same id', async () => {
        let down = true;
        const host = recorder(() => (down ? Promise.reject(new Unavailable('the store is away')) : Promise.resolve()));
        await harness.adapter.start(host.intake);
        expect(await harness.offer({ id: 'a', text: 'one' })).toBe('again');
        down = false;
        expect(await harness.offer({ id: 'a', text: 'one' })).toBe('taken');
        expect(new Set(ids(host.events)).size).toBe(1);
      });

      it('gives redeliveries the same id and other messages another', async () => {
        const host = recorder();
        await harness.adapter.start(host.intake);
        for (const id of ['a', 'a', 'b']) expect(await harness.offer({ id, text: 'same words' })).toBe('taken');
        const heard = new Set(ids(host.events));
        expect(heard.size).toBe(2);
      });

      it('keeps the order of one customer', async () => {
        const host = recorder();
        await harness.adapter.start(host.intake);
        const texts = Array.from({ length: 12 }, (_, i) => `message ${i}`);
        for (const [i, text] of texts.entries()) await harness.offer({ id: `m${i}`, text });
        expect(host.events.map((event) => (event.type === 'message' ? event.text : ''))).toEqual(texts);
      });

      it('hands over that the customer types, where the provider says so', async () => {
        if (harness.offerTyping === undefined) return;
        const host = recorder();
        await harness.adapter.start(host.intake);
        expect(await harness.offerTyping()).toBe('taken');
        expect(host.events).toEqual([{ type: 'typing', address: harness.address, at: expect.any(Number) }]);
      });

      it('is not held up by what the host says can never be taken', async () => {
        const host = recorder((event) =>
          'text' in event && event.text === 'poison' ? Promise.reject(new InvalidInput('no')) : Promise.resolve(),
        );
        await harness.adapter.start(host.intake);
        expect(await harness.offer({ id: 'a', text: 'poison' })).toBe('refused');
        expect(await harness.offer({ id: 'b', text: 'fine' })).toBe('taken');
      });

      it('turns rubbish away, and the next good message works', async () => {
        const host = recorder();
        await harness.adapter.start(host.intake);
        expect(await harness.offerRubbish()).toBe('refused');
        expect(host.events).toEqual([]);
        expect(await harness.offer({ id: 'b', text: 'fine' })).toBe('taken');
      });

      it('finishes what is in flight before it stops, and still sends afterwards', async () => {
        const durable = Promise.withResolvers<void>();
        const host = recorder(() => durable.promise);
        await harness.adapter.start(host.intake);
        const offered = harness.offer({ id: 'a', text: 'one' }).catch(() => 'again');
        await vi.waitFor(() => expect(host.events).toHaveLength(1), PATIENCE);
        let stopped = false;
        const stopping = harness.adapter.stop().then(() => (stopped = true));
        expect(stopped).toBe(false);
        durable.resolve();
        await Promise.all([stopping, offered]);
        expect(await harness.adapter.send(harness.address, words('Goodbye'), context().context)).not.toBe('');
      });
    });

    describe('out', () => {
      it('sends a message and names it', async () => {
        const call = context();
        const ref = await harness.adapter.send(harness.address, words('Good morning'), call.context);
        expect(ref).not.toBe('');
        if (harness.seen === null) return;
        expect(call.sent).toEqual([ref]);
        expect(await harness.seen()).toEqual(['Good morning']);
      });

      it('splits what is too long, keeps the order and loses no word', async () => {
        if (harness.seen === null) return;
        const long = numbered(harness.adapter.capabilities.maxText * 2.5);
        const call = context();
        const ref = await harness.adapter.send(harness.address, words(long), call.context);
        const parts = await harness.seen();
        expect(parts.length).toBeGreaterThan(1);
        for (const part of parts) expect(part.length).toBeLessThanOrEqual(harness.adapter.capabilities.maxText);
        expect(parts.join(' ').split(/\s+/)).toEqual(long.split(' '));
        expect(call.sent).toHaveLength(parts.length);
        expect(call.sent.at(-1)).toBe(ref);
      });

      it('continues behind what an interrupted attempt had sent', async () => {
        if (harness.seen === null) return;
        const long = numbered(harness.adapter.capabilities.maxText * 2.5);
        const first = context({ failAfter: 1 });
        await expect(harness.adapter.send(harness.address, words(long), first.context)).rejects.toThrow();
        const second = context({ attempt: 2, sent: first.sent });
        await harness.adapter.send(harness.address, words(long), second.context);
        expect((await harness.seen()).join(' ').split(/\s+/)).toEqual(long.split(' '));
      });

      it('sends a file byte for byte under its name, below its text, and names it', async () => {
        if (!harness.adapter.capabilities.media.includes('document')) return;
        const file = { name: 'تقرير AAPL.pdf', mimeType: 'application/pdf', bytes: Uint8Array.from({ length: 70_000 }, (_, i) => i % 256) };
        const call = context();
        const ref = await harness.adapter.send(harness.address, { ...words(''), file }, call.context);
        expect(ref).not.toBe('');
        if (harness.files === null || harness.seen === null) return;
        expect(call.sent).toEqual([ref]);
        const [shown] = await harness.files();
        expect(shown?.name).toBe('تقرير AAPL.pdf');
        expect(Buffer.compare(shown?.bytes ?? new Uint8Array(), file.bytes)).toBe(0);
        await harness.adapter.send(
          harness.address,
          { ...words('Here **it** is'), file: { ...file, name: 'b.pdf' } },
          context({ key: 'session.2' }).context,
        );
        expect(await harness.seen()).toContain('Here it is');
        expect((await harness.files()).map(({ name }) => name)).toEqual(['تقرير AAPL.pdf', 'b.pdf']);
      });

      it('sends no file again that an interrupted attempt had sent', async () => {
        if (harness.files === null || !harness.adapter.capabilities.media.includes('document')) return;
        const file = { name: 'a.pdf', mimeType: 'application/pdf', bytes: Uint8Array.of(1, 2, 3) };
        const long = numbered(harness.adapter.capabilities.maxText * 1.5);
        const first = context({ failAfter: 1 });
        await expect(harness.adapter.send(harness.address, { ...words(long), file }, first.context)).rejects.toThrow();
        expect(await harness.files()).toEqual([]);
        const second = context({ attempt: 2, sent: first.sent });
        await harness.adapter.send(harness.address, { ...words(long), file }, second.context);
        const third = context({ attempt: 3, sent: [...first.sent, ...second.sent] });
        expect(await harness.adapter.send(harness.address, { ...words(long), file }, third.context)).toBe(second.sent.at(-1));
        expect(await harness.files()).toHaveLength(1);
      });

      it.each([
        ['a few', ['Cairo', 'Giza'].map((label) => ({ id: `say ${label}`, label }))],
        ['what no provider takes', ['Cairo', 'Giza'].map((label) => ({ id: `say ${label.repeat(50)}`, label: label.repeat(40) }))],
      ])('shows as a numbered list the buttons that it does not show as such: %s', async (_, buttons) => {
        const { adapter, address, seen } = harness;
        const isShown = adapter.capabilities.buttons(buttons);
        if (seen === null) expect(isShown).toBe(true);
        await adapter.send(address, { ...words('Where?'), buttons }, context().context);
        const text = (await seen?.())?.join('\n') ?? '';
        if (seen !== null) expect(text.includes(`2. ${buttons[1]?.label}`)).toBe(!isShown);
      });

      it('shows each card that it has below its text, and none of an interrupted attempt again', async () => {
        const { adapter, address, cards, seen } = harness;
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
        const { adapter, address, cards } = harness;
        const alone = CARDS.filter((card) => saysEnough(card) && adapter.capabilities.cards.includes(card.kind));
        for (const card of alone) expect(await adapter.send(address, { ...words(''), card }, context().context)).not.toBe('');
        expect(await cards?.()).toEqual(cards === undefined ? undefined : alone.map(({ kind }) => kind));
      });

      it('reacts to a message of the customer, changes the reaction and takes it back', async () => {
        const { adapter, address, reactions, seen } = harness;
        expect(reactions !== undefined).toBe(adapter.capabilities.reactions && seen !== null);
        if (reactions === undefined) return;
        const messageId = await customerMessage(harness);
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
        const { adapter, address, reactions } = harness;
        if (reactions === undefined) return;
        const reaction = { messageId: await customerMessage(harness), emoji: '👍' };
        const first = context({ failAfter: 1 });
        await expect(adapter.send(address, { reaction }, first.context)).rejects.toThrow();
        const second = context({ attempt: 2, sent: first.sent });
        expect(await adapter.send(address, { reaction }, second.context)).toBe(first.sent.at(-1));
        expect(second.sent).toEqual([]);
        expect(await reactions()).toEqual(['👍']);
      });

      it('refuses a reaction to what is no message of its own', async () => {
        if (harness.reactions === undefined) return;
        const reaction = { messageId: 'nothing of the kind', emoji: '👍' };
        await expect(harness.adapter.send(harness.address, { reaction }, context().context)).rejects.toBeInstanceOf(Refused);
      });

      it('shows an answer in the making and turns it into the final one', async () => {
        const draft = harness.adapter.draft(harness.address, { signal: new AbortController().signal });
        draft.update('Once upon');
        draft.update('Once upon a **ti');
        const shown = await draft.close();
        if (harness.adapter.capabilities.streaming !== 'edits') expect(shown).toBeNull();
        await harness.adapter.send(harness.address, words('Once upon a time.'), context(shown === null ? {} : { draft: shown }).context);
        if (harness.seen === null) return;
        expect(await harness.seen()).toEqual(['Once upon a time.']);
      });

      it('an answer in the making that is never written shows nothing', async () => {
        const draft = harness.adapter.draft(harness.address, { signal: AbortSignal.abort() });
        draft.update('never mind');
        expect(await draft.close()).toBeNull();
        expect(await draft.close()).toBeNull();
      });

      it('typing never fails', async () => {
        await expect(harness.adapter.typing(harness.address)).resolves.toBeUndefined();
      });

      it('finds nothing to mend when all is well', async () => {
        await harness.adapter.start(recorder().intake);
        expect(await harness.adapter.check()).toBeNull();
      });
    });
  });
}

/**
 * Host that takes and records every event. `store` decides when and whether an event is durable.
 */
function recorder(store: (event: ChannelEvent) => Promise<void> = () => Promise.resolve()): { intake: Intake; events: ChannelEvent[] } {
  const events: ChannelEvent[] = [];
  return {
    events,
    intake: async (event) => {
      events.push(event);
      await store(event);
      return { sessionId: '0198c0de-0000-7000-8000-000000000000', version: events.length, duplicate: false };
    },
  };
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

function context(options: { key?: string; attempt?: number; sent?: readonly string[]; draft?: string; failAfter?: number } = {}): {
  context: SendContext;
  sent: string[];
} {
  const sent: string[] = [];
  return {
    sent,
    context: {
      key: options.key ?? 'session.1',
      statusKey: 'session.1.2',
      attempt: options.attempt ?? 1,
      signal: new AbortController().signal,
      sent: options.sent ?? [],
      ...(options.draft === undefined ? {} : { draft: options.draft }),
      onSent: async (ref) => {
        sent.push(ref);
        if (sent.length === options.failAfter) throw new Unavailable('the process was stopped here');
      },
    },
  };
}

const words = (text: string): OutboundMessage => ({ text, author: 'assistant' });

function numbered(length: number): string {
  const out: string[] = [];
  for (let size = 0; size < length; size += 1 + (out.at(-1)?.length ?? 0)) out.push(`word${out.length}`);
  return out.join(' ');
}

function ids(events: readonly ChannelEvent[]): string[] {
  return events.flatMap((event) => ('id' in event ? [event.id] : []));
}
