/**
 * Contract of every channel adapter, whatever its provider (SPEC C1, C6, C7, C8). A channel's test
 * gives a harness that plays the provider and the customer. The suite plays the host. If a channel
 * differs, its capabilities declare it.
 */

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ChannelEvent } from '#channels/inbound.ts';
import { InvalidInput, Unavailable } from '#machines/errors.ts';
import { contentOf } from '#machines/file-content.ts';
import { addressParts } from '#machines/ids.ts';
import { sessionEvent } from '#machines/session/events.ts';
import { describeCards } from './channel-cards-contract.ts';
import { type ChannelHarness, context, type Offered, PATIENCE, recorder, words } from './channel-harness.ts';
import { describeReplies } from './channel-replies-contract.ts';

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
        const bytes = Uint8Array.from({ length: 70_000 }, (_, i) => i % 256);
        const file = { name: 'تقرير AAPL.pdf', mimeType: 'application/pdf', ...contentOf(bytes) };
        const call = context();
        const ref = await harness.adapter.send(harness.address, { ...words(''), file }, call.context);
        expect(ref).not.toBe('');
        if (harness.files === null || harness.seen === null) return;
        expect(call.sent).toEqual([ref]);
        const [shown] = await harness.files();
        expect(shown?.name).toBe('تقرير AAPL.pdf');
        expect(Buffer.compare(shown?.bytes ?? new Uint8Array(), bytes)).toBe(0);
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
        const file = { name: 'a.pdf', mimeType: 'application/pdf', ...contentOf(Uint8Array.of(1, 2, 3)) };
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

      describeCards(() => harness);
      describeReplies(() => harness);

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

function numbered(length: number): string {
  const out: string[] = [];
  for (let size = 0; size < length; size += 1 + (out.at(-1)?.length ?? 0)) out.push(`word${out.length}`);
  return out.join(' ');
}

function ids(events: readonly ChannelEvent[]): string[] {
  return events.flatMap((event) => ('id' in event ? [event.id] : []));
}
