/** A channel that waits for a person to pair it with a phone. */
import { type ChannelPlugin, defineChannel } from '#channels/plugin.ts';
import { Refused } from '#channels/port.ts';

export function pairedChannel(): ChannelPlugin {
  return defineChannel({
    name: 'phone',
    title: 'Phone',
    settings: {},
    create: () => ({
      adapter: {
        name: 'phone',
        capabilities: {
          streaming: 'none',
          typing: false,
          edits: false,
          buttons: () => false,
          media: [],
          cards: [],
          reactions: false,
          replies: false,
          maxText: 1_000,
          receipts: false,
          window: false,
          idempotentSend: false,
        },
        start: async () => {},
        stop: async () => {},
        connection: async () => ({
          state: 'pairing',
          since: 1_700_000_000_000,
          qr: `2@${'abcdefgh'.repeat(20)}`,
          pairingCode: 'ABCD-1234',
        }),
        check: async () => 'It is not paired.',
        send: () => Promise.reject(new Refused('It is not paired.')),
        typing: async () => {},
        receivedFile: async () => 'gone',
        draft: () => ({ update: () => {}, close: async () => null }),
      },
    }),
  });
}
