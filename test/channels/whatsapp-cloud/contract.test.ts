import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WEBHOOK_PATH, whatsAppCloudAdapter } from '#channels/whatsapp-cloud/adapter.ts';
import { parseAddress } from '#machines/ids.ts';
import type { Card } from '#machines/session/cards.ts';
import { idAtChannel } from '#machines/session/message-names.ts';
import { describeChannel } from '#test/contracts/channel-contract.ts';
import type { Offered } from '#test/contracts/channel-harness.ts';
import { startGraphApi } from '#test/fakes/graph-api.ts';
import { TestClock } from '../telegram/test-clock.ts';

/** Kinds of cards by the type of message or interactive message that they become. */
const KINDS = new Map<string, Card['kind']>([
  ['location', 'location'],
  ['contacts', 'contact'],
  ['cta_url', 'link'],
  ['location_request_message', 'location_request'],
]);
const CUSTOMER = { phone: '201001234567', userId: 'EG.13491208655302741918', name: 'Mona' };

for (const [ids, person, peer] of [
  ['a number alone', { phone: CUSTOMER.phone }, CUSTOMER.phone],
  ['a user id alone', { userId: CUSTOMER.userId, username: 'mona.adel' }, CUSTOMER.userId],
] as const) {
  describeChannel(`whatsapp by the Cloud API, ${ids}`, async () => {
    const clock = new TestClock({ automatic: true });
    const api = await startGraphApi({ now: clock.now, limits: true });
    let rejected = 0;
    const adapter = whatsAppCloudAdapter({
      token: api.token,
      phoneNumberId: api.phoneNumberId,
      appSecret: api.appSecret,
      verifyToken: api.verifyToken,
      businessAccountId: api.businessAccountId,
      graphRoot: api.url,
      clock,
      deadLetter: async () => void rejected++,
    });
    const server = createServer(adapter.webhook);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    api.webhooks.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${WEBHOOK_PATH}`;
    const offer = async (payload: unknown): Promise<Offered> => {
      const before = rejected;
      const status = await api.webhooks.post(payload);
      if (status === 400 || rejected > before) return 'refused';
      return status === 200 ? 'taken' : 'again';
    };
    return {
      adapter,
      address: parseAddress(`whatsapp:${api.phoneNumberId}:${peer}`),
      offer: ({ id, text, replyTo }) => {
        api.messages.received.add(`wamid.${id}`);
        const answered = replyTo === undefined ? undefined : idAtChannel(replyTo);
        return offer(api.webhooks.text(person, `wamid.${id}`, text, clock.now(), answered));
      },
      offerRubbish: () => offer('{"no":'),
      seen: async () => api.shown(peer),
      files: async () => api.screen(peer).flatMap(({ file }) => file ?? []),
      cards: async () => api.screen(peer).flatMap(({ card }) => (card === undefined ? [] : (KINDS.get(card.type) ?? 'whatsapp'))),
      answers: async () => api.screen(peer).map(({ answers }) => answers),
      forget: (id) => void api.messages.received.delete(id),
      reactions: async () => [...api.messages.reactions.values()],
      close: async () => {
        await adapter.stop();
        await api.close();
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  });
}
