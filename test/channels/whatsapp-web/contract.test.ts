import { vi } from 'vitest';
import { idAtChannel } from '#machines/session/message-names.ts';
import { describeChannel } from '#test/contracts/channel-contract.ts';
import type { Offered } from '#test/contracts/channel-harness.ts';
import { messageEvent, shown } from './fake-child.ts';
import { AT_MONA, harness } from './started-adapter.ts';

describeChannel('whatsapp-web, with a child of no browser', async () => {
  const { adapter, children } = harness();
  const offer = async (event: unknown): Promise<Offered> => {
    await vi.waitFor(() => children.current, { interval: 2 });
    return await children.current.offer(event);
  };
  return {
    adapter,
    address: AT_MONA,
    offer: ({ id, text, replyTo }) =>
      offer(messageEvent({ id, body: text, ...(replyTo === undefined ? {} : { quotedStanzaID: idAtChannel(replyTo) }) })),
    offerRubbish: () => offer({ kind: 'message', message: { body: 7 } }),
    seen: async () => children.sent.filter(({ text }) => text !== '').map(({ text }) => shown(text)),
    files: async () => children.sent.flatMap(({ file }) => file ?? []),
    cards: async () => children.sent.flatMap(({ card }) => (card === undefined ? [] : card.op === 'sendLocation' ? 'location' : 'contact')),
    answers: async () => children.sent.map(({ replyTo }) => replyTo),
    forget: (id) => void children.gone.add(id),
    reactions: async () => [...children.reactions.values()],
    close: async () => {
      await adapter.stop();
      await adapter.close();
    },
  };
});
