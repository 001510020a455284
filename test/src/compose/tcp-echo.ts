/**
 * A small channel over TCP, as a third party would write it. A customer connects, writes a message
 * as one line of JSON, and reads whether it was accepted. Messages to the customer are written to
 * the port that is the peer of the address.
 */
import { createServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import type { Intake } from '#channels/inbound.ts';
import { withNumbers } from '#channels/numbered-choices.ts';
import { defineChannel } from '#channels/plugin.ts';
import { type ChannelAdapter, Refused } from '#channels/port.ts';
import { splitRichText } from '#channels/rich-text.ts';
import { StatechatError } from '#machines/errors.ts';
import { addressParts, formatAddress } from '#machines/ids.ts';
import { quantity } from '#machines/setting.ts';
import { writeTo } from './tcp.ts';

const line = z.object({ id: z.string(), port: z.number(), text: z.string() });

export const tcpEcho = defineChannel({
  name: 'echo',
  title: 'TCP echo',
  settings: { ECHO_PORT: { schema: quantity('', 0, 65_535, true), fallback: '7007', about: 'TCP port of the echo.' } },
  create: ({ ECHO_PORT }, { clock }) => ({ adapter: echoAdapter(ECHO_PORT, clock.now) }),
});

function echoAdapter(port: number, now: () => number): ChannelAdapter {
  let intake: Intake = () => Promise.reject(new Error('not started'));
  async function take(socket: Socket): Promise<void> {
    const outcome = await text(socket)
      .then((given) => line.parse(JSON.parse(given)))
      .then(({ id, port: peer, text }) =>
        intake({
          type: 'message',
          id: `echo:${id}`,
          address: formatAddress({ channel: 'echo', account: 'tcp', peer: `${peer}` }),
          at: now(),
          text,
        }),
      )
      .then(
        () => 'taken',
        (error: unknown) => (error instanceof StatechatError && error.retryable ? 'again' : 'refused'),
      );
    socket.end(outcome);
  }
  const server = createServer({ allowHalfOpen: true }, (socket) => void take(socket));
  return {
    name: 'echo',
    capabilities: {
      streaming: 'none',
      typing: false,
      edits: false,
      buttons: () => false,
      media: [],
      cards: [],
      reactions: false,
      replies: false,
      maxText: 500,
      receipts: false,
      window: false,
      idempotentSend: false,
    },
    start: (to) => {
      intake = to;
      return new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
    },
    // A server that stops waits for its connections, which end once their message is taken.
    stop: () => new Promise((resolve) => server.close(() => resolve())),
    async send(to, message, { key, sent, onSent }) {
      if ('reaction' in message) throw new Refused('a line of text has no reactions');
      const parts = splitRichText(withNumbers({ text: message.text, spans: [] }, message.buttons ?? []), 500);
      for (const [index, part] of parts.entries()) {
        if (index < sent.length) continue;
        await writeTo(Number(addressParts(to).peer), part.text);
        await onSent(`${key}.${index}`);
      }
      return `${key}.${parts.length - 1}`;
    },
    typing: async () => {},
    receivedFile: async () => 'gone',
    draft: () => ({ update: () => {}, close: async () => null }),
    check: async () => null,
  };
}
